import type { NamedSweep } from './sweep.ts'
import { projectBudgets, tellBudgetAlerts } from './tell-alerts.ts'

/** What is swept of the alerts of budgets. */
export const alertsSweeps: NamedSweep[] = [
  { name: 'tell-alerts', everySeconds: 2, sweep: tellBudgetAlerts },
  { name: 'project-budgets', everySeconds: 120, sweep: projectBudgets },
]
