/**
 * Where a policy, a budget or a rate limit is attached, widest first.
 * All levels that apply to a call apply together; the narrowest does not replace the wider.
 */
export const SCOPE_TYPES = [
  'organization',
  'team',
  'project',
  'environment',
  'user',
  'service_account',
  'key',
] as const

export type ScopeType = (typeof SCOPE_TYPES)[number]

export type Scope = { type: ScopeType; id: string }

/** Staging can never spend production's money: an environment's kind is part of the key's format and of its bindings. */
export const ENVIRONMENT_KINDS = ['development', 'staging', 'production'] as const

export type EnvironmentKind = (typeof ENVIRONMENT_KINDS)[number]
