import { Counter, Gauge } from 'prom-client'
import type { Metrics } from '../metrics.ts'
import type { Authority } from './authority.ts'

export type LedgerMetrics = {
  questions: Counter<'question'>
  flushFailures: Counter
  rowsRefused: Counter
  refusalsDropped: Counter
  overageNanoUsd: Counter
}

/** The gauges are read from `state` when somebody asks for the metrics, so that calls do not pay for them. */
export function createLedgerMetrics(
  { registry }: Metrics,
  state: { openCalls(): number; backlogRows(): number; journalWritable(): boolean },
): LedgerMetrics {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('claviger_ledger_open_calls', 'Calls that hold money and slots now.', state.openCalls)
  gauge('claviger_ledger_backlog_rows', 'Usage rows that wait to be booked.', state.backlogRows)
  gauge('claviger_ledger_journal_writable', '1 when calls can be journaled.', () =>
    Number(state.journalWritable()),
  )
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  return {
    questions: new Counter({
      name: 'claviger_ledger_questions_total',
      help: 'What this node asked PostgreSQL about money and rate limits.',
      labelNames: ['question'],
      registers,
    }),
    flushFailures: counter(
      'claviger_ledger_flush_failures_total',
      'Batches of usage that could not be booked yet.',
    ),
    rowsRefused: counter(
      'claviger_ledger_rows_refused_total',
      'Usage rows that the database refuses to take.',
    ),
    refusalsDropped: counter(
      'claviger_ledger_refusals_dropped_total',
      'Rows of refused calls that were not written because too many waited.',
    ),
    overageNanoUsd: counter(
      'claviger_ledger_overage_nano_usd_total',
      'What calls cost above the worst case they held, in 10^-9 USD.',
    ),
  }
}

/** The authority, with what it is asked about money and rate limits counted. */
export function counted(authority: Authority, { questions }: LedgerMetrics): Authority {
  return {
    ...authority,
    take(requests) {
      questions.inc({ question: 'take' })
      return authority.take(requests)
    },
    settle(batch, windows) {
      questions.inc({ question: 'settle' })
      return authority.settle(batch, windows)
    },
    giveBack(leases, recalled) {
      questions.inc({ question: 'give_back' })
      return authority.giveBack(leases, recalled)
    },
    shares(requests) {
      questions.inc({ question: 'shares' })
      return authority.shares(requests)
    },
  }
}
