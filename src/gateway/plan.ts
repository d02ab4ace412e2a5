import type { KeySnapshot } from '../db/key-snapshots.ts'
import type { Budget } from '../domain/budget.ts'
import { AppError } from '../domain/errors.ts'
import type { HostedTool } from '../domain/operations.ts'
import { decide, matchesPattern, outputCap, type PolicyQuestion } from '../domain/policy.ts'
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
  if (hostedTools.length > 0) check(key, operation, model, plan.upstream.connection.name, hostedTools)
  return plan
}

function makePlan(
  view: ProviderView,
  key: KeySnapshot,
  operation: ServedOperation,
  model: string,
  now: Date,
): Plan {
  // What policies say of the name itself comes before what exists: a stranger learns nothing of the rest.
  check(key, operation, model, null, NO_TOOLS)
  const routes = resolve(model, view.connections, view.ownModels, now)
  if (routes.length === 0) throw new AppError('model_not_found', `There is no model "${model}" here.`)
  const served = routes.flatMap((route) => {
    const upstream = view.upstreams.get(route.providerId)
    return upstream?.adapter.paths[operation.name] === undefined ? [] : [{ ...route, upstream }]
  })
  if (served.length === 0) {
    throw new AppError(
      'operation_not_served',
      `The provider of "${model}" does not serve "${operation.name}".`,
    )
  }
  const bound = key.credentialIds.flatMap((id) => view.credentials.get(id) ?? [])
  const withCredentials = served.map((route) => ({
    ...route,
    credentials: bound.filter((credential) => credential.upstream === route.upstream),
  }))
  const route = withCredentials.find(({ credentials }) => credentials.length > 0)
  if (!route) {
    throw new AppError('no_credential', `No credential for "${model}" is bound to this key's environment.`)
  }
  check(key, operation, model, route.upstream.connection.name, NO_TOOLS)
  if (route.price === null && operation.meter !== 'free') {
    throw new AppError('price_unknown', `The price of "${model}" is not known. An admin can set one.`)
  }
  const applies = (rule: { providerId: string | null; modelPattern: string | null }) =>
    (rule.providerId === null || rule.providerId === route.providerId) &&
    // By either name: an alias is no way around a limit.
    (rule.modelPattern === null ||
      matchesPattern(rule.modelPattern, model) ||
      matchesPattern(rule.modelPattern, route.upstreamModel))
  return {
    upstream: route.upstream,
    upstreamModel: route.upstreamModel,
    price: route.price,
    credentials: route.credentials,
    budgets: key.budgets.filter(applies),
    rateLimits: key.rateLimits.filter(applies),
    outputCap: outputCap(key.policies),
  }
}

function check(
  key: KeySnapshot,
  operation: ServedOperation,
  model: string | null,
  provider: string | null,
  hostedTools: readonly HostedTool[],
): void {
  const refusal = policyRefusal(key, { operation: operation.name, model, provider, hostedTools })
  if (refusal) throw refusal
}

/** Why the key's policies do not allow a call, or null when they do. Also asked of calls that are under way. */
export function policyRefusal(key: KeySnapshot, asked: PolicyQuestion): AppError | null {
  const decision = decide(key.policies, asked)
  if (decision.allowed) return null
  const { code, message, scope } = decision
  return new AppError(code, message, { rule: { limit: 'policy', scope: scope.type, scope_id: scope.id } })
}

/** For calls without a model: lists and stored objects. */
export function checkOperation(key: KeySnapshot, operation: ServedOperation): void {
  check(key, operation, null, null, NO_TOOLS)
}
