import { z } from 'zod'
import { ALERT_KINDS } from '../domain/alert-text.ts'
import { BUDGET_PERIODS } from '../domain/budget.ts'
import { Id, page, pageQuery, ScopeSchema, ScopeType, Timestamp, Usd } from './fields.ts'
import { operation } from './operation.ts'

export const Alert = z
  .object({
    id: Id,
    kind: z.enum(ALERT_KINDS),
    /** What it says, in a line. */
    summary: z.string(),
    budgetId: Id,
    budgetName: z.string(),
    scope: ScopeSchema,
    period: z.enum(BUDGET_PERIODS),
    /** The threshold that was reached. */
    percent: z.int().nullable(),
    /** How many calls it refused in the hour before. */
    refusedCalls: z.int().nullable(),
    limitUsd: Usd,
    /** When it was raised. */
    spentUsd: Usd,
    /** Where the spend of the window ends at that pace; null where there is no end. */
    projectedUsd: Usd.nullable(),
    /** When nothing is left at that pace; null when it lasts. */
    runsOutAt: Timestamp.nullable(),
    /** The window it is of. Both are null for a total. */
    windowStartedAt: Timestamp.nullable(),
    windowEndsAt: Timestamp.nullable(),
    /** How many people and channels were sent a notice. */
    told: z.int(),
    raisedAt: Timestamp,
  })
  .meta({ id: 'Alert' })

export const alertList = operation({
  name: 'alertList',
  method: 'GET',
  path: '/v1/alerts',
  summary: 'List what budgets reached, which will not last and which refuse calls, newest first',
  permission: 'budget:read',
  query: {
    ...pageQuery,
    kind: z.enum(ALERT_KINDS).optional(),
    budgetId: Id.optional(),
    scopeType: ScopeType.optional(),
    scopeId: Id.optional(),
  },
  response: page(Alert),
  examples: ['claviger alert list', 'claviger alert list --kind budget.exhausted --json'],
})
