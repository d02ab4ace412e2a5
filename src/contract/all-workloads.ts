import type { AnyOperation } from './operation.ts'
import {
  trustRuleCreate,
  trustRuleDelete,
  trustRuleList,
  trustRuleUpdate,
  trustRuleView,
} from './trust-rules.ts'

/** The operations about workloads and their trust rules. */
export const workloadsOperations: AnyOperation[] = [
  trustRuleCreate,
  trustRuleList,
  trustRuleView,
  trustRuleUpdate,
  trustRuleDelete,
]
