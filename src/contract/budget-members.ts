import { z } from 'zod'
import { Id, page, pageQuery, Usd } from './fields.ts'
import { operation } from './operation.ts'

export const BudgetMember = z
  .object({
    userId: Id,
    email: z.string(),
    name: z.string(),
    /** Their part, a budget that follows the whole; null until one of their keys is used. */
    budgetId: Id.nullable(),
    limitUsd: Usd,
    /** Set for them alone; else the limit is the one of the whole. */
    ownLimit: z.boolean(),
    spentUsd: Usd,
    /** What of the rest the gateways have set aside for calls. */
    leasedUsd: Usd,
    /** The limit without what is spent. */
    remainingUsd: Usd,
    /** Of their part: for `If-Match`. One that is not there yet has that of the whole, and starts with it. */
    version: z.int(),
  })
  .meta({ id: 'BudgetMember' })

export const budgetMemberList = operation({
  name: 'budgetMemberList',
  method: 'GET',
  path: '/v1/budgets/{budgetId}/members',
  summary: 'List what each member has spent and left of a budget for each member',
  permission: 'budget:read',
  params: { budgetId: Id },
  query: pageQuery,
  response: page(BudgetMember),
  examples: ['claviger budget-member list bud_01JD…'],
})

export const budgetMemberSet = operation({
  name: 'budgetMemberSet',
  method: 'PUT',
  path: '/v1/budgets/{budgetId}/members/{userId}',
  summary: 'Give one member a limit of their own, or the one of all again',
  permission: 'budget:update',
  params: { budgetId: Id, userId: Id },
  body: z.strictObject({
    limitUsd: Usd.nullable().describe('how much they have instead, in USD'),
  }),
  response: BudgetMember,
  examples: [
    'claviger budget-member set bud_01JD… ada@example.com --limit-usd 200',
    'claviger budget-member set bud_01JD… ada@example.com --limit-usd none',
  ],
})
