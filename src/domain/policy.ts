import type { ErrorCode } from './errors.ts'
import type { HostedTool, OperationName } from './operations.ts'
import type { Scope } from './scope.ts'

/**
 * What keys below a scope may do. `null` says nothing about a matter; an empty list allows nothing.
 * Patterns are exact ASCII names in which a `*` stands for any run of characters but `/`.
 */
export type Policy = {
  scope: Scope
  models: readonly string[] | null
  operations: readonly OperationName[] | null
  providers: readonly string[] | null
  hostedTools: readonly HostedTool[] | null
  maxOutputTokens: number | null
  ipAllowlist: readonly string[] | null
  ipMode: 'enforce' | 'monitor'
}

/** The parts of a call that policies speak about. */
export type PolicyQuestion = {
  operation: OperationName
  /** The name the caller used; null for calls without a model (listing models, stored objects). */
  model: string | null
  provider: string | null
  hostedTools: readonly HostedTool[]
}

export type PolicyDecision =
  | { allowed: true }
  | { allowed: false; code: ErrorCode; message: string; scope: Scope }

/**
 * Decides a call against every policy that applies: all must allow it. Names the level that refused.
 * A hosted tool needs at least one policy that allows it, since its cost has no bound in tokens.
 */
export function decide(policies: readonly Policy[], question: PolicyQuestion): PolicyDecision {
  for (const policy of policies) {
    const refused = policyRefusal(policy, question)
    if (refused) return { allowed: false, scope: policy.scope, ...refused }
  }
  const orphan = question.hostedTools.find(
    (tool) => !policies.some((policy) => policy.hostedTools?.includes(tool)),
  )
  if (orphan) {
    const scope = policies.at(-1)?.scope ?? { type: 'organization' as const, id: '' }
    return { allowed: false, scope, ...toolRefusal(orphan) }
  }
  return { allowed: true }
}

/** The smallest output cap of all policies, or null when none caps it. */
export function outputCap(policies: readonly Policy[]): number | null {
  const caps = policies.flatMap((policy) => policy.maxOutputTokens ?? [])
  return caps.length > 0 ? Math.min(...caps) : null
}

/** True when `name` matches `pattern`: exact, but for `*`, which stands for any run of characters without `/`. */
export function matchesPattern(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name
  const parts = pattern.split('*')
  const last = parts.length - 1
  const first = parts[0] ?? ''
  if (!name.startsWith(first)) return false
  let from = first.length
  for (let i = 1; i < last; i++) {
    const part = parts[i] ?? ''
    const at = name.indexOf(part, from)
    if (at < 0 || name.slice(from, at).includes('/')) return false
    from = at + part.length
  }
  const tail = parts[last] ?? ''
  const end = name.length - tail.length
  return end >= from && name.endsWith(tail) && !name.slice(from, end).includes('/')
}

export type PolicyRefusal = { code: ErrorCode; message: string }

/** Why one policy by itself refuses a call, or null when it does not. */
export function policyRefusal(policy: Policy, question: PolicyQuestion): PolicyRefusal | null {
  const { operation, model, provider } = question
  if (policy.operations && !policy.operations.includes(operation)) {
    return { code: 'operation_not_allowed', message: `This key may not call "${operation}".` }
  }
  if (model !== null && policy.models && !policy.models.some((pattern) => matchesPattern(pattern, model))) {
    return { code: 'model_not_allowed', message: `This key may not use the model "${model}".` }
  }
  if (provider !== null && policy.providers && !policy.providers.includes(provider)) {
    return { code: 'provider_not_allowed', message: `This key may not use the provider "${provider}".` }
  }
  const denied =
    policy.hostedTools && question.hostedTools.find((tool) => !policy.hostedTools?.includes(tool))
  return denied ? toolRefusal(denied) : null
}

function toolRefusal(tool: HostedTool): PolicyRefusal {
  return {
    code: 'hosted_tool_not_allowed',
    message: `This key may not use the hosted tool "${tool}". An admin can allow it in a policy.`,
  }
}
