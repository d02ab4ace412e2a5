import { z } from 'zod'
import { BUDGET_WINDOWS } from '../domain/budget.ts'
import { DRY_RUN_DAYS } from '../domain/retention.ts'
import { BUDGET_LINES } from './budgets.ts'
import { Id, ScopeSchema, ScopeType, Timestamp, TimeZone, Usd } from './fields.ts'
import { operation } from './operation.ts'
import { ModelPattern, PolicyRules } from './policies.ts'

/** All but any 24 hours, which have no windows to go through. */
const Period = z.enum(BUDGET_WINDOWS).exclude(['rolling_24h'])

const days = z
  .int()
  .min(1)
  .max(DRY_RUN_DAYS)
  .default(7)
  .describe(`how many days back to go, ${DRY_RUN_DAYS} at most; 7 when not given`)

const refused = {
  calls: z.int(),
  costUsd: z.string(),
  firstAt: Timestamp,
  lastAt: Timestamp,
}

const outcome = {
  from: Timestamp,
  to: Timestamp,
  /** All real calls that were gone through: those of the scope that were let in. */
  calls: z.int(),
  costUsd: z.string(),
  /** Those that would have been refused. */
  blocked: z.object({
    calls: z.int(),
    keys: z.int(),
    costUsd: z.string(),
    /** Of the cost of all: `12.5`. */
    costPercent: z.string(),
    firstAt: Timestamp.nullable(),
    lastAt: Timestamp.nullable(),
  }),
}

/** Which keys and models, dearest first, at most 200 lines; `blocked` counts all. */
const lines = {
  truncated: z.boolean(),
  /** The names of the keys that appear. */
  names: z.record(Id, z.string()),
}

export const PolicyDryRun = z
  .object({
    ...outcome,
    data: z.array(
      z.object({
        keyId: Id,
        model: z.string().nullable(),
        operation: z.string(),
        /** What the caller would have been told. */
        code: z.string(),
        ...refused,
      }),
    ),
    ...lines,
    /** Let in then, but refused by the policies of today, with or without the change: not in `blocked`. */
    refusedAnyway: z.int(),
    /** Not refused, but with more output than the change would leave them. */
    shortenedCalls: z.int(),
    /** Calls of which the usage does not say whether they used a hosted tool other than a search. */
    notChecked: z.array(z.enum(['hostedTools'])),
  })
  .meta({ id: 'PolicyDryRun' })

export const policyDryRun = operation({
  name: 'policyDryRun',
  method: 'POST',
  path: '/v1/policies/{scopeType}/{scopeId}/dry-run',
  summary: 'Say which calls of the last days a policy would have refused; nothing is set',
  permission: 'usage:read',
  params: { scopeType: ScopeType, scopeId: Id },
  body: PolicyRules.extend({ days }),
  response: PolicyDryRun,
  examples: [
    'claviger policy dry-run team Search --model "gpt-5*" --model "claude-*"',
    'claviger policy dry-run key site-bot --ip-allowlist 203.0.113.0/24 --days 31 --json',
  ],
})

export const BudgetDryRun = z
  .object({
    /** The budget that was tried. */
    budget: z.object({
      scope: ScopeSchema,
      kind: z.enum(['hard', 'soft']),
      period: Period,
      timeZone: z.string(),
      limitUsd: Usd,
      onShort: z.enum(['clamp', 'deny']),
      ...BUDGET_LINES,
      providerId: Id.nullable(),
      modelPattern: z.string().nullable(),
    }),
    ...outcome,
    /** Those of a throttled budget after the first so many of a minute of the clock: let in, but later. Not in `blocked`. */
    slowed: z.object({
      calls: z.int(),
      keys: z.int(),
      firstAt: Timestamp.nullable(),
      lastAt: Timestamp.nullable(),
    }),
    data: z.array(z.object({ keyId: Id, model: z.string().nullable(), ...refused })),
    ...lines,
    windows: z.array(
      z.object({
        startedAt: Timestamp,
        /** Null for a total. */
        endsAt: Timestamp.nullable(),
        /** What the budget would have let through, from the beginning of the window. */
        spentUsd: z.string(),
        blockedCalls: z.int(),
        blockedUsd: z.string(),
        blockedFrom: Timestamp.nullable(),
        /** When a soft budget would have been passed. */
        passedAt: Timestamp.nullable(),
        /** When what was spent would have reached the line. */
        throttledFrom: Timestamp.nullable(),
        slowedCalls: z.int(),
        suspendedFrom: Timestamp.nullable(),
      }),
    ),
  })
  .meta({ id: 'BudgetDryRun' })

export const budgetDryRun = operation({
  name: 'budgetDryRun',
  method: 'POST',
  path: '/v1/budgets/dry-run',
  summary: 'Say which calls of the last days a budget would have refused or slowed down; nothing is set',
  permission: 'usage:read',
  body: z
    .strictObject({
      budgetId: Id.optional().describe('a budget to change; what is not given stays as it is'),
      scope: ScopeSchema.optional().describe('whose calls a new one would pay for'),
      limitUsd: Usd.optional(),
      period: Period.optional().describe('needed for a new one'),
      timeZone: TimeZone.optional().describe("where days begin; the organization's when not given"),
      kind: z.enum(['hard', 'soft']).optional().describe('hard when not given'),
      onShort: z
        .enum(['clamp', 'deny'])
        .optional()
        .describe('cut the output when little is left, or refuse; clamp when not given'),
      ...z.object(BUDGET_LINES).partial().shape,
      providerId: Id.nullable().optional().describe('only calls to this provider'),
      modelPattern: ModelPattern.nullable().optional().describe('only calls of models such as "gpt-5*"'),
      days,
    })
    .refine(({ budgetId, scope }) => (budgetId === undefined) !== (scope === undefined), {
      path: ['scope'],
      message: 'give either the scope of a new budget or the budget to change (budgetId)',
    })
    .refine(
      ({ budgetId, limitUsd, period }) =>
        budgetId !== undefined || (limitUsd !== undefined && period !== undefined),
      { path: ['limitUsd'], message: 'a new budget has a limit and a period (limitUsd, period)' },
    ),
  response: BudgetDryRun,
  examples: [
    'claviger budget dry-run --scope team:Search --limit-usd 500 --period month --days 31',
    'claviger budget dry-run --budget "500 USD a month" --limit-usd 300',
    'claviger budget dry-run --budget "500 USD a month" --throttle-at-percent 80 --throttle-requests-per-minute 10 --suspend-at-percent 95',
  ],
})
