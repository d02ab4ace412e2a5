import { budgetDryRun, policyDryRun } from './dry-runs.ts'
import { keyExplain } from './key-explain.ts'
import type { AnyOperation } from './operation.ts'

/** Operations that say why, and what would be: they change nothing. */
export const explainOperations: AnyOperation[] = [keyExplain, policyDryRun, budgetDryRun]
