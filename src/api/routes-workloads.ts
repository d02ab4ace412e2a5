import {
  createTrustRule,
  deleteTrustRule,
  listTrustRulesFor,
  updateTrustRule,
  viewTrustRule,
} from '../actions/trust-rules.ts'
import {
  trustRuleCreate,
  trustRuleDelete,
  trustRuleList,
  trustRuleUpdate,
  trustRuleView,
} from '../contract/trust-rules.ts'
import { type Route, serve } from './serve.ts'

/** The operations about workloads and their trust rules, with their actions. */
export const workloadsRoutes: Route[] = [
  serve(trustRuleCreate, createTrustRule),
  serve(trustRuleList, listTrustRulesFor),
  serve(trustRuleView, viewTrustRule),
  serve(trustRuleUpdate, updateTrustRule),
  serve(trustRuleDelete, deleteTrustRule),
]
