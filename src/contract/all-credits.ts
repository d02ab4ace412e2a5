import { budgetMemberList, budgetMemberSet } from './budget-members.ts'
import { creditEnd, creditGrant, creditList } from './credits.ts'
import type { AnyOperation } from './operation.ts'

/** The operations about credits and the budgets of members. */
export const creditsOperations: AnyOperation[] = [
  creditGrant,
  creditList,
  creditEnd,

  budgetMemberList,
  budgetMemberSet,
]
