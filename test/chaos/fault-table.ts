import { formatUsd } from '../../src/domain/money.ts'
import type { Bill } from '../fake-provider/exchange.ts'
import { priceOf, sum } from './bill.ts'
import type { Booked } from './books.ts'
import { type Struck, TWO_AT_ONCE } from './fault-run.ts'
import { FAULTS, LONG_STOP } from './faults.ts'

/** What one kind of fault did to the money. */
export type FaultRow = {
  fault: string
  times: number
  /** Calls that were sent from its begin to the next fault. */
  calls: number
  /** Calls on the provider's bill when what it had charged before left no room for them in a budget. */
  overAdmissions: number
  /** Usage rows of one and the same call. */
  doubleCharges: number
  /** Lines of the provider's bill for calls that nobody here was charged for, not even at the hold. */
  lostCharges: Bill[]
  /** Calls whose end was seen, and which cost more or less here than on the provider's bill. */
  wrongCosts: Booked[]
  /** Calls whose end nobody saw: charged at what was held, or by what was seen of a stream. */
  estimated: number
  /** What those were charged more than the provider's bill says, and what others of them were charged less. */
  chargedAbove: bigint
  chargedBelow: bigint
  recoveriesMs: number[]
}

/** A budget that never begins anew, and whose calls count to it. */
export type Limit = { limit: bigint; covers: (user: string) => boolean }

export type Observed = {
  struck: readonly Struck[]
  /** When each call was sent, by its user. */
  sentAt: ReadonlyMap<string, number>
  /** Whose key a user calls with. */
  keyOf: (user: string) => string | undefined
  /** What our answer said, by the call's user: of calls that got at least the head of one. */
  requestIdOf: ReadonlyMap<string, string>
  /** In the order in which the provider had the calls. */
  bill: readonly Bill[]
  rows: readonly Booked[]
  limits: readonly Limit[]
}

export function faultTable(observed: Observed): FaultRow[] {
  const { struck, sentAt, bill, rows, limits } = observed
  const faultAt = (atMs: number) => struck.find(({ untilMs }) => atMs < untilMs)?.fault ?? 'none'
  const booked = Map.groupBy(
    rows.filter(({ objectId }) => objectId !== null),
    ({ objectId }) => objectId,
  )
  const doubled = [...booked.values()].filter((same) => same.length > 1)
  const attempts = Map.groupBy(rows, ({ requestId, attempt }) => `${requestId} ${attempt}`)
  const twice = [...attempts.values()].filter((same) => same.length > 1)
  const lines = new Map(bill.map((line) => [`resp_${line.callId}`, line]))
  const named = ({ objectId }: Booked) => (objectId === null ? undefined : lines.get(objectId))
  const wrong = rows.filter((row) => !row.estimated && row.cost !== chargedBy(named(row)))
  const unbooked = bill.filter(({ callId }) => !booked.has(`resp_${callId}`))
  const unsure = rows.filter(({ estimated }) => estimated)
  const billOf = matched(
    unbooked,
    unsure.filter(({ objectId }) => objectId === null),
    observed,
  )
  const found = new Set(billOf.values())
  const lost = unbooked.filter((line) => !found.has(line))
  const over = limits.flatMap((limit) => beyond(limit, bill))
  const kinds = [...FAULTS, LONG_STOP].map(({ name }) => name).concat(TWO_AT_ONCE)
  return kinds.map((fault) => {
    const own = struck.filter((one) => one.fault === fault)
    const here = <T>(items: readonly T[], atMs: (item: T) => number) =>
      items.filter((item) => faultAt(atMs(item)) === fault)
    const admittedAt = (row: Booked) => row.admittedAt.getTime()
    const sent = ({ user }: Bill) => sentAt.get(user ?? '') ?? 0
    const guessed = here(unsure, admittedAt)
    const above = guessed.map((row) => row.cost - chargedBy(named(row) ?? billOf.get(row)))
    return {
      fault,
      times: own.length,
      calls: here([...sentAt.values()], (atMs) => atMs).length,
      overAdmissions: here(over, sent).length,
      doubleCharges: here([...doubled, ...twice], ([row]) => row?.admittedAt.getTime() ?? 0).length,
      lostCharges: here(lost, sent),
      wrongCosts: here(wrong, admittedAt),
      estimated: guessed.length,
      chargedAbove: sum(above.filter((amount) => amount > 0n)),
      chargedBelow: -sum(above.filter((amount) => amount < 0n)),
      recoveriesMs: own.map(({ recoveryMs }) => recoveryMs).sort((one, other) => one - other),
    }
  })
}

/** The lines of the bill from the one that goes over the limit. */
function beyond({ limit, covers }: Limit, bill: readonly Bill[]): Bill[] {
  let charged = 0n
  return bill.filter((line) => {
    if (!covers(line.user ?? '')) return false
    charged += priceOf(line)
    return charged > limit
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
export function printTable(rows: readonly FaultRow[]): string {
  const lines = rows.map((row) => {
    const median = row.recoveriesMs[row.recoveriesMs.length >> 1] ?? 0
    return [
      row.fault,
      ...COLUMNS.map(([, cell]) => cell([row])),
      `${median} / ${row.recoveriesMs.at(-1) ?? 0}`,
    ]
  })
  const head = ['fault', ...COLUMNS.map(([name]) => name), 'recovery ms, median / most']
  const all = ['**all**', ...COLUMNS.map(([, cell]) => cell(rows)), '']
  const rule = head.map((_, index) => (index === 0 ? '---' : '--:'))
  return [head, rule, ...lines, all].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Each of one row, or of all together. */
const COLUMNS: [name: string, cell: (rows: readonly FaultRow[]) => string][] = [
  ['times', count(({ times }) => times)],
  ['calls', count(({ calls }) => calls)],
  ['over-admissions', count(({ overAdmissions }) => overAdmissions)],
  ['double charges', count(({ doubleCharges }) => doubleCharges)],
  ['lost charges', count(({ lostCharges }) => lostCharges.length)],
  ['wrong costs', count(({ wrongCosts }) => wrongCosts.length)],
  ['estimated', count(({ estimated }) => estimated)],
  ['of these, USD above the bill', usd(({ chargedAbove }) => chargedAbove)],
  ['USD below', usd(({ chargedBelow }) => chargedBelow)],
]

function count(of: (row: FaultRow) => number) {
  return (rows: readonly FaultRow[]) => String(rows.reduce((all, row) => all + of(row), 0))
}

function usd(of: (row: FaultRow) => bigint) {
  return (rows: readonly FaultRow[]) => formatUsd(sum(rows.map(of)))
}
