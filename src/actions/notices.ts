import type { App, Ctx } from '../app.ts'
import { insertNotice } from '../db/notices.ts'
import type { Place } from '../domain/place.ts'
import { newId } from '../ids.ts'

/** What is said to somebody, in whole texts. */
export type Notice = {
  /** Noun and verb, as channels choose by: `invitation.create`. */
  kind: string
  to: { userId: string } | { email: string } | { channels: Place }
  subject: string
  text: string
  /** Opens something, for a person alone. */
  link?: string
}

/**
 * Puts a notice into the outbox, in the transaction of what it is about. Sealed, since its link may open something,
 * and erased once it is sent.
 */
export async function notice(ctx: Ctx, { kind, to, subject, text, link }: Notice): Promise<void> {
  // Nobody can connect a channel in this version, so there is none to tell.
  if ('channels' in to) return
  const id = newId('ntc')
  const sealed = ctx.keyring.seal(JSON.stringify({ subject, text, link }), noticeSeal(id))
  await insertNotice(ctx.db, { id, kind, ...to, ...sealed })
}

/** What a sealed notice belongs to: for who opens it to send it. */
export function noticeSeal(noticeId: string) {
  return { purpose: 'notice', table: 'notices', column: 'sealed_secret', rowId: noticeId, version: 1 }
}

/** Whether people get mail from this installation. */
export function mailConfigured(_app: App): boolean {
  return false
}

/** The link of a notice, for the admin who acts, when the person it is for gets no mail: they hand it over. */
export function linkFor(app: App, link: string): string | undefined {
  return mailConfigured(app) ? undefined : link
}
