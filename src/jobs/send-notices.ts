import { type Message, noticeSeal } from '../actions/notices.ts'
import type { App } from '../app.ts'
import { openChannel } from '../channel-secret.ts'
import { findChannel } from '../db/channels.ts'
import { type NoticeRow, setNoticeFailed, setNoticeSent, takeDueNotices } from '../db/notices.ts'
import { findUser } from '../db/users.ts'
import { retryDelaySeconds } from '../domain/retry.ts'
import { MailError, sendMail } from '../notify/email.ts'
import { PostError } from '../notify/post.ts'
import { sendSlack } from '../notify/slack.ts'
import { sendWebhook, type WebhookSecrets } from '../notify/webhook.ts'
import { BATCH } from './sweep.ts'

/** As many as are sent in less than the lease, even if all of them time out. */
const AT_ONCE = 10
const LEASE_SECONDS = 300

/** Sends what waits in the outbox, at least once: what a sender died with is sent by the next one. */
export async function sendNotices(app: App): Promise<number> {
  const due = await takeDueNotices(app.db, AT_ONCE, LEASE_SECONDS)
  await Promise.all(due.map((row) => attempt(app, row)))
  return due.length === AT_ONCE ? BATCH : due.length
}

async function attempt(app: App, row: NoticeRow): Promise<void> {
  try {
    await send(app, row)
    await setNoticeSent(app.db, row.id)
  } catch (error) {
    const known = error instanceof MailError || error instanceof PostError || error instanceof Undeliverable
    if (!known) app.log.error({ err: error, notice: row.id }, 'a notice could not be sent')
    const again = error instanceof Undeliverable ? null : retryDelaySeconds(row.attempts)
    await setNoticeFailed(app.db, row.id, known ? error.message : 'It failed; the log says why.', again)
  }
}

/** There is nobody to send it to: trying again changes nothing. */
class Undeliverable extends Error {}

async function send(app: App, row: NoticeRow): Promise<void> {
  const message = messageOf(app, row)
  if (row.channelId !== null) return sendToChannel(app, row.channelId, row, message)
  if (app.config.mail === null)
    throw new Undeliverable('This installation sends no mail (CLAVIGER_SMTP_URL).')
  const to = row.email ?? (await addressOf(app, row.userId ?? ''))
  const text = message.link === undefined ? message.text : `${message.text}\n\n${message.link}`
  await sendMail(app.config.mail, { id: row.id, to, subject: message.subject, text: `${text}\n` })
}

function messageOf({ keyring }: App, { id, sealedDataKey, sealedSecret }: NoticeRow): Omit<Message, 'kind'> {
  if (sealedDataKey === null || sealedSecret === null)
    throw new Undeliverable('What it said is not there any more.')
  return JSON.parse(keyring.open({ sealedDataKey, sealedSecret }, noticeSeal(id)))
}

async function addressOf({ db }: App, userId: string): Promise<string> {
  const user = await findUser(db, userId)
  if (!user || user.deactivatedAt !== null) throw new Undeliverable('This person has left.')
  return user.email
}

async function sendToChannel(
  app: App,
  channelId: string,
  { id, kind, createdAt }: NoticeRow,
  { subject, text, data }: Omit<Message, 'kind'>,
): Promise<void> {
  const channel = await findChannel(app.db, channelId)
  if (!channel) throw new Undeliverable('The channel was deleted.')
  const { url, signing } = openChannel(app.keyring, channel)
  if (signing === null) return sendSlack(app.egress, { url, subject, text })
  const now = app.clock()
  const previous =
    signing.previous !== null && now < new Date(signing.previous.until) ? [signing.previous.secret] : []
  const secrets: WebhookSecrets = [signing.current, ...previous]
  const body = JSON.stringify({
    type: kind,
    timestamp: createdAt.toISOString(),
    data: { ...data, subject, text },
  })
  await sendWebhook(app.egress, { url, secrets, id, at: now, body })
}
