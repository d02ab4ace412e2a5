/** What providers count in their own rate limits, as far as they say so in answers. */
export const REPORTED_LIMITS = ['requests', 'tokens', 'inputTokens', 'outputTokens'] as const

export type ReportedLimit = {
  what: (typeof REPORTED_LIMITS)[number]
  limit: number | null
  remaining: number
  /** ISO; null when it was not said. */
  resetsAt: string | null
}

/** How the providers' headers name it: `x-ratelimit-remaining-tokens`, `anthropic-ratelimit-input-tokens-remaining`. */
const WHAT: Record<string, ReportedLimit['what']> = {
  requests: 'requests',
  tokens: 'tokens',
  'input-tokens': 'inputTokens',
  'output-tokens': 'outputTokens',
}

const OPENAI = /^x-ratelimit-(limit|remaining|reset)-([a-z-]+)$/
const ANTHROPIC = /^anthropic-ratelimit-([a-z-]+)-(limit|remaining|reset)$/

/**
 * The limits that an answer's headers name, given flat and in lower case; empty when it names none.
 * OpenAI and those that speak its API say when they are whole again as a span, `6m0s` or `59ms`
 * (platform.openai.com/docs/guides/rate-limits), Anthropic as a time (platform.claude.com/docs/en/api/rate-limits).
 */
export function reportedLimits(headers: readonly string[], at: Date): ReportedLimit[] {
  const found = new Map<ReportedLimit['what'], Partial<Record<string, string>>>()
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const openai = OPENAI.exec(name)
    const anthropic = openai ? null : ANTHROPIC.exec(name)
    const what = WHAT[openai?.[2] ?? anthropic?.[1] ?? '']
    const field = openai?.[1] ?? anthropic?.[2]
    if (what === undefined || field === undefined) continue
    found.set(what, { ...found.get(what), [field]: headers[i + 1] ?? '' })
  }
  return REPORTED_LIMITS.flatMap((what) => {
    const { limit, remaining, reset } = found.get(what) ?? {}
    const left = countOf(remaining)
    return left === null
      ? []
      : [{ what, limit: countOf(limit), remaining: left, resetsAt: momentOf(reset, at) }]
  })
}

function countOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null
}

const UNIT_MS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
const SPAN = /^(?:\d{1,9}(?:\.\d{1,9})?(?:h|ms|m|s))+$/

function momentOf(text: string | undefined, at: Date): string | null {
  if (text === undefined || text.length > 40) return null
  if (SPAN.test(text)) {
    const parts = text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)
    const ms = [...parts].reduce((sum, [, many, unit]) => sum + Number(many) * (UNIT_MS[unit ?? ''] ?? 0), 0)
    return safeIso(at.getTime() + ms)
  }
  return /^\d{4}-\d\d-\d\dT/.test(text) ? safeIso(Date.parse(text)) : null
}

function safeIso(ms: number): string | null {
  return Number.isFinite(ms) && Math.abs(ms) < 8e15 ? new Date(ms).toISOString() : null
}
