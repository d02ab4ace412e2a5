import type { Budget } from '../domain/budget.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { OperationName } from '../domain/operations.ts'
import type { RateLimit } from '../domain/rate-limit.ts'
import type { Quantities } from '../domain/usage.ts'

/** Who calls. It does not change: another caller is another object. */
export type CallerFacts = {
  readonly keyId: string
  readonly secretId: string
  readonly userId: string | null
  readonly serviceAccountId: string | null
  readonly environmentId: string
  readonly projectId: string
  readonly teamId: string
  readonly tags: Readonly<Record<string, string>>
}

/** Who calls what: fixed when the call is admitted, and part of each of its usage rows. */
export type CallFacts = {
  requestId: string
  caller: CallerFacts
  operation: OperationName
  model: string | null
  upstreamModel: string | null
  providerId: string | null
  credentialId: string | null
  stream: boolean
  ip: string | null
}

export type AdmitRequest = {
  facts: CallFacts
  /** The budgets and limits that apply to this call, already narrowed to its provider and model. */
  budgets: readonly Budget[]
  rateLimits: readonly RateLimit[]
  /** The call's worst case. Zero for calls that cannot cost anything (listing models). */
  holdNanoUsd: NanoUsd
  /** Tokens to count against tokens per minute until the true figure is known. */
  holdTokens: number
}

/** A call that was let in. Its money, tokens and slot are held until `settle`, exactly once. */
export type Admission = {
  readonly id: string
  readonly request: AdmitRequest
  readonly admittedAt: Date
  /** What it holds now: the request's hold, and what `extend` has added. */
  heldNanoUsd: NanoUsd
  settled: boolean
}

/** How a budget stands, for who is refused: what it allows now, raises included, and when there is more. */
export type BudgetStanding = { limitNanoUsd: NanoUsd; spentNanoUsd: NanoUsd; resetsAt: Date | null }

export type Refusal =
  | {
      refused: 'rate_limit'
      limit: RateLimit
      dimension: 'requests' | 'tokens' | 'concurrent'
      retryAfterMs: number
    }
  | { refused: 'budget'; budget: Budget; standing: BudgetStanding; remainingNanoUsd: NanoUsd }
  /** It would fit, if other nodes gave back what is set aside for them; but they do not answer. */
  | {
      refused: 'out_of_reach'
      budget: Budget
      standing: BudgetStanding
      remainingNanoUsd: NanoUsd
      outOfReachNanoUsd: NanoUsd
    }
  /** Others may have what it lacks, but the database is away, which would know. */
  | { refused: 'unanswered'; budget: Budget }
  /** So much of the budget is spent that nothing more is let in, or only so many calls a minute. */
  | { refused: 'suspended'; budget: Budget; standing: BudgetStanding }
  | { refused: 'throttled'; budget: Budget; standing: BudgetStanding; retryAfterMs: number }
  /** The database is away and no lease is held, or the journal cannot be written. */
  | { refused: 'unavailable'; reason: string }

/** A hard budget whose limit was lowered in its current window, and what is left of it beside the calls under way. */
export type Lowered = { budget: Budget; leftNanoUsd: NanoUsd }

/** How one attempt ended. The last attempt of a call settles it. */
export type AttemptOutcome = {
  attempt: number
  providerId: string | null
  credentialId: string | null
  upstreamModel: string | null
  servedModel: string | null
  status: number
  errorCode: string | null
  quantities: Readonly<Quantities>
  costNanoUsd: NanoUsd
  estimated: boolean
  priced: boolean
  priceVersion: string | null
  serviceTier: string | null
  modifiers: readonly string[]
  durationMs: number
  firstByteMs: number | null
  objectId: string | null
}

/** What is left of the tightest request and token limit, for the `x-ratelimit-*` headers. */
export type RateStatus = {
  requests: { limit: number; remaining: number; resetMs: number } | null
  tokens: { limit: number; remaining: number; resetMs: number } | null
}

/**
 * What of a rate limit this node could still let through at this moment; null where the limit says nothing, or this node
 * does not know. With `inAll` there is no other node, and that is all there is; else it is what is left of this node's
 * share, and others may have more.
 */
export type RateLeft = {
  requests: number | null
  tokens: number | null
  concurrent: number | null
  inAll: boolean
}

/** For readiness: calls are refused while the journal cannot be written; a long backlog means the database is away. */
export type LedgerHealth = {
  journalWritable: boolean
  /** The database has heard from this node lately enough: else nothing that is limited is let in. */
  trusted: boolean
  openCalls: number
  backlogRows: number
  /** How long the oldest settled call waits for the database. */
  backlogAgeMs: number
}

/** `refusedBy` is the id of the rule that refused it; null when it was none. */
export type RefusedCall = { status: number; errorCode: string; refusedBy: string | null }

/** Money and rate limits, exact. Everything but `prepare` and `close` is synchronous and in memory. */
export type Ledger = {
  /**
   * Makes sure that a call may hold `holdNanoUsd` in each budget and count in each rate limit. Null when nothing is to be
   * waited for, the common case: it may, or more cannot be had now. Otherwise ask again once the promise resolves, since
   * others may have been faster.
   */
  prepare(
    budgets: readonly Budget[],
    holdNanoUsd: NanoUsd,
    rateLimits?: readonly RateLimit[],
    holdTokens?: number,
  ): Promise<void> | null
  /**
   * What the tightest of these hard budgets can still hold; null when no hard budget applies, or none of them is
   * known because the database is away (`admit` says so). After `prepare`, in the same turn.
   */
  room(budgets: readonly Budget[]): NanoUsd | null
  /** Holds rate, slot and money in every rule, or in none. After `prepare`, in the same turn. */
  admit(request: AdmitRequest): Admission | Refusal
  /** Resolves when the admission is in the journal: only then may a byte go upstream. Rejects when it cannot be written. */
  journaled(admission: Admission): Promise<void>
  /**
   * Holds `extraNanoUsd` more for a call under way, in each of its budgets or in none; false when one has not enough
   * left here (see `prepare`), its window is over, or the journal cannot be written. When it returns true, a crash
   * charges the whole of what is held.
   */
  extend(admission: Admission, extraNanoUsd: NanoUsd): boolean
  /** Writes the row of an attempt that is not the last one. What it cost stays charged. */
  recordAttempt(admission: Admission, outcome: AttemptOutcome): void
  /** Replaces the hold by the true cost. A second call for the same admission does nothing. */
  settle(admission: Admission, outcome: AttemptOutcome): void
  /** Writes the row of a call that was refused: it costs nothing. Best effort: dropped (and counted) under a flood. */
  recordRefusal(facts: CallFacts, refusal: RefusedCall): void
  /** The lowered budgets that a call under way holds in. Empty nearly always. */
  lowered(admission: Admission): readonly Lowered[]
  rateStatus(rateLimits: readonly RateLimit[]): RateStatus
  /** Of one limit, for who asks; changes nothing. */
  rateLeft(limit: RateLimit): RateLeft
  health(): LedgerHealth
  /** The database's time, tracked against a monotonic clock: jumps of this machine's clock do not move it. */
  now(): Date
  /** Writes everything that waits, returns the leases, closes the journal. Waits at most `timeoutMs` for the database. */
  close(timeoutMs: number): Promise<void>
}
