import type { NamedSweep } from './sweep.ts'
import { projectBudgets, tellBudgetAlerts, tellRefusingBudgets } from './tell-alerts.ts'

/** What is swept of the alerts of budgets. */
export const alertsSweeps: NamedSweep[] = [
  { name: 'tell-alerts', everySeconds: 2, sweep: tellBudgetAlerts },
  { name: 'tell-refusing', everySeconds: 30, sweep: tellRefusingBudgets },
  { name: 'project-budgets', everySeconds: 120, sweep: projectBudgets },
]
