import type { Permission } from './permission.ts'

/**
 * Every expected failure of the product. The code is stable API: clients branch on it.
 * This table is the only place where a code becomes an HTTP status.
 */
export const ERROR_STATUS = {
  invalid_request: 400,
  unauthenticated: 401,
  sign_in_required: 401,
  invalid_api_key: 401,
  provider_secret_presented: 401,
  key_suspended: 401,
  key_revoked: 401,
  key_expired: 401,
  key_not_yet_valid: 401,
  forbidden: 403,
  step_up_required: 403,
  origin_refused: 403,
  acknowledgement_required: 403,
  mfa_required: 403,
  ip_not_allowed: 403,
  operation_not_allowed: 403,
  model_not_allowed: 403,
  provider_not_allowed: 403,
  hosted_tool_not_allowed: 403,
  price_unknown: 403,
  not_found: 404,
  model_not_found: 404,
  operation_not_served: 404,
  method_not_allowed: 405,
  conflict: 409,
  precondition_failed: 412,
  request_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  rate_limit_exceeded: 429,
  budget_exceeded: 429,
  budget_suspended: 429,
  too_many_attempts: 429,
  internal: 500,
  upstream_failed: 502,
  no_credential: 503,
  budget_out_of_reach: 503,
  unavailable: 503,
  audit_sink_behind: 503,
  upstream_timeout: 504,
} as const

export type ErrorCode = keyof typeof ERROR_STATUS

/** One thing wrong with one part of the input. `pointer` is a JSON Pointer (RFC 6901) into it. */
export type FieldError = { pointer: string; detail: string }

/** What was refused, and where: as `accessExplain` is asked about it. */
export type Needs = {
  permission: Permission
  /** It would be enough to be allowed it in any place. */
  anywhere?: 'true'
  teamId?: string
  projectId?: string
  production?: 'true'
}

export type ErrorDetails = {
  /** Of a refusal that a role would have prevented. */
  needs?: Needs | undefined
  /** Field by field, when the input was malformed. */
  errors?: FieldError[]
  /** Seconds until trying again makes sense. */
  retryAfterSeconds?: number
  /** Which rule refused: shown to callers under `error.claviger`. Never a secret. */
  rule?: Record<string, string | number | null>
  cause?: unknown
}

/** An expected failure: what happened and what to do, in words for the person who reads it. Never a secret. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly errors: FieldError[]
  readonly retryAfterSeconds: number | undefined
  readonly rule: Record<string, string | number | null> | undefined
  readonly needs: Needs | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.name = 'AppError'
    this.code = code
    this.errors = details.errors ?? []
    this.retryAfterSeconds = details.retryAfterSeconds
    this.rule = details.rule
    this.needs = details.needs
  }

  get status(): number {
    return ERROR_STATUS[this.code]
  }
}
