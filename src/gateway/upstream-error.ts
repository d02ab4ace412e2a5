import { AppError } from '../domain/errors.ts'
import type { EgressError } from '../http1-pool.ts'

/** What an error answer of a provider says about the credential that was used. */
export type Fault =
  /** The account has no money left, or a limit on spending. */
  | 'spent'
  /** The provider does not accept the secret any more. */
  | 'refused'
  /** The secret is good, but not for this model or operation. */
  | 'not-permitted'
  /** Trying again, or with another credential, may help. */
  | 'busy'
  | 'failed'
  /** The caller's own mistake. */
  | 'none'

/** What providers put into `error.code` or `error.type` when the account is spent. */
const SPENT = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
  'insufficient_balance',
  'billing_error',
])
/** Anthropic has no code for it; its own mistakes about a request begin with the name of a member. */
const SPENT_MESSAGE = /^Your credit balance is too low/
const NOT_PERMITTED = /missing scopes|insufficient permissions|does not have access/i
const FAILED = new Set([500, 502, 503, 504, 520, 522, 524, 529])

/**
 * Spent accounts are told apart by their error: providers answer 400, 402, 403 or 429 for them. Only what the
 * provider itself says counts: a message may repeat the caller's words, and must not park anybody's credential.
 */
export function faultOf(status: number, body: string): Fault {
  const { code, type, message } = errorIn(body)
  const spent = SPENT.has(code) || SPENT.has(type) || SPENT_MESSAGE.test(message)
  if (status === 402 || ((status === 400 || status === 403 || status === 429) && spent)) return 'spent'
  if (status === 401) return NOT_PERMITTED.test(message) ? 'not-permitted' : 'refused'
  if (status === 403) return 'not-permitted'
  if (status === 429) return 'busy'
  return FAILED.has(status) ? 'failed' : 'none'
}

function errorIn(body: string): { code: string; type: string; message: string } {
  const nothing = { code: '', type: '', message: '' }
  try {
    const answer: unknown = JSON.parse(body)
    const error = Array.isArray(answer) ? answer[0]?.error : (answer as { error?: unknown } | null)?.error
    if (typeof error !== 'object' || error === null) return nothing
    const { code, type, message } = error as Record<string, unknown>
    return { code: String(code ?? ''), type: String(type ?? ''), message: String(message ?? '') }
  } catch {
    return nothing
  }
}

/** Why there is no complete answer, in words for the caller. */
export function upstreamError(error: EgressError): AppError {
  switch (error.kind) {
    case 'timeout':
      return new AppError('upstream_timeout', 'The provider did not answer in time.', { cause: error })
    case 'busy':
      return new AppError('unavailable', 'Too many calls are under way.', {
        retryAfterSeconds: 1,
        cause: error,
      })
    case 'forbidden':
      return new AppError(
        'upstream_failed',
        "The provider's address may not be connected to. The operator's log says why.",
        { cause: error },
      )
    case 'connect':
      return new AppError('upstream_failed', 'The provider could not be reached.', { cause: error })
    case 'reset':
      return new AppError('upstream_failed', 'The provider broke off its answer.', { cause: error })
    case 'protocol':
      return new AppError('upstream_failed', 'The answer of the provider is malformed.', { cause: error })
  }
}
