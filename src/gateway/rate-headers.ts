import type { Dialect } from '../domain/operations.ts'
import type { RateStatus } from '../ledger/ledger.ts'

/** What is left of the tightest limits, as OpenAI and Anthropic say it. Ours: those of the provider stay there. */
export function rateHeaders(status: RateStatus, dialect: Dialect, nowMs: number): string[] {
  const headers: string[] = []
  for (const what of ['requests', 'tokens'] as const) {
    const limit = status[what]
    if (!limit) continue
    const { limit: most, remaining, resetMs } = limit
    headers.push(`x-ratelimit-limit-${what}`, String(most))
    headers.push(`x-ratelimit-remaining-${what}`, String(Math.max(0, remaining)))
    headers.push(`x-ratelimit-reset-${what}`, duration(resetMs))
    if (dialect !== 'anthropic') continue
    headers.push(`anthropic-ratelimit-${what}-limit`, String(most))
    headers.push(`anthropic-ratelimit-${what}-remaining`, String(Math.max(0, remaining)))
    headers.push(`anthropic-ratelimit-${what}-reset`, new Date(nowMs + resetMs).toISOString())
  }
  return headers
}

/** OpenAI's form: `20ms`, `1s`, `6m0s`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`
  const seconds = Math.ceil(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`
}
