import type { WindowKey } from '../db/ledger.ts'
import { type Lease, NO_LEASE } from '../domain/lease.ts'
import type { NanoUsd } from '../domain/money.ts'
import { NO_SLICE, type Slice } from '../domain/slice.ts'
import type { BudgetStanding } from './ledger.ts'
import type { Pace } from './pace.ts'
import type { StoredRow } from './usage-row.ts'

/** One window of one budget, and this node's share of it. Calls keep the windows they were admitted in. */
export type Window = {
  readonly budgetId: string
  readonly start: Date
  readonly startIso: string
  lease: Lease
  /** As the authority last said. */
  standing: BudgetStanding
  /** More is spent and set aside than the limit allows, since it fell: see `Leases.freed`. */
  over: boolean
}

const UNKNOWN: BudgetStanding = { limitNanoUsd: 0n, spentNanoUsd: 0n, resetsAt: null }

/** A call that waits until this much is free, or cannot be had. */
export type Waiter = {
  readonly holdNanoUsd: NanoUsd
  resolve(): void
}

/** What this node knows of a budget. */
export type Account = {
  readonly budgetId: string
  /** The current window, up to `endMs` in database time. */
  window: Window | null
  endMs: number
  limit: NanoUsd
  spent: NanoUsd
  /** The window in which the limit was lowered last. */
  lowered: Window | null
  /**
   * `doubts` counts how often we heard that the budget changed, `answered` up to where the authority has told us what
   * it is since. In between nothing may be held: the lease is being given back.
   */
  doubts: number
  answered: number
  slice: Slice
  /** When less is free, more is fetched in the background. */
  lowWater: NanoUsd
  waiters: Waiter[]
  /** The authority is being asked: for so much more than what waits, and somebody has given something back since. */
  asking: boolean
  wished: NanoUsd
  returnedMeanwhile: boolean
  /** When the authority was short, and the others are asked to give back: since when, and until when we wait for them. */
  recall: { since: Date; overAtMs: number } | null
  timer: NodeJS.Timeout | null
  /** The authority granted less than was wished for: it is spoken of no more often than `pace` allows. */
  short: boolean
  readonly pace: Pace
  /** The authority had no more, nor anybody else: what was said holds until then. Counted while it goes on. */
  refusedUntilMs: number
  refusals: number
  /** The last question about it failed: nobody knows whether there is more. */
  unanswered: boolean
  /** What is set aside for other nodes that did not answer when that was said. */
  outOfReach: NanoUsd
}

/** All windows and budgets that this node knows, by id. */
export type Accounts = {
  readonly all: Map<string, Account>
  readonly windows: Map<string, Window>
  of(budgetId: string): Account
  window(budgetId: string, startIso: string): Window
  /** The windows that a stored row charges, also those that are over: rows that are booked late belong to theirs. */
  windowsOf(row: Pick<StoredRow, 'budget_ids' | 'budget_window_starts'>): Window[]
}

export function createAccounts(): Accounts {
  const all = new Map<string, Account>()
  const windows = new Map<string, Window>()

  function window(budgetId: string, startIso: string): Window {
    const key = `${budgetId} ${startIso}`
    const known = windows.get(key)
    if (known) return known
    const added = {
      budgetId,
      start: new Date(startIso),
      startIso,
      lease: NO_LEASE,
      standing: UNKNOWN,
      over: false,
    }
    windows.set(key, added)
    return added
  }

  return {
    all,
    windows,
    of(budgetId) {
      const known = all.get(budgetId)
      if (known) return known
      const added = newAccount(budgetId)
      all.set(budgetId, added)
      return added
    },
    window,
    windowsOf: (row) => row.budget_ids.map((id, at) => window(id, row.budget_window_starts[at] ?? '')),
  }
}

export function keyOf({ budgetId, start }: Window): WindowKey {
  return { budgetId, windowStart: start }
}

function newAccount(budgetId: string): Account {
  return {
    budgetId,
    window: null,
    endMs: 0,
    limit: 0n,
    spent: 0n,
    lowered: null,
    doubts: 0,
    answered: 0,
    slice: NO_SLICE,
    lowWater: 0n,
    waiters: [],
    asking: false,
    wished: 0n,
    returnedMeanwhile: false,
    recall: null,
    timer: null,
    short: false,
    pace: { busyUntilMs: 0 },
    refusedUntilMs: 0,
    refusals: 0,
    unanswered: false,
    outOfReach: 0n,
  }
}
