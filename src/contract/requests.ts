import { z } from 'zod'
import { parseIp } from '../domain/ip-address.ts'
import { Id, Moment, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { usageFilter } from './usage.ts'

/** One attempt of a call, or one refused call: a line of the access log. */
export const RequestAttempt = z
  .object({
    id: Id,
    requestId: z.string(),
    attempt: z.int(),
    admittedAt: Timestamp,
    settledAt: Timestamp,
    keyId: Id,
    secretId: Id,
    userId: Id.nullable(),
    serviceAccountId: Id.nullable(),
    environmentId: Id,
    projectId: Id,
    teamId: Id,
    tags: z.record(z.string(), z.string()),
    operation: z.string(),
    /** The name the caller used, the one we sent, the one that answered. */
    model: z.string().nullable(),
    upstreamModel: z.string().nullable(),
    servedModel: z.string().nullable(),
    providerId: Id.nullable(),
    credentialId: Id.nullable(),
    stream: z.boolean(),
    status: z.int(),
    errorCode: z.string().nullable(),
    inputTokens: z.int(),
    cachedInputTokens: z.int(),
    cacheWriteTokens: z.int(),
    outputTokens: z.int(),
    reasoningTokens: z.int(),
    quantities: z.record(z.string(), z.number()),
    costUsd: z.string(),
    /** The provider's own figures did not arrive: these are ours. */
    estimated: z.boolean(),
    /** False when the served model has no known price; the cost then is what was held. */
    priced: z.boolean(),
    priceVersion: z.string().nullable(),
    serviceTier: z.string().nullable(),
    modifiers: z.array(z.string()),
    durationMs: z.int(),
    firstByteMs: z.int().nullable(),
    ip: z.string().nullable(),
  })
  .meta({ id: 'RequestAttempt' })

/** Which lines of the access log are meant. */
const requestFilter = {
  ...usageFilter,
  failed: z
    .stringbool({ truthy: ['true'], falsy: ['false'] })
    .optional()
    .describe('only what failed or was refused, or only the rest'),
  status: z.coerce.number().int().min(100).max(599).optional(),
  ip: z
    .string()
    .refine((text) => parseIp(text) !== null, 'expected an address such as 203.0.113.7 or 2001:db8::7')
    .optional()
    .describe('from where it was called: one address'),
  modelPrefix: z.string().min(1).max(200).optional().describe('how the name the caller used begins'),
  requestId: Id.optional(),
}

export const requestList = operation({
  name: 'requestList',
  method: 'GET',
  path: '/v1/requests',
  summary: 'List calls through the gateway, newest first: the access log',
  permission: 'usage:read',
  query: {
    ...pageQuery,
    from: Moment.optional(),
    to: Moment.optional(),
    ...requestFilter,
  },
  response: page(RequestAttempt).extend({
    /** From when on single calls are there; null when none were erased. */
    erasedBefore: Timestamp.nullable(),
  }),
  examples: [
    'claviger request list --key Search/Checkout/production/nightly',
    'claviger request list --from -1h --failed true --json',
    'claviger request list --ip 203.0.113.7 --status 429 --from -7d',
  ],
})

export const MOST_EXPORTED = 1_000_000

export const requestExport = operation({
  name: 'requestExport',
  method: 'GET',
  path: '/v1/requests/export',
  summary: 'The same as CSV, with names: for a spreadsheet or a bill',
  permission: 'usage:read',
  query: {
    from: Moment.default('-30d').describe(
      'calls from then on, such as -7d or 2026-11-01; refused where single calls were erased',
    ),
    to: Moment.default('now').describe('and before then'),
    ...requestFilter,
    limit: z.coerce.number().int().min(1).max(MOST_EXPORTED).default(MOST_EXPORTED).describe('most lines'),
  },
  download: 'text/csv',
  examples: [
    'claviger request export --from 2026-11-01 --to 2026-12-01',
    'claviger request export --team Search --from -7d --failed true',
  ],
})

export const requestView = operation({
  name: 'requestView',
  method: 'GET',
  path: '/v1/requests/{requestId}',
  summary: 'Show all attempts of one call, by the request id in its answer',
  permission: 'usage:read',
  params: { requestId: Id },
  response: z.object({ requestId: Id, attempts: z.array(RequestAttempt) }),
  examples: ['claviger request get req_01JD…'],
})
