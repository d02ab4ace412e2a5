import { AppError } from './errors.ts'
import type { HostedTool, OperationName } from './operations.ts'
import { decide, matchesPattern, type Policy } from './policy.ts'
import type { ModelPrice } from './pricing.ts'

/** What a call names, before anything of it is looked at. */
export type Named = {
  operation: OperationName
  /** Null for calls without a model: lists and stored objects. */
  model: string | null
  hostedTools: readonly HostedTool[]
}

/** A way that a model's name leads, and the credentials of the key's environment that may go it. */
export type Way<Credential> = {
  providerId: string
  providerName: string
  upstreamModel: string
  /** Null when nobody knows what it costs. */
  price: ModelPrice | null
  /** Whether that kind of provider serves the operation at all. */
  serves: boolean
  credentials: readonly Credential[]
}

/** What policies do not allow, by name: with the code and the level that callers are told; null when they allow it. */
export function notAllowed(
  policies: readonly Policy[],
  call: Named,
  providerName: string | null,
): AppError | null {
  const decision = decide(policies, { ...call, provider: providerName })
  if (decision.allowed) return null
  const { code, message, scope } = decision
  return new AppError(code, message, { rule: { limit: 'policy', scope: scope.type, scope_id: scope.id } })
}

export function requireAllowed(policies: readonly Policy[], call: Named, providerName: string | null): void {
  const refusal = notAllowed(policies, call, providerName)
  if (refusal) throw refusal
}

/**
 * The way a call goes, or the reason why the key may not make it. `ways` is asked after what policies say of the name
 * itself, so that a stranger learns nothing of what exists. `free` operations need no price.
 */
export function chooseWay<W extends Way<unknown>>(
  policies: readonly Policy[],
  call: Named & { model: string; free: boolean },
  ways: () => readonly W[],
): W {
  requireAllowed(policies, call, null)
  const { model, operation } = call
  const all = ways()
  if (all.length === 0) throw new AppError('model_not_found', `There is no model "${model}" here.`)
  const served = all.filter(({ serves }) => serves)
  if (served.length === 0) {
    throw new AppError('operation_not_served', `The provider of "${model}" does not serve "${operation}".`)
  }
  const way = served.find(({ credentials }) => credentials.length > 0)
  if (!way) {
    throw new AppError('no_credential', `No credential for "${model}" is bound to this key's environment.`)
  }
  requireAllowed(policies, call, way.providerName)
  if (way.price === null && !call.free) {
    throw new AppError('price_unknown', `The price of "${model}" is not known. An admin can set one.`)
  }
  return way
}

/** A rule that may be for one provider's calls only, or for those of some models. */
type Narrowed = { providerId: string | null; modelPattern: string | null }

/** Whether a rule counts for a call. By either name of the model: an alias is no way around a limit. */
export function appliesTo(
  rule: Narrowed,
  call: { providerId: string; model: string; upstreamModel: string },
): boolean {
  return (
    (rule.providerId === null || rule.providerId === call.providerId) &&
    (rule.modelPattern === null ||
      matchesPattern(rule.modelPattern, call.model) ||
      matchesPattern(rule.modelPattern, call.upstreamModel))
  )
}
