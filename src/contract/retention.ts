import { z } from 'zod'
import { LEAST_CALL_DAYS, MOST_CALL_DAYS } from '../domain/retention.ts'
import { Timestamp } from './fields.ts'
import { operation } from './operation.ts'

/** For how many days single calls are kept; null is for good. */
const callDays = z.int().min(LEAST_CALL_DAYS).max(MOST_CALL_DAYS).nullable()

export const Retention = z
  .object({
    callDays,
    /** From when on single calls are there; null when none were erased. */
    erasedBefore: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'Retention' })

export const retentionView = operation({
  name: 'retentionView',
  method: 'GET',
  path: '/v1/retention',
  summary: 'Show for how long single calls are kept',
  permission: 'security:read',
  response: Retention,
  examples: ['claviger retention get'],
})

export const retentionPreview = operation({
  name: 'retentionPreview',
  method: 'GET',
  path: '/v1/retention/preview',
  summary: 'Say what would be erased, if single calls were kept for so many days; nothing is changed',
  permission: 'security:read',
  query: {
    callDays: z.coerce
      .number()
      .int()
      .min(LEAST_CALL_DAYS)
      .max(MOST_CALL_DAYS)
      .describe(`for how many days, ${LEAST_CALL_DAYS} at least`),
  },
  response: z.object({
    /** Calls from before then, and not those that were erased already. */
    before: Timestamp,
    calls: z.int(),
  }),
  examples: ['claviger retention preview --call-days 365'],
})

export const retentionUpdate = operation({
  name: 'retentionUpdate',
  method: 'PATCH',
  path: '/v1/retention',
  summary: 'Change for how long single calls are kept. What is older is erased for good; sums stay',
  permission: 'security:update',
  body: z.strictObject({
    callDays: callDays.describe(`for how many days, ${LEAST_CALL_DAYS} at least; none to keep them for good`),
  }),
  response: Retention,
  examples: ['claviger retention update --call-days 365', 'claviger retention update --call-days none'],
})
