import type { Logger } from 'pino'
import type { LeaseRequest, WindowKey, WindowState } from '../db/ledger.ts'
import type { Budget } from '../domain/budget.ts'
import { grant, type Lease, NO_LEASE, neededOf } from '../domain/lease.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { DatabaseClock } from './clock.ts'
import type { Exchange } from './exchange.ts'
import type { BudgetStanding } from './ledger.ts'
import type { StoredRow } from './usage-row.ts'

/** After the database failed, calls are refused at once for this long before it is asked again. */
const PAUSE_MS = 250

/** One window of one budget, and this node's share of it. Calls keep the windows they were admitted in. */
export type Window = {
  readonly budgetId: string
  readonly start: Date
  readonly startIso: string
  lease: Lease
  /** As the authority last said. */
  standing: BudgetStanding
}

/** This node's leases, in memory. */
export type Leases = {
  /** Makes sure each budget has a window that can be held in. Null when all have. Never rejects. */
  prepare(budgets: readonly Budget[]): Promise<void> | null
  /** The budget's window at `nowMs` in database time, when something may be held in it. */
  usable(budgetId: string, nowMs: number): Window | null
  /** The windows that a stored row charges, also those that are over: rows that are booked late belong to theirs. */
  windowsOf(row: Pick<StoredRow, 'budget_ids' | 'budget_window_starts'>): Window[]
  /** The authority says how windows stand. */
  apply(states: readonly WindowState[]): void
  /** The budget changed: nothing is held in it until the authority has said what it is now. */
  doubt(budgetId: string): void
  /** Messages may be lost: asks how all budgets are, and doubts those that turn out lowered. */
  review(): void
  /** Gives back what is left of windows that are over. */
  tidy(): Promise<void>
  /** Gives back everything but what is needed, whoever took it. Nothing may be held until it is taken again. */
  release(): Promise<void>
}

/**
 * `doubts` counts how often we heard that the budget changed, `answered` up to where the authority has told us what
 * it is since. In between nothing may be held: the lease is being given back.
 */
type Account = { window: Window | null; endMs: number; limit: NanoUsd; doubts: number; answered: number }

export function createLeases(
  exchange: Exchange,
  clock: DatabaseClock,
  monotonic: () => number,
  log: Logger,
): Leases {
  const windows = new Map<string, Window>()
  const accounts = new Map<string, Account>()
  const taking = new Map<string, Promise<void>>()
  let asked = new Set<string>()
  let asking: Promise<void> | null = null
  let pausedUntil = 0

  function usable(budgetId: string, nowMs: number): Window | null {
    const account = accounts.get(budgetId)
    if (!account || account.doubts !== account.answered || nowMs >= account.endMs) return null
    return account.window
  }

  function prepare(budgets: readonly Budget[]): Promise<void> | null {
    const nowMs = clock.now()
    let missing: string[] | null = null
    for (const { id } of budgets) {
      if (usable(id, nowMs)) continue
      missing ??= []
      missing.push(id)
    }
    if (!missing || monotonic() < pausedUntil) return null
    return Promise.all(missing.map((id) => taking.get(id) ?? take(id))).then(() => {})
  }

  /** Takes a budget's lease, together with all that are asked for before the authority is free to answer. */
  function take(budgetId: string): Promise<void> {
    asked.add(budgetId)
    asking ??= takeAsked()
    const answered = asking
    taking.set(budgetId, answered)
    return answered.finally(() => {
      if (taking.get(budgetId) === answered) taking.delete(budgetId)
    })
  }

  async function takeAsked(): Promise<void> {
    try {
      const { asks, windows: states } = await exchange(async (authority) => {
        const asks = [...asked].map((budgetId) => ({
          request: requestFor(budgetId),
          doubts: accountOf(budgetId).doubts,
        }))
        asked = new Set()
        asking = null
        return { asks, ...(await authority.take(asks.map(({ request }) => request))) }
      })
      const given = new Set(asks.flatMap(({ request }) => (request.known ? request.budgetId : [])))
      for (const state of states) remember(state, given.has(state.budgetId))
      apply(states)
      for (const { request, doubts } of asks) accountOf(request.budgetId).answered = doubts
    } catch (error) {
      pausedUntil = monotonic() + PAUSE_MS
      log.warn({ err: error }, 'the database did not say what may be spent')
    }
  }

  function requestFor(budgetId: string): LeaseRequest {
    const { window, doubts, answered, endMs } = accountOf(budgetId)
    // What is over, or was raised for a while, is given back before it is taken anew.
    if (!window || (doubts === answered && clock.now() < endMs)) return { budgetId, known: null }
    return { budgetId, known: { windowStart: window.start, neededNanoUsd: neededOf(window.lease) } }
  }

  function remember(state: WindowState, given: boolean): void {
    const account = accountOf(state.budgetId)
    const current = window(state.budgetId, state.windowStart.toISOString())
    // What was given back first, or is in another window, is not too much when less is allowed.
    if (given || account.window !== current) account.limit = state.limitNanoUsd
    account.window = current
    account.endMs = state.windowEnd.getTime()
  }

  function apply(states: readonly WindowState[]): void {
    for (const state of states) {
      const told = window(state.budgetId, state.windowStart.toISOString())
      told.lease = grant(told.lease, state.leaseNanoUsd)
      told.standing = standingOf(state)
      for (const percent of state.raisedThresholds) announce(state, percent)
      const account = accounts.get(state.budgetId)
      if (account?.window !== told) continue
      const lowered = state.limitNanoUsd < account.limit
      account.limit = state.limitNanoUsd
      if (lowered && account.doubts === account.answered) doubt(state.budgetId)
    }
  }

  function announce(state: WindowState, percent: number): void {
    const { budgetId, windowStart, spentNanoUsd, limitNanoUsd } = state
    const money = { spentNanoUsd: String(spentNanoUsd), limitNanoUsd: String(limitNanoUsd) }
    log.warn(
      { event: 'budget.threshold', budgetId, windowStart, percent, ...money },
      'a budget reached a threshold',
    )
  }

  function accountOf(budgetId: string): Account {
    const known = accounts.get(budgetId)
    if (known) return known
    const added: Account = { window: null, endMs: 0, limit: 0n, doubts: 0, answered: 0 }
    accounts.set(budgetId, added)
    return added
  }

  function window(budgetId: string, startIso: string): Window {
    const key = `${budgetId} ${startIso}`
    const known = windows.get(key)
    if (known) return known
    const added = { budgetId, start: new Date(startIso), startIso, lease: NO_LEASE, standing: UNKNOWN }
    windows.set(key, added)
    return added
  }

  function doubt(budgetId: string): void {
    if (!accounts.has(budgetId)) return
    accountOf(budgetId).doubts++
    take(budgetId)
  }

  function isOver(window: Window): boolean {
    const account = accounts.get(window.budgetId)
    const current = account?.window === window && clock.now() < account.endMs
    return !current && neededOf(window.lease) === 0n
  }

  async function tidy(): Promise<void> {
    const over = [...windows].filter(([, window]) => isOver(window))
    if (over.length === 0) return
    await exchange((authority) =>
      authority.giveBack(
        over.map(([, { budgetId, start }]) => ({ budgetId, windowStart: start, neededNanoUsd: 0n })),
      ),
    )
    for (const [key, window] of over) {
      if (!isOver(window)) continue
      windows.delete(key)
      if (accounts.get(window.budgetId)?.window === window) accounts.delete(window.budgetId)
    }
  }

  async function release(): Promise<void> {
    accounts.clear()
    await exchange(async (authority) => {
      const rows = await authority.leases()
      await authority.giveBack(rows.map((row) => ({ ...keyOf(row), neededNanoUsd: needed(row) })))
    })
    for (const [key, window] of windows) if (neededOf(window.lease) === 0n) windows.delete(key)
  }

  function needed({ budgetId, windowStart }: WindowKey): NanoUsd {
    return neededOf(window(budgetId, windowStart.toISOString()).lease)
  }

  return {
    prepare,
    usable,
    windowsOf: (row) => row.budget_ids.map((id, at) => window(id, row.budget_window_starts[at] ?? '')),
    apply,
    doubt,
    review() {
      for (const budgetId of accounts.keys()) take(budgetId)
    },
    tidy,
    release,
  }
}

const UNKNOWN: BudgetStanding = { limitNanoUsd: 0n, spentNanoUsd: 0n, resetsAt: null }

function standingOf({ totalLimitNanoUsd, totalSpentNanoUsd, resetsAt }: WindowState): BudgetStanding {
  return { limitNanoUsd: totalLimitNanoUsd, spentNanoUsd: totalSpentNanoUsd, resetsAt }
}

function keyOf({ budgetId, windowStart }: WindowKey): WindowKey {
  return { budgetId, windowStart }
}
