import { z } from 'zod'
import { Id, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

export const Notice = z
  .object({
    id: Id,
    /** What it is about: `invitation.create`. What it says is for its receiver alone. */
    kind: z.string(),
    userId: Id.nullable(),
    email: z.string().nullable(),
    channelId: Id.nullable(),
    createdAt: Timestamp,
    /** When it is tried next; null when it is not any more. */
    dueAt: Timestamp.nullable(),
    attempts: z.int(),
    lastError: z.string().nullable(),
    sentAt: Timestamp.nullable(),
    failedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Notice' })

export const noticeList = operation({
  name: 'noticeList',
  method: 'GET',
  path: '/v1/notices',
  summary: 'List what was said to people and channels, and what could not be delivered, newest first',
  permission: 'channel:read',
  query: { ...pageQuery, state: z.enum(['waiting', 'sent', 'failed']).optional() },
  response: page(Notice),
  examples: ['claviger notice list --state failed'],
})

export const noticeRetry = operation({
  name: 'noticeRetry',
  method: 'POST',
  path: '/v1/notices/{noticeId}/retry',
  summary: 'Try again to deliver a notice that failed',
  permission: 'channel:update',
  params: { noticeId: Id },
  response: Notice,
  examples: ['claviger notice retry ntc_01JD…'],
})
