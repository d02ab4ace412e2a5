import type { Logger } from 'pino'
import type { Answer, LeaseRequest, TakenState } from '../db/ledger.ts'
import { freeOf, neededOf, outOfReachOf, surrender } from '../domain/lease.ts'
import type { NanoUsd } from '../domain/money.ts'
import { atMost, lowWaterOf, wishOf } from '../domain/slice.ts'
import { type Account, type Accounts, keyOf } from './accounts.ts'
import type { DatabaseClock } from './clock.ts'
import type { Exchange } from './exchange.ts'
import { spoke, turnMs } from './pace.ts'

/** After the database failed, calls are refused at once for this long before it is asked again. */
const PAUSE_MS = 250
/** How long calls wait for what other nodes give back. */
const RECALL_MS = 600
/** The others give back at about the same time: what they do within this is asked for together. */
const TOGETHER_MS = 20
/** How long it holds that a budget has no more: longer each time, while that goes on. */
const FIRST_REFUSAL_MS = 150
const LONGEST_REFUSAL_MS = 1_000

type Parts = {
  accounts: Accounts
  exchange: Exchange
  clock: DatabaseClock
  monotonic: () => number
  log: Logger
  /** Takes in how the windows stand. */
  apply(states: readonly TakenState[]): void
}

/** How this node comes by more of a budget. */
export type Asks = {
  /** Resolves when `holdNanoUsd` is free, or when it cannot be had. Never rejects. */
  until(account: Account, holdNanoUsd: NanoUsd): Promise<void>
  /** Asks about a budget, together with all that are asked about before the authority is free to answer. */
  ask(account: Account): void
  /** As `ask`, at once, however often it was asked of late. */
  askNow(account: Account): void
  /** Another node has given back what it had free. */
  returned(budgetId: string): void
  /** True while the database is not worth asking: it failed a moment ago. */
  paused(): boolean
  /** Lets go of all calls that wait. */
  stop(): void
}

export function createAsks({ accounts, exchange, clock, monotonic, log, apply }: Parts): Asks {
  let asked = new Set<Account>()
  let sending = false
  let pausedUntil = 0

  function until(account: Account, holdNanoUsd: NanoUsd): Promise<void> {
    return new Promise((resolve) => {
      account.waiters.push({ holdNanoUsd, resolve })
      ask(account)
    })
  }

  function ask(account: Account): void {
    if (account.asking || account.timer || asked.has(account)) return
    askInTurn(account)
  }

  /** What comes in while a budget that is short, or stands over its limit, waits for its turn is asked for together. */
  function askInTurn(account: Account): void {
    if (!account.short && !account.window?.over) {
      askNow(account)
      return
    }
    const waitMs = turnMs(account.pace, monotonic())
    if (waitMs > 0) later(account, waitMs, submit)
    else submit(account)
  }

  function askNow(account: Account): void {
    if (!asked.has(account)) spoke(account.pace, monotonic())
    submit(account)
  }

  function submit(account: Account): void {
    wake(account)
    asked.add(account)
    if (sending) return
    sending = true
    send()
  }

  function later(account: Account, waitMs: number, then = askInTurn): void {
    wake(account)
    account.timer = setTimeout(() => then(account), waitMs)
  }

  function wake(account: Account): void {
    if (account.timer) clearTimeout(account.timer)
    account.timer = null
  }

  async function send(): Promise<void> {
    const batch: Asked[] = []
    try {
      await exchange(
        (authority) => {
          for (const account of asked) {
            batch.push({ account, doubts: account.doubts, request: requestFor(account) })
          }
          asked = new Set()
          sending = false
          return authority.take(batch.map(({ request }) => request))
        },
        (answer) => hear(batch, answer),
      )
    } catch (error) {
      pausedUntil = monotonic() + PAUSE_MS
      log.warn({ err: error }, 'the database did not say what may be spent')
      for (const { account } of batch) {
        account.asking = false
        account.unanswered = true
        letGo(account)
      }
    }
  }

  function requestFor(account: Account): LeaseRequest {
    const { budgetId, window } = account
    // Also what is over: the window, or a raise within it.
    const surrenders = account.doubts !== account.answered || clock.now() >= account.endMs
    account.asking = true
    let want = 0n
    for (const { holdNanoUsd } of account.waiters) want += holdNanoUsd
    if (window && surrenders) window.lease = surrender(window.lease)
    const refills = want > 0n || (window !== null && freeOf(window.lease) < account.lowWater)
    account.wished = refills ? wishOf(account.slice, want, monotonic()) : surrenders ? account.slice.free : 0n
    account.returnedMeanwhile = false
    return {
      budgetId,
      known: window && { ...keyOf(window), neededNanoUsd: neededOf(window.lease) },
      surrenders,
      wantNanoUsd: atMost(want),
      wishNanoUsd: account.wished,
      askedSince: account.recall?.since ?? null,
    }
  }

  function hear(batch: readonly Asked[], { databaseNow, windows }: Answer<TakenState>): void {
    const states = new Map(windows.map((state) => [state.budgetId, state]))
    for (const { account, doubts, request } of batch) {
      account.asking = false
      account.unanswered = false
      account.answered = doubts
      const state = states.get(account.budgetId)
      if (state) remember(account, state, request.surrenders)
    }
    apply(windows)
    for (const { account } of batch) {
      const state = states.get(account.budgetId)
      if (!state) letGo(account)
      else if (account.doubts !== account.answered) ask(account)
      else serve(account, state, databaseNow)
    }
  }

  function remember(account: Account, state: TakenState, surrendered: boolean): void {
    const window = accounts.window(state.budgetId, state.windowStart.toISOString())
    // What was given back first, or is in another window, is not too much when less is allowed now.
    if (surrendered || account.window !== window) account.limit = state.limitNanoUsd
    account.window = window
    account.endMs = state.windowEnd.getTime()
  }

  /** Lets the calls go on that have enough now. What the others need is asked for again, or not to be had. */
  function serve(account: Account, state: TakenState, databaseNow: Date): void {
    const nowMs = monotonic()
    const free = account.window ? freeOf(account.window.lease) : 0n
    if (account.wished > 0n) account.slice = { free, takenAtMs: nowMs }
    account.lowWater = lowWaterOf(account.slice, state.leftNanoUsd)
    account.short = free < account.wished
    let rest = free
    const unmet = account.waiters.filter(({ holdNanoUsd, resolve }) => {
      if (holdNanoUsd > rest && holdNanoUsd > 0n) return true
      rest -= holdNanoUsd
      resolve()
      return false
    })
    account.waiters = unmet
    if (unmet.length === 0) satisfied(account)
    else if (state.missingNanoUsd === 0n) ask(account)
    else if (!state.recallable || !waitsForOthers(account, databaseNow)) refuse(account, outOfReachOf(state))
  }

  /** False when that has gone on for long enough. */
  function waitsForOthers(account: Account, databaseNow: Date): boolean {
    account.recall ??= { since: databaseNow, overAtMs: monotonic() + RECALL_MS }
    const waitMs = account.recall.overAtMs - monotonic()
    if (waitMs <= 0) return false
    later(account, account.returnedMeanwhile ? TOGETHER_MS : waitMs)
    return true
  }

  function satisfied(account: Account): void {
    account.recall = null
    account.refusals = 0
    account.refusedUntilMs = 0
    account.outOfReach = 0n
  }

  function refuse(account: Account, outOfReach: NanoUsd): void {
    account.outOfReach = outOfReach
    account.refusedUntilMs =
      monotonic() + Math.min(FIRST_REFUSAL_MS * 2 ** account.refusals, LONGEST_REFUSAL_MS)
    account.refusals++
    letGo(account)
  }

  function letGo(account: Account): void {
    wake(account)
    account.recall = null
    const { waiters } = account
    account.waiters = []
    for (const { resolve } of waiters) resolve()
  }

  return {
    until,
    ask,
    askNow,
    returned(budgetId) {
      const account = accounts.all.get(budgetId)
      if (!account?.asking && (!account?.recall || account.returnedMeanwhile)) return
      account.returnedMeanwhile = true
      if (!account.asking && !asked.has(account)) later(account, TOGETHER_MS)
    },
    paused: () => monotonic() < pausedUntil,
    stop() {
      for (const account of accounts.all.values()) letGo(account)
    },
  }
}

/** A budget that was asked about, and up to which doubt the answer tells. */
type Asked = { account: Account; doubts: number; request: LeaseRequest }
