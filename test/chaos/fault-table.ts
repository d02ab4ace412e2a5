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
  /** Lines of the provider's bill for calls that nobody here was charged for, not even at the hold. */
  lostCharges: Bill[]
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
  /** What our answer said, by the call's user: of calls that got at least the head of one. */
  requestIdOf: ReadonlyMap<string, string>
  bill: readonly Bill[]
  rows: readonly Booked[]
}

export function faultTable({ struck, sentAt, keyOf, requestIdOf, bill, rows }: Observed): FaultRow[] {
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
  const billOf = matched(unbooked, unsure, { keyOf, sentAt, requestIdOf })
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
      lostCharges: here(lost, ({ user }) => sentAt.get(user ?? '') ?? 0),
      estimated: held.length,
      unreconciled: sum(held.map((row) => row.cost - chargedBy(billOf.get(row)))),
      recoveriesMs: own.map(({ recoveryMs }) => recoveryMs).sort((one, other) => one - other),
    }
  })
}

/** A call waits this long at most before it is let in. */
const ADMITTED_WITHIN_MS = 30_000

/**
 * Which line of the bill each estimated row stands for. A call that got the head of our answer knows its row. Of the
 * others, the row is of the same key, admitted near to when the call was sent, and no known call's; one that covers the
 * line before one that does not, the nearest first, but so that as many as can be have one.
 */
function matched(
  lines: readonly Bill[],
  rows: readonly Booked[],
  { keyOf, sentAt, requestIdOf }: Pick<Observed, 'keyOf' | 'sentAt' | 'requestIdOf'>,
): Map<Booked, Bill> {
  const billOf = new Map<Booked, Bill>()
  const known = new Set(requestIdOf.values())
  const rowOf = new Map(rows.map((row) => [row.requestId, row]))
  const unknown = rows.filter(({ requestId }) => !known.has(requestId))
  for (const line of lines) {
    const requestId = requestIdOf.get(line.user ?? '')
    if (requestId === undefined) place(line, new Set())
    else if (rowOf.has(requestId)) billOf.set(rowOf.get(requestId) as Booked, line)
  }
  return billOf

  /** Finds a row for the line, if need be by finding another for the line that has it (Kuhn's algorithm). */
  function place(line: Bill, tried: Set<Booked>): boolean {
    for (const row of candidates(line)) {
      if (tried.has(row)) continue
      tried.add(row)
      const before = billOf.get(row)
      if (before && !place(before, tried)) continue
      billOf.set(row, line)
      return true
    }
    return false
  }

  function candidates(line: Bill): Booked[] {
    const user = line.user ?? ''
    const at = sentAt.get(user) ?? 0
    const distance = (row: Booked) => Math.abs(row.admittedAt.getTime() - at)
    const short = (row: Booked) => Number(row.cost < priceOf(line))
    return unknown
      .filter((row) => row.keyId === keyOf(user) && distance(row) < ADMITTED_WITHIN_MS)
      .sort((one, other) => short(one) - short(other) || distance(one) - distance(other))
  }
}

function chargedBy(line: Bill | undefined): bigint {
  return line ? priceOf(line) : 0n
}

/** As it stands in docs/reliability.md. */
export function printTable(rows: readonly FaultRow[], overAdmissions: number): string {
  const total = (of: (row: FaultRow) => number) => rows.reduce((all, row) => all + of(row), 0)
  const lines = rows.map((row) => {
    const median = row.recoveriesMs[row.recoveriesMs.length >> 1] ?? 0
    const cells = [row.times, row.calls, row.doubleCharges, row.lostCharges.length, row.estimated]
    const recovery = `${median} / ${row.recoveriesMs.at(-1) ?? 0}`
    return `| ${[row.fault, ...cells, formatUsd(row.unreconciled), recovery].join(' | ')} |`
  })
  const totals = [
    total(({ times }) => times),
    total(({ calls }) => calls),
    total(({ doubleCharges }) => doubleCharges),
    total(({ lostCharges }) => lostCharges.length),
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
