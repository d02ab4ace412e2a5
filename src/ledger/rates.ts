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
import type { RateStatus, Refusal } from './ledger.ts'
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

  function refusalOf(limit: RateLimit, figure: Figure, nowMs: number, amount: number): Refusal | null {
    const most = mostOf(limit, figure.dimension)
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

  /** What is left of a figure, as far as this node knows: its own share, and what no node had when it last asked. */
  function tighter(known: Status, limit: RateLimit, dimension: Dimension, nowMs: number): Status {
    const most = mostOf(limit, dimension)
    if (most === null) return known
    const figure = rates.get(limit.id)?.[dimension]
    const share = figure ? shares.usable(figure) : null
    const free = figure && share ? share.amount - countedOf(figure, nowMs) + share.left : most
    const remaining = Math.min(most, Math.max(0, free))
    if (known && known.remaining <= remaining) return known
    return {
      limit: most,
      remaining,
      resetMs: figure?.minute ? Math.ceil(resetMs(figure.minute, nowMs)) : 0,
    }
  }

  return {
    prepare(limits, tokens) {
      if (limits.length === 0) return null
      const nowMs = monotonic()
      let lacking: Promise<void>[] | null = null
      for (const limit of limits) {
        const rate = rateOf(limit)
        for (const dimension of DIMENSIONS) {
          const most = mostOf(limit, dimension)
          const amount = dimension === 'tokens' ? tokens : 1
          if (most === null || !shares.lacks(rate[dimension], most, amount, nowMs)) continue
          lacking ??= []
          lacking.push(shares.obtain(rate[dimension], amount))
        }
      }
      return lacking && Promise.all(lacking).then(() => {})
    },
    hold(limits, tokens) {
      const nowMs = monotonic()
      const held: Rate[] = []
      for (const limit of limits) {
        const rate = rateOf(limit)
        const refusal =
          refusalOf(limit, rate.requests, nowMs, 1) ??
          refusalOf(limit, rate.tokens, nowMs, tokens) ??
          refusalOf(limit, rate.concurrent, nowMs, 1)
        if (refusal) return refusal
        held.push(rate)
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
      for (const limit of limits) {
        status.requests = tighter(status.requests, limit, 'requests', nowMs)
        status.tokens = tighter(status.tokens, limit, 'tokens', nowMs)
      }
      return status
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

function mostOf(limit: RateLimit, dimension: Dimension): number | null {
  switch (dimension) {
    case 'requests':
      return limit.requestsPerMinute
    case 'tokens':
      return limit.tokensPerMinute
    case 'concurrent':
      return limit.concurrentCalls
  }
}

type Status = { limit: number; remaining: number; resetMs: number } | null
