import type { App, Ctx } from '../app.ts'
import type { noticeList, noticeRetry } from '../contract/notices.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { findListeningChannels } from '../db/channels.ts'
import { insertNotice, listNotices, lockNotice, type NoticeRow, renewNotice } from '../db/notices.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL, type Place } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, notFound } from './authorize.ts'
import { pageOf } from './page.ts'

/** What is said to somebody, in whole texts. */
export type Notice = Message & { to: { userId: string } | { email: string } | { channels: Place } }

export type Message = {
  /** Noun and verb, as channels choose by: `invitation.create`. */
  kind: string
  subject: string
  text: string
  /** Opens something, for a person alone: channels do not get it. */
  link?: string
  /** The same facts for programs: webhooks get them beside the text. */
  data?: Record<string, unknown>
}

/**
 * Puts a notice into the outbox, in the transaction of what it is about: one for the person, or one for each channel
 * that hears of such things in that place. Sealed, since its link may open something, and erased once it is sent.
 */
export async function notice(ctx: Ctx, { to, ...message }: Notice): Promise<void> {
  if (!('channels' in to)) {
    await noticeTo(ctx, to, message)
    return
  }
  const { link: _, ...withoutLink } = message
  for (const { id } of await findListeningChannels(ctx.db, message.kind, to.channels.teamId)) {
    await noticeTo(ctx, { channelId: id }, withoutLink)
  }
}

/** The same to one receiver; answers the notice's id. */
export async function noticeTo(
  ctx: Ctx,
  to: { userId: string } | { email: string } | { channelId: string },
  { kind, ...message }: Message,
): Promise<string> {
  const id = newId('ntc')
  await insertNotice(ctx.db, {
    id,
    kind,
    ...to,
    ...ctx.keyring.seal(JSON.stringify(message), noticeSeal(id)),
  })
  return id
}

/** What a sealed notice belongs to: for who opens it to send it. */
export function noticeSeal(noticeId: string) {
  return { purpose: 'notice', table: 'notices', column: 'sealed_secret', rowId: noticeId, version: 1 }
}

/** Whether people get mail from this installation. */
export function mailConfigured({ config }: App): boolean {
  return config.mail !== null
}

/** The link of a notice, for the admin who acts, when the person it is for gets no mail: they hand it over. */
export function linkFor(app: App, link: string): string | undefined {
  return mailConfigured(app) ? undefined : link
}

/** What was said to whom, but not what: that is for its receiver. */
export async function listNoticesFor(
  ctx: Ctx,
  { query }: Valid<typeof noticeList>,
): Promise<Output<typeof noticeList>> {
  authorize(ctx.actor, 'channel:read', CONFIDENTIAL)
  const rows = await listNotices(ctx.db, { ...query, limit: query.limit + 1 })
  return pageOf(rows, query.limit, presentNotice)
}

export function retryNotice(
  ctx: Ctx,
  { params }: Valid<typeof noticeRetry>,
): Promise<Output<typeof noticeRetry>> {
  authorize(ctx.actor, 'channel:update', CONFIDENTIAL)
  return transaction(ctx, async (ctx) => {
    const row = await lockNotice(ctx.db, params.noticeId)
    if (!row) throw notFound('notice')
    if (row.sentAt !== null) throw new AppError('conflict', 'This notice was sent: it is not there any more.')
    const after = presentNotice(await renewNotice(ctx.db, row.id))
    await audit(ctx, { action: 'notice.retry', targetId: row.id })
    return after
  })
}

function presentNotice(row: NoticeRow): Output<typeof noticeRetry> {
  const over = row.sentAt !== null || row.failedAt !== null
  return {
    id: row.id,
    kind: row.kind,
    userId: row.userId,
    email: row.email,
    channelId: row.channelId,
    createdAt: row.createdAt.toISOString(),
    dueAt: over ? null : row.dueAt.toISOString(),
    attempts: row.attempts,
    lastError: row.lastError,
    sentAt: row.sentAt?.toISOString() ?? null,
    failedAt: row.failedAt?.toISOString() ?? null,
  }
}
