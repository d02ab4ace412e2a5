import {
  correct,
  count,
  countedIn,
  type Minute,
  newMinute,
  type RateLimit,
  resetMs,
  waitMs,
} from '../domain/rate-limit.ts'
import type { RateStatus, Refusal } from './ledger.ts'

/** Nobody knows when a running call ends; asking again after this is cheap. */
const CONCURRENT_WAIT_MS = 1_000

type Rate = { requests: Minute | null; tokens: Minute | null; running: number }

/** What one call counts for, until it ends. */
export type RateHold = { rates: readonly Rate[]; tokens: number; atMs: number }

/** Requests and tokens in the last minute and calls that run now, of each rate limit. Kept in memory only. */
export type Rates = {
  /** Counts a call in every limit, or, when one refuses, in none. */
  hold(limits: readonly RateLimit[], tokens: number): RateHold | Refusal
  /** The call has ended, and used this many tokens. */
  settle(held: RateHold, tokens: number): void
  status(limits: readonly RateLimit[]): RateStatus
  /** Forgets limits that nothing counts against. */
  tidy(): void
}

export function createRates(monotonic: () => number): Rates {
  const rates = new Map<string, Rate>()

  function rateOf(limit: RateLimit): Rate {
    let rate = rates.get(limit.id)
    if (!rate) {
      rate = { requests: null, tokens: null, running: 0 }
      rates.set(limit.id, rate)
    }
    if (limit.requestsPerMinute !== null) rate.requests ??= newMinute()
    if (limit.tokensPerMinute !== null) rate.tokens ??= newMinute()
    return rate
  }

  return {
    hold(limits, tokens) {
      const nowMs = monotonic()
      const held: Rate[] = []
      for (const limit of limits) {
        const rate = rateOf(limit)
        const refusal = refusalOf(limit, rate, nowMs, tokens)
        if (refusal) return refusal
        held.push(rate)
      }
      for (const rate of held) {
        if (rate.requests) count(rate.requests, nowMs, 1)
        if (rate.tokens) count(rate.tokens, nowMs, tokens)
        rate.running++
      }
      return { rates: held, tokens, atMs: nowMs }
    },
    settle(held, tokens) {
      const nowMs = monotonic()
      for (const rate of held.rates) {
        if (rate.tokens) correct(rate.tokens, nowMs, held.atMs, tokens - held.tokens)
        rate.running--
      }
    },
    status(limits) {
      const nowMs = monotonic()
      const status: RateStatus = { requests: null, tokens: null }
      for (const limit of limits) {
        const rate = rates.get(limit.id)
        status.requests = tighter(status.requests, limit.requestsPerMinute, rate?.requests, nowMs)
        status.tokens = tighter(status.tokens, limit.tokensPerMinute, rate?.tokens, nowMs)
      }
      return status
    },
    tidy() {
      const nowMs = monotonic()
      const counts = (minute: Minute | null) => minute !== null && countedIn(minute, nowMs) > 0
      for (const [id, rate] of rates) {
        if (rate.running === 0 && !counts(rate.requests) && !counts(rate.tokens)) rates.delete(id)
      }
    },
  }
}

function refusalOf(limit: RateLimit, rate: Rate, nowMs: number, tokens: number): Refusal | null {
  const { requestsPerMinute, tokensPerMinute, concurrentCalls } = limit
  if (
    rate.requests &&
    requestsPerMinute !== null &&
    countedIn(rate.requests, nowMs) + 1 > requestsPerMinute
  ) {
    const retryAfterMs = waitMs(rate.requests, nowMs, requestsPerMinute, 1)
    return { refused: 'rate_limit', limit, dimension: 'requests', retryAfterMs }
  }
  if (rate.tokens && tokensPerMinute !== null && countedIn(rate.tokens, nowMs) + tokens > tokensPerMinute) {
    const retryAfterMs = waitMs(rate.tokens, nowMs, tokensPerMinute, tokens)
    return { refused: 'rate_limit', limit, dimension: 'tokens', retryAfterMs }
  }
  if (concurrentCalls !== null && rate.running >= concurrentCalls) {
    return { refused: 'rate_limit', limit, dimension: 'concurrent', retryAfterMs: CONCURRENT_WAIT_MS }
  }
  return null
}

type Status = { limit: number; remaining: number; resetMs: number } | null

function tighter(
  known: Status,
  limit: number | null,
  minute: Minute | null | undefined,
  nowMs: number,
): Status {
  if (limit === null) return known
  const remaining = Math.max(0, limit - (minute ? countedIn(minute, nowMs) : 0))
  if (known && known.remaining <= remaining) return known
  return { limit, remaining, resetMs: minute ? Math.ceil(resetMs(minute, nowMs)) : 0 }
}
