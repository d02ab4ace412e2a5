import { z } from 'zod'
import { Id, page, pageQuery, Timestamp, Usd } from './fields.ts'
import { operation } from './operation.ts'

const BudgetRaise = z
  .object({
    id: Id,
    budgetId: Id,
    addUsd: Usd,
    reason: z.string(),
    /** The request in which it was approved; null for one that was given without. */
    accessRequestId: Id.nullable(),
    createdAt: Timestamp,
    until: Timestamp,
    /** When somebody ended it before its time. */
    endedAt: Timestamp.nullable(),
    active: z.boolean(),
  })
  .meta({ id: 'BudgetRaise' })

export const budgetRaiseCreate = operation({
  name: 'budgetRaiseCreate',
  method: 'POST',
  path: '/v1/budget-raises',
  summary: 'Let a budget allow more for a while, and say why; it ends by itself',
  permission: 'budget:update',
  body: z.strictObject({
    budgetId: Id,
    addUsd: Usd.refine((text) => Number(text) > 0, 'expected more than nothing').describe(
      'how much more in each window, in USD',
    ),
    until: Timestamp.describe('when it ends'),
    reason: z.string().trim().min(1).max(1000).describe('why, for who reads the audit trail'),
  }),
  response: BudgetRaise,
  examples: [
    'claviger budget-raise create --budget bud_01JD… --add-usd 200 --until 7d --reason "launch week"',
  ],
})

export const budgetRaiseList = operation({
  name: 'budgetRaiseList',
  method: 'GET',
  path: '/v1/budget-raises',
  summary: 'List raises of budgets, also those that are over',
  permission: 'budget:read',
  query: { ...pageQuery, budgetId: Id.optional() },
  response: page(BudgetRaise),
  examples: ['claviger budget-raise list --budget bud_01JD…'],
})

export const budgetRaiseEnd = operation({
  name: 'budgetRaiseEnd',
  method: 'POST',
  path: '/v1/budget-raises/{budgetRaiseId}/end',
  summary: 'End a raise before its time',
  permission: 'budget:update',
  params: { budgetRaiseId: Id },
  response: BudgetRaise,
  examples: ['claviger budget-raise end rai_01JD…'],
})
