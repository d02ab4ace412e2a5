import { dryRunBudget } from '../actions/budget-dry-run.ts'
import { explainKey } from '../actions/key-explain.ts'
import { dryRunPolicy } from '../actions/policy-dry-run.ts'
import { budgetDryRun, policyDryRun } from '../contract/dry-runs.ts'
import { keyExplain } from '../contract/key-explain.ts'
import { type Route, serve } from './serve.ts'

/** What explains rules, and what says what a change of them would do. */
export const explainRoutes: Route[] = [
  serve(keyExplain, explainKey),
  serve(policyDryRun, dryRunPolicy),
  serve(budgetDryRun, dryRunBudget),
]
