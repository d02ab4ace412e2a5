import { formatUsd } from '../../src/domain/money.ts'
import type { Bill } from '../fake-provider/exchange.ts'
import { priceOf, sum } from './bill.ts'
import type { Booked } from './books.ts'
import type { Struck } from './fault-run.ts'
import { FAULTS } from './faults.ts'

/** What one kind of fault did to the money. */
export type FaultRow = {
  fault: string
  times: number
  /** Calls that were sent from its begin to the next fault. */
  calls: number
  /** Usage rows of one and the same call. */
  doubleCharges: number
  /** Calls that the provider charges and nobody here was charged for, not even at the hold. */
  lostCharges: number
  /** Calls whose end nobody saw: charged at what was held, or by what was seen of a stream. */
  estimated: number
  /** What was charged for those above what the provider's bill says of them. */
  unreconciled: bigint
  recoveriesMs: number[]
}

export type Observed = {
  struck: readonly Struck[]
  /** When each call was sent, by its user. */
  sentAt: ReadonlyMap<string, number>
  /** Whose key a user calls with. */
  keyOf: (user: string) => string | undefined
  bill: readonly Bill[]
  rows: readonly Booked[]
}

export function faultTable({ struck, sentAt, keyOf, bill, rows }: Observed): FaultRow[] {
  const faultAt = (atMs: number) => struck.find(({ untilMs }) => atMs < untilMs)?.fault ?? 'none'
  const booked = Map.groupBy(
    rows.filter(({ objectId }) => objectId !== null),
    ({ objectId }) => objectId,
  )
  const doubled = [...booked.values()].filter((same) => same.length > 1)
  const attempts = Map.groupBy(rows, ({ requestId, attempt }) => `${requestId} ${attempt}`)
  const twice = [...attempts.values()].filter((same) => same.length > 1)
  const unbooked = bill.filter(({ callId }) => !booked.has(`resp_${callId}`))
  const unsure = rows.filter(({ estimated, objectId }) => estimated && objectId === null)
  const billOf = matched(unbooked, unsure, keyOf, sentAt)
  const found = new Set(billOf.values())
  const lost = unbooked.filter((line) => !found.has(line))
  return FAULTS.map(({ name: fault }) => {
    const own = struck.filter((one) => one.fault === fault)
    const here = <T>(items: readonly T[], atMs: (item: T) => number) =>
      items.filter((item) => faultAt(atMs(item)) === fault)
    const held = here(unsure, ({ admittedAt }) => admittedAt.getTime())
    return {
      fault,
      times: own.length,
      calls: here([...sentAt.values()], (atMs) => atMs).length,
      doubleCharges: here([...doubled, ...twice], ([row]) => row?.admittedAt.getTime() ?? 0).length,
      lostCharges: here(lost, ({ user }) => sentAt.get(user ?? '') ?? 0).length,
      estimated: held.length,
      unreconciled: sum(held.map((row) => row.cost - chargedBy(billOf.get(row)))),
      recoveriesMs: own.map(({ recoveryMs }) => recoveryMs).sort((one, other) => one - other),
    }
  })
}

/** A call waits this long at most before it is let in. */
const ADMITTED_WITHIN_MS = 30_000

/**
 * Which line of the bill each estimated row stands for: of the same key, admitted nearest to when the call was sent;
 * one that covers the line before one that does not.
 */
function matched(
  lines: readonly Bill[],
  rows: readonly Booked[],
  keyOf: Observed['keyOf'],
  sentAt: Observed['sentAt'],
): Map<Booked, Bill> {
  const billOf = new Map<Booked, Bill>()
  for (const line of lines) {
    const at = sentAt.get(line.user ?? '') ?? 0
    const distance = (row: Booked) => Math.abs(row.admittedAt.getTime() - at)
    const short = (row: Booked) => Number(row.cost < priceOf(line))
    const [nearest] = rows
      .filter((row) => row.keyId === keyOf(line.user ?? '') && !billOf.has(row))
      .filter((row) => distance(row) < ADMITTED_WITHIN_MS)
      .sort((one, other) => short(one) - short(other) || distance(one) - distance(other))
    if (nearest) billOf.set(nearest, line)
  }
  return billOf
}

function chargedBy(line: Bill | undefined): bigint {
  return line ? priceOf(line) : 0n
}

/** As it stands in docs/reliability.md. */
export function printTable(rows: readonly FaultRow[], overAdmissions: number): string {
  const total = (of: (row: FaultRow) => number) => rows.reduce((all, row) => all + of(row), 0)
  const lines = rows.map((row) => {
    const median = row.recoveriesMs[row.recoveriesMs.length >> 1] ?? 0
    const cells = [row.times, row.calls, row.doubleCharges, row.lostCharges, row.estimated]
    const recovery = `${median} / ${row.recoveriesMs.at(-1) ?? 0}`
    return `| ${[row.fault, ...cells, formatUsd(row.unreconciled), recovery].join(' | ')} |`
  })
  const totals = [
    total(({ times }) => times),
    total(({ calls }) => calls),
    total(({ doubleCharges }) => doubleCharges),
    total(({ lostCharges }) => lostCharges),
    total(({ estimated }) => estimated),
    formatUsd(rows.reduce((all, { unreconciled }) => all + unreconciled, 0n)),
  ]
  return [
    '| fault | times | calls | double charges | lost charges | estimated | unreconciled USD | recovery ms, median / most |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...lines,
    `| **all** | ${totals.join(' | ')} | |`,
    '',
    `Over-admissions, by budget and by the provider's own bill: ${overAdmissions}.`,
  ].join('\n')
}
