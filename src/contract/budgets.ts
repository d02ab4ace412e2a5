import { z } from 'zod'
import {
  BUDGET_PERIODS,
  BUDGET_STAGES,
  BUDGET_STANDINGS,
  BUDGET_WINDOWS,
  NEAR_PERCENT,
} from '../domain/budget.ts'
import {
  Id,
  Name,
  PerMember,
  page,
  pageQuery,
  ScopeSchema,
  ScopeType,
  search,
  Timestamp,
  TimeZone,
  Usd,
} from './fields.ts'
import { operation } from './operation.ts'
import { ModelPattern } from './policies.ts'

const Thresholds = z
  .array(z.int().min(1).max(100))
  .max(10)
  .refine((percents) => new Set(percents).size === percents.length, 'expected each threshold once')

/** Where calls are slowed down, and where they are stopped. */
export const BUDGET_LINES = {
  throttleAtPercent: z
    .int()
    .min(1)
    .max(1000)
    .nullable()
    .describe('from this percent of the limit on, let only so many calls a minute through'),
  throttleRequestsPerMinute: z.int().min(1).max(1_000_000).nullable().describe('how many that are'),
  suspendAtPercent: z
    .int()
    .min(1)
    .max(1000)
    .nullable()
    .describe('from this percent on, refuse calls until the next window; for soft budgets, too'),
}

const fields = {
  name: Name.describe('how refusals and alerts call it'),
  kind: z.enum(['hard', 'soft']).describe('a hard budget refuses calls, a soft one only warns'),
  limitUsd: Usd.describe('how much, in USD, such as 500 or 0.25'),
  onShort: z
    .enum(['clamp', 'deny'])
    .describe(
      'when little is left and the caller set no output cap: cut the output to what it buys, or refuse',
    ),
  thresholds: Thresholds.describe('percents at which to warn'),
  ...BUDGET_LINES,
}

const prorate = z
  .boolean()
  .describe('count the limit in the current window only for the part that is left of it')

const terms = {
  name: fields.name.optional().describe('how refusals and alerts call it, such as "500 USD a month"'),
  kind: fields.kind.default('hard'),
  period: z
    .enum(BUDGET_WINDOWS)
    .describe('calendar day, week from Monday, month or quarter; any 24 hours; or everything ever'),
  timeZone: TimeZone.optional().describe("where days begin; the organization's when not given"),
  limitUsd: fields.limitUsd,
  onShort: fields.onShort.default('clamp'),
  thresholds: fields.thresholds.default([50, 80, 100]),
  throttleAtPercent: fields.throttleAtPercent.default(null),
  throttleRequestsPerMinute: fields.throttleRequestsPerMinute.default(null),
  suspendAtPercent: fields.suspendAtPercent.default(null),
  prorate: prorate.default(false),
  providerId: Id.nullable().default(null).describe('only calls to this provider'),
  modelPattern: ModelPattern.nullable().default(null).describe('only calls of models such as "gpt-5*"'),
}

const Standing = z
  .enum(BUDGET_STANDINGS)
  .describe(
    `suspended: its line refuses calls; refusing: a hard limit is used up; over: a soft one is; throttled: its line slows calls down; near: ${NEAR_PERCENT} percent, four fifths, of what the window allows are spent; open: none of these, or for each member; the first that holds`,
  )

/** A budget without its scope, as `keyCreate` takes it. */
export const BudgetTerms = z.strictObject(terms)

export const Budget = z
  .object({
    id: Id,
    scope: ScopeSchema,
    ...fields,
    /** `credits`: an account whose limit its credits make; see `creditGrant`. */
    period: z.enum(BUDGET_PERIODS),
    timeZone: TimeZone,
    providerId: Id.nullable(),
    modelPattern: ModelPattern.nullable(),
    /** Each member has a part of their own, as large as this; nothing is spent of the whole. */
    perMember: z.boolean(),
    /** Of one member's part: the budget that it follows, and whose it is. */
    memberOf: Id.nullable(),
    userId: Id.nullable(),
    createdAt: Timestamp,
    version: z.int(),
    /** The window that holds now. */
    window: z.object({
      /** Null for a total and for credits. Any 24 hours began 24 hours ago. */
      startedAt: Timestamp.nullable(),
      /** When the next window starts; of any 24 hours, when the oldest spend counts no more. Null: never, or nothing. */
      resetsAt: Timestamp.nullable(),
      /** What the window allows: the limit, or what was prorated of it, and the raises that hold now. */
      limitUsd: Usd,
      spentUsd: Usd,
      /** What of the rest the gateways have set aside for calls, those under way included. */
      leasedUsd: Usd,
      /** What it allows without what is spent. */
      remainingUsd: Usd,
      /** `throttled`: so many calls a minute. `suspended`: none. Either until the next window or a higher limit. */
      stage: z.enum(BUDGET_STAGES),
      standing: Standing,
    }),
    /** What is added to the limit for a while, and holds now. */
    raises: z.array(z.object({ id: Id, addUsd: Usd, until: Timestamp, reason: z.string() })),
  })
  .meta({ id: 'Budget' })

export const budgetCreate = operation({
  name: 'budgetCreate',
  method: 'POST',
  path: '/v1/budgets',
  summary: 'Create a budget',
  permission: 'budget:create',
  body: z.strictObject({
    scope: ScopeSchema.describe('whose calls it pays for'),
    ...terms,
    perMember: PerMember,
  }),
  response: Budget,
  examples: [
    'claviger budget create --scope team:Search --limit-usd 500 --period month',
    'claviger budget create --scope key:site-bot --limit-usd 5 --period day --kind soft',
    'claviger budget create --scope organization --limit-usd 10000 --period month --threshold 75,90',
    'claviger budget create --scope team:Search --limit-usd 50 --period month --per-member true',
    'claviger budget create --scope team:Search --limit-usd 40 --period rolling_24h --throttle-at-percent 80 --throttle-requests-per-minute 10 --suspend-at-percent 95',
  ],
})

export const budgetList = operation({
  name: 'budgetList',
  method: 'GET',
  path: '/v1/budgets',
  summary: 'List budgets with what is spent and left',
  permission: 'budget:read',
  query: {
    ...pageQuery,
    scopeType: ScopeType.optional(),
    scopeId: Id.optional(),
    userId: Id.optional().describe('their parts of budgets for each member, instead'),
    order: z
      .enum(['created', 'nearest'])
      .default('created')
      .describe('as they were created, or what is nearest to its end first'),
    standing: z.enum(BUDGET_STANDINGS).optional().describe('how they stand; for order `nearest`'),
    q: search('a part of its name, or of the name of whose it is; for order `nearest`'),
  },
  response: page(Budget),
  examples: ['claviger budget list', 'claviger budget list --order nearest --standing refusing'],
})

export const budgetCount = operation({
  name: 'budgetCount',
  method: 'GET',
  path: '/v1/budgets/count',
  summary: 'Count budgets by how they stand',
  permission: 'budget:read',
  response: z
    .object({
      total: z.int(),
      standings: z.record(Standing, z.int()),
    })
    .meta({ id: 'BudgetCount' }),
  examples: ['claviger budget count'],
})

export const budgetView = operation({
  name: 'budgetView',
  method: 'GET',
  path: '/v1/budgets/{budgetId}',
  summary: 'Show a budget with what is spent and left',
  permission: 'budget:read',
  params: { budgetId: Id },
  response: Budget,
  examples: ['claviger budget get bud_01JD…'],
})

const BudgetForecast = z
  .object({
    asOf: Timestamp,
    /** Null where nothing is spent in the window, and of any 24 hours, whose spend comes back by itself. */
    pace: z
      .object({
        /** Since when it is measured: 24 hours or 7 days ago, also where that lies in the window before. */
        since: Timestamp,
        perDayUsd: Usd,
        /** What is spent when the window ends, at that pace; null when it never ends. */
        atEndUsd: Usd.nullable(),
        /** When nothing is left, at that pace; null when it lasts, or is spent already. */
        runsOutAt: Timestamp.nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'BudgetForecast' })

export const budgetForecast = operation({
  name: 'budgetForecast',
  method: 'GET',
  path: '/v1/budgets/{budgetId}/forecast',
  summary: 'Say how long a budget lasts at its pace',
  permission: 'budget:read',
  params: { budgetId: Id },
  response: BudgetForecast,
  examples: ['claviger budget forecast bud_01JD…'],
})

export const budgetUpdate = operation({
  name: 'budgetUpdate',
  method: 'PATCH',
  path: '/v1/budgets/{budgetId}',
  summary: 'Change a budget; its period and scope stay',
  permission: 'budget:update',
  params: { budgetId: Id },
  body: z.strictObject({ ...fields, prorate }).partial(),
  response: Budget,
  examples: [
    'claviger budget update bud_01JD… --limit-usd 750',
    'claviger budget update bud_01JD… --limit-usd 750 --prorate true',
  ],
})

export const budgetDelete = operation({
  name: 'budgetDelete',
  method: 'DELETE',
  path: '/v1/budgets/{budgetId}',
  summary: 'Delete a budget; what it counted stays in the usage',
  permission: 'budget:update',
  params: { budgetId: Id },
  examples: ['claviger budget delete bud_01JD…'],
})
