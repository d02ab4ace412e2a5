import type { Logger } from 'pino'
import { allowsHold, type Budget } from '../domain/budget.ts'
import { charge, freeOf, hold, release, settle } from '../domain/lease.ts'
import type { NanoUsd } from '../domain/money.ts'
import { newId } from '../ids.ts'
import type { Window } from './accounts.ts'
import type { Backlog, NewRow } from './backlog.ts'
import type { DatabaseClock } from './clock.ts'
import type { Flusher } from './flusher.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { AdmittedEntry, Journal, Turn } from './journal.ts'
import type { Leases } from './leases.ts'
import type {
  Admission,
  AdmitRequest,
  AttemptOutcome,
  CallFacts,
  Ledger,
  Lowered,
  Refusal,
  RefusedCall,
} from './ledger.ts'
import type { LedgerMetrics } from './metrics.ts'
import type { RateHold, Rates } from './rates.ts'
import type { OpenCall } from './replay.ts'
import { namedByBudget, stageIn, type Throttle, throttleOf } from './throttles.ts'
import {
  admittedFields,
  endedHere,
  outcomeFields,
  outcomeUnknown,
  refusedFields,
  rowOf,
  targetOf,
} from './usage-row.ts'

type Parts = {
  backlog: Backlog
  clock: DatabaseClock
  flusher: Flusher
  heartbeat: Heartbeat
  journal: Journal
  leases: Leases
  rates: Rates
  metrics: LedgerMetrics
  log: Logger
}

/**
 * An admission and what it holds, until it is settled, and its line in the journal: one object, since a call is all
 * three. Its windows stay those it was admitted in.
 */
type Call = Admission &
  Omit<AdmittedEntry, 'fields'> & {
    /** Its usage row so far, as text. */
    fields: string
    readonly windows: readonly Window[]
    readonly rateHold: RateHold
    /** Set before anybody sees the call. */
    turn: Turn | null
    /** Tokens of attempts that were not the last one. */
    attemptTokens: number
  }

const NONE_LOWERED: readonly Lowered[] = []

/** Calls from their admission to their settlement: each holds in every rule or in none, and settles once. */
export type Calls = {
  ledger: Pick<
    Ledger,
    'room' | 'admit' | 'journaled' | 'extend' | 'recordAttempt' | 'settle' | 'recordRefusal' | 'lowered'
  >
  open(): number
  /** Settles a call that an earlier run left under way: at its hold, since nobody knows what it cost. */
  recover(call: OpenCall): void
  /** Lets nobody in any more. */
  stop(): void
}

export function createCalls(parts: Parts): Calls {
  const { backlog, clock, flusher, heartbeat, journal, leases, rates, metrics, log } = parts
  let open = 0
  let stopped = false

  function admit(request: AdmitRequest): Admission | Refusal {
    const amount = request.holdNanoUsd
    if (amount < 0n || !(request.holdTokens >= 0))
      throw new RangeError('A call cannot hold less than nothing.')
    if (stopped) return { refused: 'unavailable', reason: 'This node is shutting down.' }
    if (!journal.writable()) return { refused: 'unavailable', reason: 'The journal cannot be written.' }
    if (journal.full())
      return { refused: 'unavailable', reason: 'The journal is full: too much usage waits for the database.' }
    const windows: Window[] = []
    const nowMs = clock.now()
    let throttles: Throttle[] | null = null
    let notNow: Refusal | null = null
    for (const budget of request.budgets) {
      const window = leases.usable(budget.id, nowMs)
      if (!window)
        return { refused: 'unavailable', reason: `No lease on budget ${budget.id}: the database is away.` }
      const stage = amount === 0n ? 'open' : stageIn(budget, window)
      if (stage === 'suspended') return { refused: 'suspended', budget, standing: window.standing }
      if (stage === 'throttled') {
        throttles ??= []
        throttles.push(throttleOf(budget, window))
      }
      const free = freeOf(window.lease)
      if (!allowsHold(budget.kind, free, amount)) {
        const refusal = budgetRefusal(budget, window, amount)
        // Who may come again is not told so while another budget refuses for good.
        if (refusal.refused === 'budget') return refusal
        notNow ??= refusal
      }
      windows.push(window)
    }
    if (notNow) return notNow
    const limits = throttles
      ? [...request.rateLimits, ...throttles.map(({ limit }) => limit)]
      : request.rateLimits
    if (limits.length > 0 && nowMs >= heartbeat.trustedUntilMs())
      return { refused: 'unavailable', reason: 'The database has not heard from this node for too long.' }
    const rateHold = rates.hold(limits, request.holdTokens)
    if ('refused' in rateHold) return throttles ? namedByBudget(rateHold, throttles) : rateHold
    for (const window of windows) window.lease = hold(window.lease, amount)
    open++
    return openCall(request, new Date(nowMs), windows, rateHold)
  }

  function budgetRefusal(budget: Budget, { standing, lease }: Window, amount: NanoUsd): Refusal {
    const free = freeOf(lease)
    const outOfReachNanoUsd = leases.outOfReach(budget.id)
    const known = { budget, standing, remainingNanoUsd: free > 0n ? free : 0n }
    // What was neither spent nor set aside for this node when it was last told how the budget stands.
    const elsewhere = standing.limitNanoUsd - standing.spentNanoUsd - lease.granted
    if (leases.unanswered(budget.id) && free + elsewhere >= amount) return { refused: 'unanswered', budget }
    return free + outOfReachNanoUsd < amount
      ? { refused: 'budget', ...known }
      : { refused: 'out_of_reach', ...known, outOfReachNanoUsd }
  }

  function openCall(
    request: AdmitRequest,
    admittedAt: Date,
    windows: readonly Window[],
    rateHold: RateHold,
  ): Call {
    const id = newId('use')
    const { facts, holdNanoUsd } = request
    const fields = admittedFields({ id, facts, admittedAt, holdNanoUsd, windows })
    const call: Call = {
      id,
      request,
      admittedAt,
      heldNanoUsd: holdNanoUsd,
      settled: false,
      windows,
      rateHold,
      attemptTokens: 0,
      kind: 'admitted',
      fields,
      segment: null,
      lose,
      turn: null,
    }
    call.turn = journal.append(call)
    return call
  }

  /** Nothing went upstream, since the journal did not take the admission. */
  function lose(entry: AdmittedEntry): void {
    const call = entry as Call
    if (!close(call, 0)) return
    const amount = call.heldNanoUsd
    for (const window of call.windows) {
      window.lease = release(window.lease, amount)
      if (window.over) leases.freed(window)
    }
  }

  function extend(admission: Admission, extra: NanoUsd): boolean {
    const call = callOf(admission)
    if (extra <= 0n) throw new RangeError('A call cannot hold less than it does.')
    if (call.settled || stopped || !journal.writable()) return false
    const nowMs = clock.now()
    for (const [at, window] of call.windows.entries()) {
      const kind = call.request.budgets[at]?.kind ?? 'hard'
      if (leases.usable(window.budgetId, nowMs) !== window) return false
      if (!allowsHold(kind, freeOf(window.lease), extra)) return false
    }
    if (!readmit(call, call.heldNanoUsd + extra)) return false
    call.heldNanoUsd += extra
    for (const window of call.windows) window.lease = hold(window.lease, extra)
    return true
  }

  /**
   * Writes the admission anew, with what it is to hold: the last line of a call counts, so the earlier one is done.
   * At once, so that nothing else of the call can be written in between.
   */
  function readmit(call: Call, heldNanoUsd: NanoUsd): boolean {
    const fields = `${call.fields},"hold_nano_usd":"${heldNanoUsd}"`
    const entry: AdmittedEntry = { kind: 'admitted', fields, segment: null, lose() {} }
    journal.append(entry)
    journal.flush()
    if (!entry.segment) return false
    if (call.segment) journal.done(call.segment)
    call.segment = entry.segment
    call.fields = fields
    return true
  }

  /** The one way out of `open`. False when the call has left it before. */
  function close(call: Call, tokens: number): boolean {
    if (call.settled) return false
    call.settled = true
    open--
    rates.settle(call.rateHold, tokens)
    return true
  }

  function recordAttempt(admission: Admission, reported: AttemptOutcome): void {
    const call = callOf(admission)
    const outcome = chargeable(call, reported)
    for (const window of call.windows) window.lease = charge(window.lease, outcome.costNanoUsd)
    call.attemptTokens += tokensOf(outcome)
    const settledAtMs = clock.now()
    const own = `"id":"${newId('use')}","hold_nano_usd":"0",`
    const ended = own + outcomeFields(outcome, new Date(settledAtMs), call.request.facts)
    const { id: callId, fields, windows } = call
    const cost = outcome.costNanoUsd
    add({ kind: 'attempt', fields, ended, settledAtMs, cost, windows, callId })
  }

  function settleCall(admission: Admission, reported: AttemptOutcome): void {
    const call = callOf(admission)
    const outcome = chargeable(call, reported)
    if (!close(call, call.attemptTokens + tokensOf(outcome))) return
    const { fields, windows, heldNanoUsd } = call
    const cost = outcome.costNanoUsd
    for (const window of windows) {
      window.lease = settle(window.lease, heldNanoUsd, cost)
      if (window.over) leases.freed(window)
    }
    if (cost > heldNanoUsd) overage(call, cost)
    const settledAtMs = clock.now()
    const ended = outcomeFields(outcome, new Date(settledAtMs), call.request.facts)
    add({ kind: 'settled', fields, ended, settledAtMs, cost, windows, admitted: call })
  }

  function add(row: NewRow): void {
    backlog.add(row)
    flusher.nudge()
  }

  /** What no admission foresaw: it is charged, and shown. */
  function overage(call: Call, cost: NanoUsd): void {
    const { heldNanoUsd, request } = call
    const { facts } = request
    metrics.overageNanoUsd.inc(Number(cost - heldNanoUsd))
    const money = { costNanoUsd: String(cost), holdNanoUsd: String(heldNanoUsd) }
    const who = { usageId: call.id, requestId: facts.requestId, model: facts.model }
    log.warn({ event: 'usage.above_hold', ...who, ...money }, 'a call cost more than the worst case it held')
  }

  function chargeable(call: Call, outcome: AttemptOutcome): AttemptOutcome {
    if (outcome.costNanoUsd >= 0n) return outcome
    log.error({ usageId: call.id, outcome }, 'a negative cost was reported; the hold is charged')
    return { ...outcome, costNanoUsd: call.heldNanoUsd, estimated: true }
  }

  function recover({ row, text, segment, attempts }: OpenCall): void {
    const cost = BigInt(row.hold_nano_usd)
    const windows = leases.windowsOf(row)
    for (const window of windows) window.lease = charge(window.lease, cost)
    const settledAtMs = clock.now()
    const target = targetOf(row)
    const unknown = outcomeUnknown(target, attempts + 1, cost)
    const ended = outcomeFields(unknown, new Date(settledAtMs), target)
    const fields = text.slice(1, -1)
    add({ kind: 'settled', fields, ended, settledAtMs, cost, windows, admitted: { segment } })
  }

  function recordRefusal(facts: CallFacts, refusal: RefusedCall): void {
    const settledAtMs = clock.now()
    const at = new Date(settledAtMs)
    const admitted = admittedFields({ id: newId('use'), facts, admittedAt: at, holdNanoUsd: 0n, windows: [] })
    const text = rowOf(
      admitted,
      outcomeFields(endedHere(facts, refusal), at, facts) + refusedFields(refusal.refusedBy),
    )
    if (!backlog.addUnjournaled({ text, settledAtMs, cost: 0n, windows: [] })) metrics.refusalsDropped.inc()
    flusher.nudge()
  }

  function room(budgets: readonly Budget[]): NanoUsd | null {
    const nowMs = clock.now()
    let room: NanoUsd | null = null
    for (const budget of budgets) {
      const window = budget.kind === 'hard' ? leases.usable(budget.id, nowMs) : null
      if (!window) continue
      const free = freeOf(window.lease)
      if (room === null || free < room) room = free > 0n ? free : 0n
    }
    return room
  }

  function lowered(admission: Admission): readonly Lowered[] {
    const { windows, request } = callOf(admission)
    let found: Lowered[] | null = null
    for (const [at, window] of windows.entries()) {
      const budget = request.budgets[at]
      if (budget?.kind !== 'hard') continue
      const leftNanoUsd = leases.leftIfLowered(window)
      if (leftNanoUsd === null) continue
      found ??= []
      found.push({ budget, leftNanoUsd })
    }
    return found ?? NONE_LOWERED
  }

  const journaled = (admission: Admission) => turnOf(callOf(admission)).written
  return {
    ledger: { room, admit, journaled, extend, recordAttempt, settle: settleCall, recordRefusal, lowered },
    open: () => open,
    recover,
    stop() {
      stopped = true
    },
  }
}

/** The cast holds because every Admission there is was made by `openCall`. */
function callOf(admission: Admission): Call {
  return admission as Call
}

function turnOf({ turn }: Call): Turn {
  if (!turn) throw new Error('The call is not in the journal yet.')
  return turn
}

function tokensOf({ quantities }: AttemptOutcome): number {
  return quantities.inputTokens + quantities.outputTokens
}
