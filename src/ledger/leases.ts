import type { Logger } from 'pino'
import type { WindowState } from '../db/ledger.ts'
import type { Budget } from '../domain/budget.ts'
import { freeOf, grant } from '../domain/lease.ts'
import type { NanoUsd } from '../domain/money.ts'
import { lowWaterOf } from '../domain/slice.ts'
import { type Account, createAccounts, type Window } from './accounts.ts'
import { createAsks } from './asks.ts'
import type { DatabaseClock } from './clock.ts'
import type { Exchange } from './exchange.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { BudgetStanding } from './ledger.ts'
import { createReturns } from './returns.ts'
import type { StoredRow } from './usage-row.ts'

type Parts = {
  exchange: Exchange
  clock: DatabaseClock
  heartbeat: Heartbeat
  nodeId: string
  monotonic: () => number
  log: Logger
}

/** This node's leases, in memory. */
export type Leases = {
  /**
   * Null when nothing is to be waited for: each budget has a window that can be held in, and each hard one has
   * `holdNanoUsd` free in it, or more cannot be had now. Otherwise resolves when that may have changed. Never rejects.
   */
  prepare(budgets: readonly Budget[], holdNanoUsd: NanoUsd): Promise<void> | null
  /** The budget's window at `nowMs` in database time, when something may be held in it. */
  usable(budgetId: string, nowMs: number): Window | null
  /** What the budget lacks here since it is set aside for other nodes that did not answer when more was asked for. */
  outOfReach(budgetId: string): NanoUsd
  /** True when nobody knows whether there is more: the database did not answer, and has not refused it a moment before. */
  unanswered(budgetId: string): boolean
  /** What is left of a current window whose limit was lowered, beside what is held. Null for all others. */
  leftIfLowered(window: Window): NanoUsd | null
  /** The windows that a stored row charges, also those that are over: rows that are booked late belong to theirs. */
  windowsOf(row: Pick<StoredRow, 'budget_ids' | 'budget_window_starts'>): Window[]
  /**
   * A call let go of what it held in a window that stands over its limit. What came free is what the limit lacks: nothing
   * is held in it before the authority has taken it back.
   */
  freed(window: Window): void
  /** The authority says how windows stand. */
  apply(states: readonly WindowState[]): void
  /** The budget changed: nothing is held in it until the authority has said what it is now. */
  doubt(budgetId: string): void
  /** What is set aside for this node may be gone: nothing is held in any budget until the authority has said. */
  doubtAll(): void
  /** Messages may be lost: asks how all budgets are, and doubts those that turn out lowered. */
  review(): void
  /** The node `nodeId` lacks money of a budget, or has given back what it had free of it. */
  recalled(budgetId: string, nodeId: string): void
  returned(budgetId: string, nodeId: string): void
  /** Gives back what nobody has used for a while, when there are other nodes. */
  giveBackIdle(): Promise<void>
  /** Gives back what is left of windows that are over. */
  tidy(): Promise<void>
  /** Gives back everything but what is needed, whoever took it. Nothing may be held until it is taken again. */
  release(): Promise<void>
}

export function createLeases({ exchange, clock, heartbeat, nodeId, monotonic, log }: Parts): Leases {
  const accounts = createAccounts()
  const asks = createAsks({ accounts, exchange, clock, monotonic, log, apply })
  const { liveNodes, trustedUntilMs } = heartbeat
  const returns = createReturns({ accounts, exchange, clock, monotonic, liveNodes, log, apply })

  function usable(budgetId: string, nowMs: number): Window | null {
    const account = accounts.all.get(budgetId)
    return account && isUsable(account, nowMs) ? account.window : null
  }

  function isUsable(account: Account, nowMs: number): boolean {
    return account.doubts === account.answered && nowMs < account.endMs && nowMs < trustedUntilMs()
  }

  function prepare(budgets: readonly Budget[], holdNanoUsd: NanoUsd): Promise<void> | null {
    const nowMs = clock.now()
    let lacking: Budget[] | null = null
    for (const budget of budgets) {
      const account = accounts.all.get(budget.id)
      if (account && isUsable(account, nowMs) && isEnough(account, budget, holdNanoUsd)) continue
      lacking ??= []
      lacking.push(budget)
    }
    if (!lacking || asks.paused()) return null
    const waiting = lacking.map(({ id, kind }) =>
      asks.until(accounts.of(id), kind === 'hard' ? holdNanoUsd : 0n),
    )
    return Promise.all(waiting).then(() => {})
  }

  /**
   * True also when more cannot be had now. Fetches more in the background when little is left, and asks again when the last
   * question failed: it may have been how the budget is after messages were lost.
   */
  function isEnough(account: Account, { kind }: Budget, holdNanoUsd: NanoUsd): boolean {
    if (!account.window) return false
    if (account.unanswered && !asks.paused()) asks.ask(account)
    if (kind === 'soft' || holdNanoUsd === 0n) return true
    const free = freeOf(account.window.lease)
    if (free < holdNanoUsd) return monotonic() < account.refusedUntilMs
    if (account.lowWater > 0n && free - holdNanoUsd < account.lowWater && !asks.paused()) asks.ask(account)
    return true
  }

  function apply(states: readonly WindowState[]): void {
    for (const state of states) {
      const told = accounts.window(state.budgetId, state.windowStart.toISOString())
      told.lease = grant(told.lease, state.leaseNanoUsd)
      const less = state.totalLimitNanoUsd < told.standing.limitNanoUsd
      told.standing = standingOf(state)
      told.over = state.leftNanoUsd < 0n
      const account = accounts.all.get(state.budgetId)
      if (account?.window !== told) continue
      account.lowWater = lowWaterOf(account.slice, state.leftNanoUsd)
      const lowered = state.limitNanoUsd < account.limit
      account.limit = state.limitNanoUsd
      account.spent = state.spentNanoUsd
      if (less) account.lowered = told
      if (lowered && account.doubts === account.answered) doubt(state.budgetId)
      else if (told.over) freed(told)
    }
  }

  /** Nothing can be held meanwhile, so this waits for its turn: many calls may end at once. */
  function freed(window: Window): void {
    const account = accounts.all.get(window.budgetId)
    if (account?.window !== window || freeOf(window.lease) <= 0n) return
    distrust(account)
    asks.ask(account)
  }

  function leftIfLowered(window: Window): NanoUsd | null {
    const account = accounts.all.get(window.budgetId)
    if (!account?.lowered || account.lowered !== window || account.window !== window) return null
    return account.limit - account.spent - window.lease.charged
  }

  function doubt(budgetId: string): void {
    const account = accounts.all.get(budgetId)
    if (!account) return
    distrust(account)
    asks.askNow(account)
  }

  function distrust(account: Account): void {
    account.doubts++
    account.refusedUntilMs = 0
    account.outOfReach = 0n
  }

  async function release(): Promise<void> {
    asks.stop()
    accounts.all.clear()
    await returns.everything()
  }

  return {
    prepare,
    usable,
    outOfReach: (budgetId) => accounts.all.get(budgetId)?.outOfReach ?? 0n,
    unanswered(budgetId) {
      const account = accounts.all.get(budgetId)
      return !account || account.unanswered || (asks.paused() && monotonic() >= account.refusedUntilMs)
    },
    leftIfLowered,
    freed,
    windowsOf: accounts.windowsOf,
    apply,
    doubt,
    doubtAll() {
      for (const budgetId of accounts.all.keys()) doubt(budgetId)
    },
    review() {
      for (const account of accounts.all.values()) asks.askNow(account)
    },
    recalled(budgetId, byNode) {
      if (byNode !== nodeId) returns.recall(budgetId)
    },
    returned(budgetId, byNode) {
      if (byNode !== nodeId) asks.returned(budgetId)
    },
    giveBackIdle: returns.idle,
    tidy: returns.tidy,
    release,
  }
}

function standingOf({ totalLimitNanoUsd, totalSpentNanoUsd, resetsAt }: WindowState): BudgetStanding {
  return { limitNanoUsd: totalLimitNanoUsd, spentNanoUsd: totalSpentNanoUsd, resetsAt }
}
