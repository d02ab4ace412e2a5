import { Counter, Gauge, type Registry } from 'prom-client'
import { CallMetrics } from './call-metrics.ts'

/** What the gateway counts. Plain numbers on the hot path; they are read when somebody asks for the metrics. */
export type GatewayMetrics = {
  /** Calls that were admitted and ended. */
  calls: CallMetrics
  refused: Map<string, number>
  upstreamErrors: Map<string, number>
  /** Providers' secrets that somebody presented as a key. */
  providerSecretsPresented: number
}

export function createGatewayMetrics(registry: Registry, liveCalls: () => number): GatewayMetrics {
  const metrics: GatewayMetrics = {
    calls: new CallMetrics(registry),
    refused: new Map(),
    upstreamErrors: new Map(),
    providerSecretsPresented: 0,
  }
  const total = (name: string, help: string, value: () => number) =>
    new Counter({ name, help, registers: [registry], collect: collectTotal(value) })
  const byLabel = (name: string, help: string, label: string, values: Map<string, number>) =>
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect: collectLabelled(label, values),
    })
  byLabel(
    'claviger_gateway_refused_total',
    'Calls that were refused, by error code.',
    'code',
    metrics.refused,
  )
  byLabel(
    'claviger_gateway_upstream_errors_total',
    'Attempts that a provider did not answer well.',
    'reason',
    metrics.upstreamErrors,
  )
  total(
    'claviger_gateway_provider_secrets_presented_total',
    "Providers' secrets presented as keys.",
    () => metrics.providerSecretsPresented,
  )
  new Gauge({
    name: 'claviger_gateway_live_calls',
    help: 'Calls that are being forwarded now.',
    registers: [registry],
    collect() {
      this.set(liveCalls())
    },
  })
  return metrics
}

export function countIn(counts: Map<string, number>, label: string): void {
  counts.set(label, (counts.get(label) ?? 0) + 1)
}

function collectTotal(value: () => number) {
  return function (this: Counter) {
    this.reset()
    this.inc(value())
  }
}

function collectLabelled(label: string, values: Map<string, number>) {
  return function (this: Counter) {
    this.reset()
    for (const [name, count] of values) this.inc({ [label]: name }, count)
  }
}
