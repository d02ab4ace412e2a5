import { expect, test } from 'vitest'
import type { Bill } from '../fake-provider/exchange.ts'
import type { Booked } from './books.ts'
import { faultTable, type Observed } from './fault-table.ts'

const KEY = 'key_1'
/** Calls of one key whose end nobody saw, 25 seconds apart; the first is charged for less than the provider charges. */
const CALLS = [
  { user: 'caller-00-0', at: 0, tokens: 6, charged: 3 },
  { user: 'caller-00-1', at: 25_000, tokens: 9, charged: 9 },
  { user: 'caller-00-2', at: 50_000, tokens: 9, charged: 9 },
]

test('a call is found by what our answer said it was, however much else happened', () => {
  expect(totals(observed(CALLS))).toEqual({ lost: 0, estimated: 3, unreconciled: -30_000n })
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
  return {
    lost: rows.reduce((sum, { lostCharges }) => sum + lostCharges.length, 0),
    estimated: rows.reduce((sum, { estimated }) => sum + estimated, 0),
    unreconciled: rows.reduce((sum, { unreconciled }) => sum + unreconciled, 0n),
  }
}

/** `charged` 0: the row says that the call cost nothing. `tokens` 0: the provider never had it. */
function observed(calls: readonly (typeof CALLS)[0][]): Observed {
  return {
    struck: [
      { fault: 'provider: cut', node: 'a', fromMs: 0, untilMs: Number.POSITIVE_INFINITY, recoveryMs: 1 },
    ],
    sentAt: new Map(calls.map(({ user, at }) => [user, at])),
    keyOf: () => KEY,
    requestIdOf: new Map(calls.map(({ user }) => [user, `req_${user}`])),
    bill: calls.filter(({ tokens }) => tokens > 0).map(({ user, tokens }) => billOf(user, tokens)),
    rows: calls.map(({ user, at, charged }) => rowOf(user, at, charged)),
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
