import { z } from 'zod'
import { Id, PerMember, page, pageQuery, ScopeSchema, ScopeType, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { ModelPattern } from './policies.ts'

const most = z.int().min(1).max(2_147_483_647).nullable()

const numbers = {
  requestsPerMinute: most.default(null).describe('calls in any 60 seconds'),
  tokensPerMinute: most.default(null).describe('tokens, input and output, in any 60 seconds'),
  concurrentCalls: most.default(null).describe('calls at the same time'),
}

const narrowing = {
  providerId: Id.nullable().default(null).describe('limits only calls to this provider'),
  modelPattern: ModelPattern.nullable()
    .default(null)
    .describe('limits only calls of models such as "gpt-5*"'),
}

export const RateLimit = z
  .object({
    id: Id,
    scope: ScopeSchema,
    ...numbers,
    ...narrowing,
    /** Each member has one of their own; nothing is counted in the whole. */
    perMember: z.boolean(),
    /** Of one member's part: the rate limit that it follows, and whose it is. */
    memberOf: Id.nullable(),
    userId: Id.nullable(),
    createdAt: Timestamp,
    version: z.int(),
  })
  .meta({ id: 'RateLimit' })

const SOMETHING = 'set at least one of requestsPerMinute, tokensPerMinute and concurrentCalls'

export const RateLimitTerms = z
  .strictObject({ ...numbers, ...narrowing })
  .refine((terms) => limitsSomething(terms), SOMETHING)

export const rateLimitCreate = operation({
  name: 'rateLimitCreate',
  method: 'POST',
  path: '/v1/rate-limits',
  summary: 'Create a rate limit',
  permission: 'rate-limit:create',
  body: z
    .strictObject({
      scope: ScopeSchema.describe('whose calls it limits'),
      ...numbers,
      ...narrowing,
      perMember: PerMember,
    })
    .refine((terms) => limitsSomething(terms), SOMETHING),
  response: RateLimit,
  examples: [
    'claviger rate-limit create --scope team:Search --requests-per-minute 600',
    'claviger rate-limit create --scope key:site-bot --concurrent-calls 4 --model-pattern "gpt-5*"',
    'claviger rate-limit create --scope team:Search --requests-per-minute 60 --per-member true',
  ],
})

export const rateLimitList = operation({
  name: 'rateLimitList',
  method: 'GET',
  path: '/v1/rate-limits',
  summary: 'List rate limits',
  permission: 'rate-limit:read',
  query: {
    ...pageQuery,
    scopeType: ScopeType.optional(),
    scopeId: Id.optional(),
    userId: Id.optional().describe('their parts of rate limits for each member, instead'),
  },
  response: page(RateLimit),
  examples: ['claviger rate-limit list', 'claviger rate-limit list --scope-type key'],
})

export const rateLimitView = operation({
  name: 'rateLimitView',
  method: 'GET',
  path: '/v1/rate-limits/{rateLimitId}',
  summary: 'Show a rate limit',
  permission: 'rate-limit:read',
  params: { rateLimitId: Id },
  response: RateLimit,
  examples: ['claviger rate-limit get rlm_01JD…'],
})

export const rateLimitUpdate = operation({
  name: 'rateLimitUpdate',
  method: 'PATCH',
  path: '/v1/rate-limits/{rateLimitId}',
  summary: 'Change a rate limit',
  permission: 'rate-limit:update',
  params: { rateLimitId: Id },
  body: z.strictObject({
    requestsPerMinute: most.optional(),
    tokensPerMinute: most.optional(),
    concurrentCalls: most.optional(),
  }),
  response: RateLimit,
  examples: ['claviger rate-limit update rlm_01JD… --requests-per-minute 1200'],
})

export const rateLimitDelete = operation({
  name: 'rateLimitDelete',
  method: 'DELETE',
  path: '/v1/rate-limits/{rateLimitId}',
  summary: 'Delete a rate limit',
  permission: 'rate-limit:update',
  params: { rateLimitId: Id },
  examples: ['claviger rate-limit delete rlm_01JD…'],
})

/** A rate limit without a number would be a rule that rules nothing. */
export function limitsSomething(limit: {
  requestsPerMinute: number | null
  tokensPerMinute: number | null
  concurrentCalls: number | null
}): boolean {
  return (limit.requestsPerMinute ?? limit.tokensPerMinute ?? limit.concurrentCalls) !== null
}
