import {
  correct,
  count,
  MINUTE_MS,
  newMinute,
  type RateLimit,
  resetMs,
  waitMs,
} from '../domain/rate-limit.ts'
import { DIMENSIONS, type Dimension, fits, isWhole } from '../domain/rate-share.ts'
import type { RateLeft, RateStatus, Refusal } from './ledger.ts'
import { countedOf, type Figure, newFigure, type RateShares } from './rate-shares.ts'

/** Nobody knows when a running call ends; asking again after this is cheap. */
const CONCURRENT_WAIT_MS = 1_000
/** The same for what other nodes count: it becomes free as their minutes pass. */
const SHARED_WAIT_MS = 2_000

/** Shares of limits that nobody uses are kept for so long: others get what they need of them at once. */
const KEEP_MS = 3_600_000

/** One rate limit on this node. What it limits now is in the limit that comes with each call. */
type Rate = Record<Dimension, Figure> & { usedAtMs: number }

/** What one call counts for, until it ends. */
export type RateHold = { rates: readonly Rate[]; tokens: number; atMs: number }

/** Requests and tokens in the last minute and calls that run now, of each rate limit, within this node's shares. */
export type Rates = {
  /** Makes sure that a call of so many tokens fits into this node's shares. Null when it does: the common case. */
  prepare(limits: readonly RateLimit[], tokens: number): Promise<void> | null
  /** Counts a call in every limit, or, when one refuses, in none. After `prepare`. */
  hold(limits: readonly RateLimit[], tokens: number): RateHold | Refusal
  /** The call has ended, and used this many tokens. */
  settle(held: RateHold, tokens: number): void
  status(limits: readonly RateLimit[]): RateStatus
  /** `alone` when there is no other node. */
  left(limit: RateLimit, alone: boolean): Omit<RateLeft, 'inAll'>
  /** Another node is short of the limit, or gave some of it back. */
  recall(limitId: string): void
  returned(limitId: string): void
  /** Gives back and forgets limits that nobody has used for long. */
  tidy(): Promise<void>
  /** Gives back everything but what counted in the last minute. */
  release(): Promise<void>
}

export function createRates(monotonic: () => number, shares: RateShares): Rates {
  const rates = new Map<string, Rate>()
  /** Those of the last call: a call looks for them three times, and the next one often has the same limits. */
  let last: { limits: readonly RateLimit[]; rates: readonly Rate[] } = { limits: [], rates: [] }

  function ratesOf(limits: readonly RateLimit[]): readonly Rate[] {
    if (last.limits !== limits) last = { limits, rates: limits.map(rateOf) }
    return last.rates
  }

  function rateOf({ id }: RateLimit): Rate {
    const known = rates.get(id)
    if (known) return known
    const rate = {
      requests: newFigure(id, 'requests', newMinute()),
      tokens: newFigure(id, 'tokens', newMinute()),
      concurrent: newFigure(id, 'concurrent', null),
      usedAtMs: monotonic(),
    }
    rates.set(id, rate)
    return rate
  }

  function refusalOf(
    limit: RateLimit,
    most: number | null,
    figure: Figure,
    nowMs: number,
    amount: number,
  ): Refusal | null {
    if (most === null) return null
    figure.most = most
    const share = shares.usable(figure)
    if (!share && amount <= most)
      return { refused: 'unavailable', reason: `No share of rate limit ${limit.id}: the database is away.` }
    const counted = countedOf(figure, nowMs)
    if (share && counted + amount <= most && fits(share, counted, amount)) return null
    const { dimension, minute } = figure
    let retryAfterMs = CONCURRENT_WAIT_MS
    if (amount > most) retryAfterMs = MINUTE_MS
    else if (minute && share) {
      const ownWaitMs = waitMs(minute, nowMs, Math.min(most, share.amount), amount)
      retryAfterMs = isWhole(share) ? ownWaitMs : Math.min(ownWaitMs, SHARED_WAIT_MS)
    }
    return { refused: 'rate_limit', limit, dimension, retryAfterMs }
  }

  function lacks(figure: Figure, most: number | null, amount: number, nowMs: number): boolean {
    return most !== null && shares.lacks(figure, most, amount, nowMs)
  }

  /** What is left of a figure, as far as this node knows: its own share, and what no node had when it last asked. */
  function tighter(known: Status, most: number | null, figure: Figure, nowMs: number): Status {
    if (most === null) return known
    const share = shares.usable(figure)
    const free = share ? share.amount - countedOf(figure, nowMs) + share.left : most
    const remaining = Math.min(most, Math.max(0, free))
    if (known && known.remaining <= remaining) return known
    return {
      limit: most,
      remaining,
      resetMs: figure.minute ? Math.ceil(resetMs(figure.minute, nowMs)) : 0,
    }
  }

  return {
    prepare(limits, tokens) {
      if (limits.length === 0) return null
      const nowMs = monotonic()
      const known = ratesOf(limits)
      const lacking: Promise<void>[] = []
      for (let at = 0; at < known.length; at++) {
        const limit = limits[at]
        const rate = known[at]
        if (!limit || !rate) continue
        if (lacks(rate.requests, limit.requestsPerMinute, 1, nowMs))
          lacking.push(shares.obtain(rate.requests, 1))
        if (lacks(rate.tokens, limit.tokensPerMinute, tokens, nowMs))
          lacking.push(shares.obtain(rate.tokens, tokens))
        if (lacks(rate.concurrent, limit.concurrentCalls, 1, nowMs))
          lacking.push(shares.obtain(rate.concurrent, 1))
      }
      return lacking.length > 0 ? Promise.all(lacking).then(() => {}) : null
    },
    hold(limits, tokens) {
      const nowMs = monotonic()
      const held = ratesOf(limits)
      for (let at = 0; at < held.length; at++) {
        const limit = limits[at]
        const rate = held[at]
        if (!limit || !rate) continue
        const refusal =
          refusalOf(limit, limit.requestsPerMinute, rate.requests, nowMs, 1) ??
          refusalOf(limit, limit.tokensPerMinute, rate.tokens, nowMs, tokens) ??
          refusalOf(limit, limit.concurrentCalls, rate.concurrent, nowMs, 1)
        if (refusal) return refusal
      }
      for (const rate of held) {
        rate.usedAtMs = nowMs
        if (rate.requests.minute) count(rate.requests.minute, nowMs, 1)
        if (rate.tokens.minute) count(rate.tokens.minute, nowMs, tokens)
        rate.concurrent.running++
      }
      return { rates: held, tokens, atMs: nowMs }
    },
    settle(held, tokens) {
      const nowMs = monotonic()
      for (const rate of held.rates) {
        if (rate.tokens.minute) correct(rate.tokens.minute, nowMs, held.atMs, tokens - held.tokens)
        rate.concurrent.running--
      }
    },
    status(limits) {
      const nowMs = monotonic()
      const status: RateStatus = { requests: null, tokens: null }
      const known = ratesOf(limits)
      for (let at = 0; at < known.length; at++) {
        const limit = limits[at]
        const rate = known[at]
        if (!limit || !rate) continue
        status.requests = tighter(status.requests, limit.requestsPerMinute, rate.requests, nowMs)
        status.tokens = tighter(status.tokens, limit.tokensPerMinute, rate.tokens, nowMs)
      }
      return status
    },
    left({ id, requestsPerMinute, tokensPerMinute, concurrentCalls }, alone) {
      const nowMs = monotonic()
      const rate = rates.get(id)
      const leftOf = (most: number | null, figure: Figure | undefined) => {
        const share = most === null || !figure ? null : shares.usable(figure)
        if (most === null || !figure || !share) return null
        // What no node had may be another's by now.
        const free = share.amount - countedOf(figure, nowMs) + (alone ? share.left : 0)
        return Math.min(most, Math.max(0, free))
      }
      return {
        requests: leftOf(requestsPerMinute, rate?.requests),
        tokens: leftOf(tokensPerMinute, rate?.tokens),
        concurrent: leftOf(concurrentCalls, rate?.concurrent),
      }
    },
    recall(limitId) {
      for (const figure of figuresOf(limitId)) shares.recall(figure)
    },
    returned(limitId) {
      for (const figure of figuresOf(limitId)) shares.returned(figure)
    },
    async tidy() {
      const idle = [...rates.keys()].filter(isIdle)
      if (!(await shares.leave(idle.flatMap(figuresOf).filter(isKnown)))) return
      for (const id of idle) if (isIdle(id) && !figuresOf(id).some(isKnown)) rates.delete(id)
      last = { limits: [], rates: [] }
    },
    async release() {
      await shares.leave([...rates.keys()].flatMap(figuresOf).filter(isKnown))
    },
  }

  function figuresOf(limitId: string): Figure[] {
    const rate = rates.get(limitId)
    return rate ? DIMENSIONS.map((dimension) => rate[dimension]) : []
  }

  function isIdle(limitId: string): boolean {
    const rate = rates.get(limitId)
    if (!rate || monotonic() - rate.usedAtMs < KEEP_MS) return false
    return rate.concurrent.running === 0 && DIMENSIONS.every((dimension) => !rate[dimension].obtaining)
  }
}

/** The authority may have set some of it aside for this node. */
function isKnown({ setAside }: Figure): boolean {
  return setAside > 0
}

type Status = { limit: number; remaining: number; resetMs: number } | null
