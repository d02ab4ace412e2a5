import { listMembersFor, setMember } from '../actions/budget-members.ts'
import { endCredit, grantCredit, listCreditsFor } from '../actions/credits.ts'
import { budgetMemberList, budgetMemberSet } from '../contract/budget-members.ts'
import { creditEnd, creditGrant, creditList } from '../contract/credits.ts'
import { type Route, serve } from './serve.ts'

/** The operations about credits and the budgets of members, with their actions. */
export const creditsRoutes: Route[] = [
  serve(creditGrant, grantCredit),
  serve(creditList, listCreditsFor),
  serve(creditEnd, endCredit),

  serve(budgetMemberList, listMembersFor),
  serve(budgetMemberSet, setMember),
]
