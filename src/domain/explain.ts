import { allowsHold, type Budget, stageOf } from './budget.ts'
import { type CallShape, cutToRoom, type WorstCase, worstCase } from './call-hold.ts'
import { appliesTo, chooseWay, requireAllowed, type Way } from './call-route.ts'
import { AppError } from './errors.ts'
import { addressRefusal, type KeyInUse, keyUseRefusal } from './key-use.ts'
import { budgetExceeded, budgetSuspended, rateLimitExceeded } from './limit-refusals.ts'
import type { NanoUsd } from './money.ts'
import { type HostedTool, MODEL_OPERATIONS, type ModelOperation } from './operations.ts'
import { matchesPattern, outputCap, type Policy, policyRefusal } from './policy.ts'
import { MINUTE_MS, type RateLimit } from './rate-limit.ts'

/** A key as far as calls with it are decided. */
export type ExplainedKey = KeyInUse & { rateLimits: readonly RateLimit[]; budgets: readonly Budget[] }

/** A call that nobody has made. */
export type Supposed = {
  operation: ModelOperation
  model: string
  hostedTools: readonly HostedTool[]
  /** Null when it is not said from where: address lists then refuse nothing. */
  ip: string | null
  /** `webSearches` are those that it asks for. */
  shape: Omit<CallShape, 'operation'>
}

/** What a budget allows in its current window, what is spent of it, and when there is more; null when that is never. */
export type Standing = { limitNanoUsd: NanoUsd; spentNanoUsd: NanoUsd; resetsAt: Date | null }

/** What is left, never less than nothing. */
export function leftOf({ limitNanoUsd, spentNanoUsd }: Standing): NanoUsd {
  return limitNanoUsd > spentNanoUsd ? limitNanoUsd - spentNanoUsd : 0n
}

const NOTHING: Standing = { limitNanoUsd: 0n, spentNanoUsd: 0n, resetsAt: null }

/**
 * A rule that applies, and why it refuses the call. `asked` is false where it is not known whether it does: without a
 * call, for money when the call goes nowhere, and for a rate, of which it is not known here what is used.
 */
export type RuleVerdict = { asked: boolean; refusal: AppError | null } & (
  | { kind: 'policy'; rule: Policy }
  | { kind: 'budget'; rule: Budget }
  | { kind: 'rate-limit'; rule: RateLimit }
)

export type Explanation<W> = {
  /** What a caller would be told, or null when the call would pass. */
  refusal: AppError | null
  /** Where the call goes; null when it goes nowhere, or when no call was supposed. */
  way: W | null
  hold: WorstCase | null
  /** Policies, then budgets, then rate limits, each widest first. */
  rules: RuleVerdict[]
  /** The rule that refuses; else the one that will first: the hard budget with the least left, or the lowest rate. */
  binding: RuleVerdict | null
}

/**
 * Whether a call would pass, in the gateway's own order: the key, its address, policies and route, budgets, rates.
 * Without a call, how the key stands: then only the key itself can refuse. A budget that `standings` does not name
 * has nothing left. What of a rate is used is not known here: it refuses only what could never pass it.
 */
export function explain<W extends Way<unknown>>(
  key: ExplainedKey,
  call: Supposed | null,
  ways: () => readonly W[],
  standings: ReadonlyMap<string, Standing>,
  now: Date,
): Explanation<W> {
  const use = keyUseRefusal(key, now)
  const { way, refused } = call ? routeOf(key, call, ways) : { way: null, refused: null }
  const address = call && call.ip !== null ? addressRefusal(key, call.ip) : null
  const budgets = key.budgets.filter((rule) => mayApply(rule, call, way))
  const standing = (budget: Budget) => standings.get(budget.id) ?? NOTHING
  const left = (budget: Budget) => leftOf(standing(budget))
  const hold = call && way ? holdIn(key, call, way, budgets, left) : null
  const rules: RuleVerdict[] = [
    ...key.policies.map((rule) => ({
      kind: 'policy' as const,
      rule,
      asked: call !== null,
      refusal: call && refusalByPolicy(rule, call, way, refused),
    })),
    ...budgets.map((rule) => ({
      kind: 'budget' as const,
      rule,
      asked: hold !== null,
      refusal: hold && refusalByBudget(rule, standing(rule), hold.holdNanoUsd),
    })),
    ...key.rateLimits
      .filter((rule) => mayApply(rule, call, way))
      .map((rule) => {
        const refusal = hold && refusalByRate(rule, hold)
        return { kind: 'rate-limit' as const, rule, asked: refusal !== null, refusal }
      }),
  ]
  const refusing = rules.filter(({ kind, refusal }) => kind !== 'policy' && refusal !== null)
  const refusal = use ?? address ?? refused ?? refusing[0]?.refusal ?? null
  return { refusal, way, hold, rules, binding: bindingOf(rules, refusal, left) }
}

function routeOf<W extends Way<unknown>>(
  { policies }: ExplainedKey,
  call: Supposed,
  ways: () => readonly W[],
): { way: W | null; refused: AppError | null } {
  const { free } = MODEL_OPERATIONS[call.operation]
  let way: W | null = null
  try {
    way = chooseWay(policies, { ...call, hostedTools: [], free }, ways)
    requireAllowed(policies, call, way.providerName)
    return { way, refused: null }
  } catch (error) {
    if (error instanceof AppError) return { way, refused: error }
    throw error
  }
}

/** Whether a rule counts for the call; where it is not known where the call goes, whether it could. */
function mayApply(
  rule: { providerId: string | null; modelPattern: string | null },
  call: Supposed | null,
  way: Way<unknown> | null,
): boolean {
  if (!call) return true
  if (way) return appliesTo(rule, { ...way, model: call.model })
  return rule.modelPattern === null || matchesPattern(rule.modelPattern, call.model)
}

function holdIn(
  { policies }: ExplainedKey,
  call: Supposed,
  { price }: Way<unknown>,
  budgets: readonly Budget[],
  left: (budget: Budget) => NanoUsd,
): WorstCase {
  const shape = { ...call.shape, operation: MODEL_OPERATIONS[call.operation] }
  const terms = { price, outputCap: outputCap(policies) }
  return cutToRoom(worstCase(shape, terms, null), shape, terms, budgets, (some) =>
    some
      .filter(({ kind }) => kind === 'hard')
      .map(left)
      .reduce<NanoUsd | null>((least, one) => (least === null || one < least ? one : least), null),
  )
}

function refusalByPolicy(
  policy: Policy,
  call: Supposed,
  way: Way<unknown> | null,
  refused: AppError | null,
): AppError | null {
  const { operation, model, hostedTools } = call
  const found = policyRefusal(policy, { operation, model, hostedTools, provider: way?.providerName ?? null })
  if (found) return new AppError(found.code, found.message)
  // A hosted tool that no policy allows is refused at the narrowest level that has one.
  if (refused && isOf(refused, policy)) return refused
  return call.ip === null ? null : addressRefusal({ policies: [policy] }, call.ip)
}

/** In the ledger's order: a budget that is suspended lets nothing in that costs, whatever is left. */
function refusalByBudget(budget: Budget, standing: Standing, hold: NanoUsd): AppError | null {
  if (hold > 0n && stageOf(budget, standing.spentNanoUsd, standing.limitNanoUsd) === 'suspended') {
    return budgetSuspended(budget, standing)
  }
  const left = leftOf(standing)
  return allowsHold(budget.kind, left, hold) ? null : budgetExceeded(budget, standing, left)
}

function refusalByRate(limit: RateLimit, { holdTokens }: WorstCase): AppError | null {
  return limit.tokensPerMinute !== null && holdTokens > limit.tokensPerMinute
    ? rateLimitExceeded(limit, 'tokens', MINUTE_MS)
    : null
}

function bindingOf(
  rules: readonly RuleVerdict[],
  refusal: AppError | null,
  left: (budget: Budget) => NanoUsd,
): RuleVerdict | null {
  if (refusal) {
    return (
      rules.find((one) => one.refusal === refusal || (one.kind === 'policy' && isOf(refusal, one.rule))) ??
      null
    )
  }
  const tightest = rules
    .filter((one) => one.kind === 'budget' && one.rule.kind === 'hard')
    .toSorted((one, other) => compare(left(one.rule as Budget), left(other.rule as Budget)))
  const slowest = rules
    .filter((one) => one.kind === 'rate-limit')
    .toSorted((one, other) => compare(perMinute(one.rule), perMinute(other.rule)))
  return tightest[0] ?? slowest[0] ?? null
}

function isOf({ rule }: AppError, { scope }: Policy): boolean {
  return rule?.limit === 'policy' && rule.scope === scope.type && rule.scope_id === scope.id
}

function perMinute({ requestsPerMinute }: RateLimit): number {
  return requestsPerMinute ?? Number.POSITIVE_INFINITY
}

function compare<T extends number | bigint>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0
}
