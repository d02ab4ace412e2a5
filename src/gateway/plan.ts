import type { KeySnapshot } from '../db/key-snapshots.ts'
import type { Budget } from '../domain/budget.ts'
import { appliesTo, chooseWay, notAllowed, requireAllowed, type Way } from '../domain/call-route.ts'
import type { AppError } from '../domain/errors.ts'
import type { HostedTool } from '../domain/operations.ts'
import { outputCap, type PolicyQuestion } from '../domain/policy.ts'
import type { ModelPrice } from '../domain/pricing.ts'
import type { RateLimit } from '../domain/rate-limit.ts'
import { resolve } from '../providers/catalogue.ts'
import type { ServedOperation } from './operations.ts'
import type { ProviderView, Upstream, UsableCredential } from './provider-directory.ts'

/** Where calls of one key for one model go, and what counts for them. It holds for the day, until the key or the providers change. */
export type Plan = {
  upstream: Upstream
  upstreamModel: string
  /** Null only for what costs nothing. */
  price: ModelPrice | null
  /** The credentials that the environment may use there. At least one. */
  credentials: readonly UsableCredential[]
  budgets: readonly Budget[]
  rateLimits: readonly RateLimit[]
  outputCap: number | null
}

const NO_TOOLS: readonly HostedTool[] = []
const MAX_PLANS = 256
const DAY_MS = 86_400_000
const plans = new WeakMap<KeySnapshot, { view: ProviderView; day: number; plans: Map<string, Plan> }>()

/** The plan for a call, or the reason why the key may not make it. Warm, it costs one look into a map. */
export function planCall(
  view: ProviderView,
  key: KeySnapshot,
  operation: ServedOperation,
  model: string,
  hostedTools: readonly HostedTool[],
  now: () => Date,
): Plan {
  const at = now()
  // List prices change with the day, in UTC.
  const day = Math.floor(at.getTime() / DAY_MS)
  let known = plans.get(key)
  if (known?.view !== view || known.day !== day) {
    known = { view, day, plans: new Map() }
    plans.set(key, known)
  }
  const name = `${operation.name} ${model}`
  let plan = known.plans.get(name)
  if (!plan) {
    plan = makePlan(view, key, operation, model, at)
    if (known.plans.size >= MAX_PLANS) known.plans.clear()
    known.plans.set(name, plan)
  }
  if (hostedTools.length > 0) {
    requireAllowed(
      key.policies,
      { operation: operation.name, model, hostedTools },
      plan.upstream.connection.name,
    )
  }
  return plan
}

function makePlan(
  view: ProviderView,
  key: KeySnapshot,
  operation: ServedOperation,
  model: string,
  now: Date,
): Plan {
  const call = { operation: operation.name, model, hostedTools: NO_TOOLS, free: operation.free }
  const way = chooseWay(key.policies, call, () => waysOf(view, key, operation, model, now))
  const applies = (rule: Budget | RateLimit) => appliesTo(rule, { ...way, model })
  return {
    upstream: way.upstream,
    upstreamModel: way.upstreamModel,
    price: way.price,
    credentials: way.credentials,
    budgets: key.budgets.filter(applies),
    rateLimits: key.rateLimits.filter(applies),
    outputCap: outputCap(key.policies),
  }
}

function waysOf(
  view: ProviderView,
  key: KeySnapshot,
  operation: ServedOperation,
  model: string,
  now: Date,
): (Way<UsableCredential> & { upstream: Upstream })[] {
  const bound = key.credentialIds.flatMap((id) => view.credentials.get(id) ?? [])
  return resolve(model, view.connections, view.ownModels, now).flatMap((route) => {
    const upstream = view.upstreams.get(route.providerId)
    if (!upstream) return []
    const credentials = bound.filter((credential) => credential.upstream === upstream)
    const serves = upstream.adapter.paths[operation.name] !== undefined
    return [{ ...route, providerName: upstream.connection.name, upstream, serves, credentials }]
  })
}

/** Why the key's policies do not allow a call, or null when they do. Also asked of calls that are under way. */
export function policyRefusal(key: KeySnapshot, asked: PolicyQuestion): AppError | null {
  return notAllowed(key.policies, asked, asked.provider)
}

/** For calls without a model: lists and stored objects. */
export function checkOperation(key: KeySnapshot, operation: ServedOperation): void {
  requireAllowed(key.policies, { operation: operation.name, model: null, hostedTools: NO_TOOLS }, null)
}
