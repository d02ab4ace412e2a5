import { createTransport } from 'nodemailer'
import { isPrivateHost } from '../domain/base-url.ts'

export type Mail = {
  /** Of the notice: a mail that is sent twice has the same one, so that mail programs show it once. */
  id: string
  to: string
  subject: string
  text: string
}

/** Why a mail was not sent, in words that hold nothing of what the server said. */
export class MailError extends Error {
  override name = 'MailError'
}

const TIMEOUT_MS = 10_000

/**
 * Sends one mail, as plain text. Over a public network only with TLS: a mail may hold a link that opens something,
 * and the server's password goes before it.
 */
export async function sendMail(
  { smtpUrl, from }: { smtpUrl: string; from: string },
  { id, to, subject, text }: Mail,
): Promise<void> {
  const url = new URL(smtpUrl)
  const secure = url.protocol === 'smtps:'
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (secure ? 465 : 587)),
    secure,
    requireTLS: !secure && !isPrivateHost(url.hostname),
    ...(url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    await transport.sendMail({
      from,
      // As an object it is one address, whatever is in it.
      to: { name: '', address: to },
      subject: subject.replace(/\s+/g, ' '),
      text,
      messageId: `<${id}@${domainOf(from)}>`,
      headers: { 'auto-submitted': 'auto-generated' },
    })
  } catch (error) {
    throw new MailError(reasonOf(error), { cause: error })
  } finally {
    transport.close()
  }
}

function domainOf(from: string): string {
  return /@([^\s>]+)/.exec(from)?.[1] ?? 'localhost'
}

/** The server's own words may repeat what was sent to it: its code says enough. */
function reasonOf(error: unknown): string {
  const { responseCode, code } = error as { responseCode?: number; code?: string }
  if (responseCode !== undefined) return `The mail server answered ${responseCode}.`
  return code === undefined
    ? 'The mail could not be sent.'
    : `The mail server was not reached, or not as it must be (${code}).`
}
