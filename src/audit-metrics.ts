import { Gauge, type Registry } from 'prom-client'
import type { Db } from './app.ts'
import { type AuditState, findAuditState } from './db/audit-state.ts'

/** What `/metrics` says of the audit trail: asked of the database when somebody reads it, and left out while it is away. */
export function createAuditMetrics(registry: Registry, db: Db): void {
  let running: Promise<AuditState | null> | null = null
  /** The gauges of one reading share one look. */
  const look = () => {
    running ??= findAuditState(db)
      .catch(() => null)
      .finally(() => {
        running = null
      })
    return running
  }
  const gauge = (name: string, help: string, read: (state: AuditState) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const state = await look()
        this.reset()
        if (state !== null) this.set(read(state))
      },
    })
  gauge(
    'claviger_audit_unsealed_events',
    'Audit events without a place in the chain.',
    (state) => state.unsealed,
  )
  gauge(
    'claviger_audit_unsealed_seconds',
    'For how long the oldest of them has waited.',
    (state) => state.unsealedSeconds,
  )
  gauge('claviger_audit_chain_broken', '1 when the chain does not match its signed head.', (state) =>
    Number(state.broken),
  )
  gauge(
    'claviger_audit_head_age_seconds',
    'Since when the newest head is signed.',
    (state) => state.headSeconds,
  )
  const perSink = (name: string, help: string, read: (sink: AuditState['sinks'][number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['sink'],
      registers: [registry],
      async collect() {
        const state = await look()
        this.reset()
        for (const sink of state?.sinks ?? []) this.set({ sink: sink.id }, read(sink))
      },
    })
  perSink(
    'claviger_audit_sink_behind_events',
    'Audit events that a sink does not have yet.',
    (sink) => sink.behind,
  )
  perSink(
    'claviger_audit_sink_failing_seconds',
    'For how long a sink has failed.',
    (sink) => sink.failingSeconds,
  )
}
