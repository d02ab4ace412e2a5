import { expect, test } from 'vitest'
import type { Bill } from '../fake-provider/exchange.ts'
import { sum } from './bill.ts'
import type { Booked } from './books.ts'
import { type FaultRow, faultTable, type Observed } from './fault-table.ts'

const KEY = 'key_1'
/** Calls of one key whose end nobody saw, 25 seconds apart; the first is charged for less than the provider charges. */
const CALLS = [
  { user: 'caller-00-0', at: 0, tokens: 6, charged: 3 },
  { user: 'caller-00-1', at: 25_000, tokens: 9, charged: 9 },
  { user: 'caller-00-2', at: 50_000, tokens: 9, charged: 9 },
]

test('a call is found by what our answer said it was, however much else happened', () => {
  expect(totals(observed(CALLS))).toMatchObject({ lost: 0, estimated: 3, above: 0n, below: 30_000n })
})

test('what is charged above the bill is not made up for by what is charged below it', () => {
  const [first, second, third] = CALLS
  const dear = { ...second, charged: 12 } as (typeof CALLS)[0]
  expect(totals(observed([first, dear, third] as typeof CALLS))).toMatchObject({
    above: 30_000n,
    below: 30_000n,
  })
})

test('a call whose end was seen costs exactly what the bill says', () => {
  const seen = seenOf(CALLS.map((call) => ({ ...call, charged: call.tokens })))
  expect(totals(seen)).toMatchObject({ lost: 0, wrong: 0, estimated: 0 })
  for (const by of [-1_000n, 1n]) {
    const rows = seen.rows.map((row) => ({ ...row, cost: row.cost + by }))
    expect(totals({ ...seen, rows }).wrong, `each ${by} nano-USD off`).toBe(CALLS.length)
  }
  expect(totals({ ...seen, bill: seen.bill.slice(1) }).wrong, 'one is not on the bill').toBe(1)
})

test('calls that the provider has charged for beyond a limit were let in although it was used up', () => {
  const limit = (limit: bigint, covers = (_: string) => true) => ({
    ...observed(CALLS),
    limits: [{ limit, covers }],
  })
  expect(totals(limit(240_000n)).over).toBe(0)
  expect(totals(limit(239_999n)).over).toBe(1)
  expect(totals(limit(0n)).over).toBe(3)
  expect(totals(limit(0n, (user) => user === 'caller-00-1')).over).toBe(1)
})

test('a call that nobody was charged for is lost, even when others were charged for nothing', () => {
  const [first, ...others] = CALLS.map((call) => ({ ...call }))
  const unbilled = { user: 'caller-00-3', at: 1_000, tokens: 0, charged: 9 }
  const rest = [...others, unbilled]
  expect(totals(observed([{ ...first, charged: 0 } as (typeof CALLS)[0], ...rest])).lost).toBe(1)
})

test('calls that got no answer are found by their key and when they were sent, as many as can be', () => {
  const unanswered = { ...observed(CALLS), requestIdOf: new Map() }
  expect(totals(unanswered).lost).toBe(0)
  expect(totals({ ...unanswered, keyOf: () => 'key_2' }).lost).toBe(3)
  expect(totals({ ...unanswered, rows: unanswered.rows.slice(1) }).lost).toBe(1)
})

function totals(observed: Observed) {
  const rows = faultTable(observed)
  const total = (of: (row: FaultRow) => number) => rows.reduce((all, row) => all + of(row), 0)
  return {
    over: total(({ overAdmissions }) => overAdmissions),
    lost: total(({ lostCharges }) => lostCharges.length),
    wrong: total(({ wrongCosts }) => wrongCosts.length),
    estimated: total(({ estimated }) => estimated),
    above: sum(rows.map(({ chargedAbove }) => chargedAbove)),
    below: sum(rows.map(({ chargedBelow }) => chargedBelow)),
  }
}

/** As `observed`, but that the answer of each call said what it was. */
function seenOf(calls: readonly (typeof CALLS)[0][]): Observed {
  const { rows, ...others } = observed(calls)
  const seen = (row: Booked, index: number) => ({
    ...row,
    estimated: false,
    objectId: `resp_${calls[index]?.user}`,
  })
  return { ...others, rows: rows.map(seen) }
}

/** `charged` 0: the row says that the call cost nothing. `tokens` 0: the provider never had it. */
function observed(calls: readonly (typeof CALLS)[0][]): Observed {
  return {
    struck: [{ fault: 'provider: cut', fromMs: 0, untilMs: Number.POSITIVE_INFINITY, recoveryMs: 1 }],
    sentAt: new Map(calls.map(({ user, at }) => [user, at])),
    keyOf: () => KEY,
    requestIdOf: new Map(calls.map(({ user }) => [user, `req_${user}`])),
    bill: calls.filter(({ tokens }) => tokens > 0).map(({ user, tokens }) => billOf(user, tokens)),
    rows: calls.map(({ user, at, charged }) => rowOf(user, at, charged)),
    limits: [],
  }
}

function billOf(user: string, output: number): Bill {
  const usage = { input: 0, output } as Bill['usage']
  return {
    callId: user,
    user,
    path: 'responses',
    model: 'quick',
    stream: true,
    serviceTier: '',
    usage,
    completed: false,
  }
}

function rowOf(user: string, at: number, charged: number): Booked {
  const cost = BigInt(charged) * 10_000n
  return {
    requestId: `req_${user}`,
    admittedAt: new Date(at),
    attempt: 1,
    keyId: KEY,
    operation: 'responses',
    stream: true,
    objectId: null,
    cost,
    hold: cost,
    estimated: charged > 0,
  }
}
