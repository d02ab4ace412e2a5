import { Counter, type Metric, type Registry } from 'prom-client'
import type { AttemptOutcome } from '../ledger/ledger.ts'

type Sums = {
  provider: string
  model: string
  calls: Map<string, number>
  inputTokens: number
  outputTokens: number
  nanoUsd: bigint
}

/** Models without a price may have any name a caller thinks of, so they share one label, and labels have a bound. */
const OTHER = 'other'
const MOST_MODELS = 1_000
const BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
const NANO = 1e9

/** What ended calls used and how long they took, by provider and model. Sums here; printed when somebody asks. */
export class CallMetrics {
  private readonly sums = new Map<string, Sums>()
  private readonly seconds: Durations

  constructor(registry: Registry) {
    this.seconds = new Durations(
      'claviger_gateway_call_duration_seconds',
      'Time from asking the provider to the end of its answer.',
    )
    // The cast holds for what a registry asks of a metric: its name, and `get` with what it prints.
    registry.registerMetric(this.seconds as unknown as Metric)
    const register = (
      name: string,
      help: string,
      labels: string[],
      read: (sums: Sums) => [string[], number][],
    ) =>
      new Counter({
        name,
        help,
        labelNames: ['provider', 'model', ...labels],
        registers: [registry],
        collect: this.collector(labels, read),
      })
    register('claviger_gateway_calls_total', 'Calls that were admitted and ended.', ['status'], ({ calls }) =>
      [...calls].map(([status, count]) => [[status], count]),
    )
    register('claviger_gateway_tokens_total', 'Tokens that ended calls used.', ['direction'], (sums) => [
      [['input'], sums.inputTokens],
      [['output'], sums.outputTokens],
    ])
    register(
      'claviger_gateway_cost_usd_total',
      'Cost of ended calls. The exact figures are in the usage rows.',
      [],
      (sums) => [[[], Number(sums.nanoUsd) / NANO]],
    )
  }

  count(provider: string, model: string | null, outcome: AttemptOutcome): void {
    const { status, quantities, costNanoUsd, durationMs } = outcome
    const sums = this.sumsOf(provider, model ?? OTHER)
    const seen = status >= 200 && status <= 599 ? `${Math.floor(status / 100)}xx` : OTHER
    sums.calls.set(seen, (sums.calls.get(seen) ?? 0) + 1)
    sums.inputTokens += quantities.inputTokens
    sums.outputTokens += quantities.outputTokens
    sums.nanoUsd += costNanoUsd
    this.seconds.observe(durationMs / 1000)
  }

  private sumsOf(provider: string, model: string): Sums {
    const key = `${provider} ${model}`
    const known = this.sums.get(key)
    if (known) return known
    if (this.sums.size >= MOST_MODELS && model !== OTHER) return this.sumsOf(provider, OTHER)
    const sums = { provider, model, calls: new Map(), inputTokens: 0, outputTokens: 0, nanoUsd: 0n }
    this.sums.set(key, sums)
    return sums
  }

  private collector(labels: string[], read: (sums: Sums) => [string[], number][]) {
    const all = this.sums
    return function (this: Counter) {
      this.reset()
      for (const sums of all.values()) {
        for (const [values, count] of read(sums)) {
          const named = Object.fromEntries(labels.map((label, index) => [label, values[index] ?? '']))
          this.inc({ provider: sums.provider, model: sums.model, ...named }, count)
        }
      }
    }
  }
}

/** A histogram without labels. Observing with prom-client's own costs as much as the rest of a call's bookkeeping. */
class Durations {
  readonly type = 'histogram'
  readonly aggregator = 'sum'
  readonly name: string
  readonly help: string
  private readonly counts = BUCKETS.map(() => 0)
  private sum = 0
  private count = 0

  constructor(name: string, help: string) {
    this.name = name
    this.help = help
  }

  observe(seconds: number): void {
    this.sum += seconds
    this.count++
    const bucket = BUCKETS.findIndex((most) => seconds <= most)
    if (bucket >= 0) this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
  }

  get() {
    const { name, help, type, aggregator, sum, count } = this
    let below = 0
    const buckets = BUCKETS.map((le, i) => {
      below += this.counts[i] ?? 0
      return { labels: { le }, value: below, metricName: `${name}_bucket` }
    })
    const values = [
      ...buckets,
      { labels: { le: '+Inf' }, value: count, metricName: `${name}_bucket` },
      { labels: {}, value: sum, metricName: `${name}_sum` },
      { labels: {}, value: count, metricName: `${name}_count` },
    ]
    return { name, help, type, aggregator, values }
  }
}
