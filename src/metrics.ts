import { collectDefaultMetrics, Registry } from 'prom-client'

/** What this process counts. Each part makes its own counters in `registry`; `/metrics` prints them all. */
export type Metrics = { registry: Registry }

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return { registry }
}
