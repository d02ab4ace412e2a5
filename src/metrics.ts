import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import { ALERT_KINDS } from './domain/alert-text.ts'

/** What this process counts. Each part makes its own counters in `registry`; `/metrics` prints them all. */
export type Metrics = { registry: Registry; budgetAlerts: Counter<'kind'> }

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const budgetAlerts = new Counter({
    name: 'claviger_budget_alerts_total',
    help: 'Alerts of budgets that this process wrote down, by kind.',
    labelNames: ['kind'],
    registers: [registry],
  })
  for (const kind of ALERT_KINDS) budgetAlerts.inc({ kind }, 0)
  return { registry, budgetAlerts }
}
