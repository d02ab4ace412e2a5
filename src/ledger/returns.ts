import type { Logger } from 'pino'
import type { WindowKey, WindowState } from '../db/ledger.ts'
import { freeOf, type Lease, neededOf, surrender } from '../domain/lease.ts'
import { type Accounts, keyOf, type Window } from './accounts.ts'
import type { DatabaseClock } from './clock.ts'
import type { Exchange } from './exchange.ts'
import { turnMs } from './pace.ts'

/** A lease that nobody touched in so many looks is idle. */
const IDLE_LOOKS = 3
/** Nodes that share a hot budget come to be short of it at about the same time: one answer is for all that ask within this. */
const TOGETHER_MS = 20

type Parts = {
  accounts: Accounts
  exchange: Exchange
  clock: DatabaseClock
  monotonic: () => number
  liveNodes: () => number
  log: Logger
  /** Takes in how the windows stand. */
  apply(states: readonly WindowState[]): void
}

/** How this node gives back what it does not need. Calls that are under way keep what they hold. */
export type Returns = {
  /** Others lack money of this budget: gives back what is free of it, and says so even when that is nothing. */
  recall(budgetId: string): void
  /** Gives back what nobody has used for a while, when there are other nodes. To be asked every ten seconds or so. */
  idle(): Promise<void>
  /** Gives back what is left of windows that are over, and what the authority set aside without our hearing of it. */
  tidy(): Promise<void>
  /** Gives back everything but what is needed, whoever took it. */
  everything(): Promise<void>
}

export function createReturns({
  accounts,
  exchange,
  clock,
  monotonic,
  liveNodes,
  log,
  apply,
}: Parts): Returns {
  const recalled = new Set<string>()
  /** Of these, the ones that are answered when the authority is free to hear it. */
  const due = new Set<string>()
  const seen = new Map<Window, { lease: Lease; looks: number }>()

  /** What is given back is not used any more before it is said, so that it does not matter when the question arrives. */
  function giveBack(which: () => Window[], asked = false): Promise<unknown> {
    return exchange(
      (authority) => {
        const given = which().map((window) => {
          window.lease = surrender(window.lease)
          return { ...keyOf(window), neededNanoUsd: neededOf(window.lease) }
        })
        return authority.giveBack(given, asked)
      },
      ({ windows }) => apply(windows),
    )
  }

  function recall(budgetId: string): void {
    const account = accounts.all.get(budgetId)
    if (!account?.window || recalled.has(budgetId)) return
    recalled.add(budgetId)
    setTimeout(() => answer(budgetId), Math.max(TOGETHER_MS, turnMs(account.pace, monotonic())))
  }

  function answer(budgetId: string): void {
    if (!recalled.has(budgetId)) return
    due.add(budgetId)
    // Budgets that are recalled together are answered together.
    if (due.size === 1) setImmediate(answerRecalls)
  }

  function answerRecalls(): void {
    if (due.size === 0) return
    giveBack(takeRecalled, true).catch((error) =>
      log.warn({ err: error }, 'what other nodes wait for could not be given back'),
    )
  }

  function takeRecalled(): Window[] {
    // Also of windows that are over: they may be cells of any 24 hours.
    const windows = [...accounts.windows.values()].filter(({ budgetId }) => due.has(budgetId))
    for (const budgetId of due) recalled.delete(budgetId)
    due.clear()
    return windows
  }

  async function idle(): Promise<void> {
    const windows = [...accounts.all.values()].flatMap(({ window }) =>
      window && isIdle(window) ? window : [],
    )
    for (const window of seen.keys())
      if (accounts.all.get(window.budgetId)?.window !== window) seen.delete(window)
    if (windows.length > 0 && liveNodes() > 1) await giveBack(() => windows)
  }

  /** A lease is another object after every change. */
  function isIdle(window: Window): boolean {
    const last = seen.get(window)
    const looks = last?.lease === window.lease ? last.looks + 1 : 0
    seen.set(window, { lease: window.lease, looks })
    return looks >= IDLE_LOOKS && freeOf(window.lease) > 0n
  }

  function isOver(window: Window): boolean {
    const account = accounts.all.get(window.budgetId)
    const current = account?.window === window && clock.now() < account.endMs
    return !current && neededOf(window.lease) === 0n
  }

  async function tidy(): Promise<void> {
    const unheard = await unheardOf()
    const over = [...accounts.windows].filter(([, window]) => isOver(window))
    const given = new Set([...over.map(([, window]) => window), ...unheard])
    if (given.size === 0) return
    await giveBack(() => [...given])
    for (const [key, window] of over) {
      if (!isOver(window)) continue
      accounts.windows.delete(key)
      const account = accounts.all.get(window.budgetId)
      if (account?.window === window && account.waiters.length === 0) accounts.all.delete(window.budgetId)
    }
  }

  /** Windows of which more is set aside for this node than it knows: the answer that said so was lost. */
  async function unheardOf(): Promise<Window[]> {
    const unheard: Window[] = []
    await exchange(
      (authority) => authority.leases(),
      (rows) => {
        for (const row of rows) {
          const window = windowOf(row)
          if (row.amountNanoUsd > window.lease.granted) unheard.push(window)
        }
      },
    )
    return unheard
  }

  async function everything(): Promise<void> {
    recalled.clear()
    due.clear()
    let windows: Window[] = []
    await exchange(
      (authority) => authority.leases(),
      (rows) => {
        windows = rows.map(windowOf)
      },
    )
    await giveBack(() => windows)
    for (const [key, window] of accounts.windows) {
      if (neededOf(window.lease) === 0n && !accounts.all.has(window.budgetId)) accounts.windows.delete(key)
    }
  }

  function windowOf({ budgetId, windowStart }: WindowKey): Window {
    return accounts.window(budgetId, windowStart.toISOString())
  }

  return { recall, idle, tidy, everything }
}
