import { z } from 'zod'
import { Id, Name, page, pageQuery, ScopeSchema, ScopeType, Timestamp, Usd } from './fields.ts'
import { operation } from './operation.ts'

const Reason = z.string().trim().min(1).max(500)

export const Credit = z
  .object({
    id: Id,
    /** The account that it is in: a budget of the period `credits`. */
    budgetId: Id,
    scope: ScopeSchema,
    state: z.enum(['active', 'lapsed', 'ended']),
    amountUsd: Usd,
    /** What calls have spent of it: those credits that end sooner are spent first. */
    usedUsd: Usd,
    /** What is left of it to spend. */
    remainingUsd: Usd,
    reason: z.string(),
    createdBy: z.string(),
    createdAt: Timestamp,
    /** Null does not lapse. */
    expiresAt: Timestamp.nullable(),
    /** When what was left of it left the account. */
    overAt: Timestamp.nullable(),
    endedBy: z.string().nullable(),
    endReason: z.string().nullable(),
  })
  .meta({ id: 'Credit' })

export const creditGrant = operation({
  name: 'creditGrant',
  method: 'POST',
  path: '/v1/credits',
  summary: 'Grant money that is spent once, until a date or for good',
  permission: 'budget:create',
  body: z.strictObject({
    scope: ScopeSchema.describe('whose calls it pays for; the first credit there opens their account'),
    amountUsd: Usd.refine((text) => /[1-9]/.test(text), 'expected more than nothing').describe(
      'how much, in USD, such as 5 or 0.25',
    ),
    expiresAt: Timestamp.optional().describe('what is not spent by then lapses; never when not given'),
    reason: Reason.describe('what it is for, such as "trial"'),
    name: Name.optional().describe('how refusals and alerts call the account, when this opens it'),
  }),
  response: Credit,
  examples: [
    'claviger credit grant --scope user:ada@example.com --amount-usd 5 --expires 90d --reason trial',
    'claviger credit grant --scope team:Search --amount-usd 2000 --reason "prepaid, invoice 118"',
  ],
})

export const creditList = operation({
  name: 'creditList',
  method: 'GET',
  path: '/v1/credits',
  summary: 'List credits with what is spent and left of each',
  permission: 'budget:read',
  query: {
    ...pageQuery,
    scopeType: ScopeType.optional(),
    scopeId: Id.optional(),
    budgetId: Id.optional().describe('only those in this account'),
  },
  response: page(Credit),
  examples: ['claviger credit list --scope-type team --scope Search'],
})

export const creditEnd = operation({
  name: 'creditEnd',
  method: 'POST',
  path: '/v1/credits/{creditId}/end',
  summary: 'Take back what is left of a credit',
  permission: 'budget:update',
  params: { creditId: Id },
  body: z.strictObject({ reason: Reason.describe('why, for those who look later') }),
  response: Credit,
  examples: ['claviger credit end cdt_01JD… --reason "granted twice"'],
})
