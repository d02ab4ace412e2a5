/** What a code in the access log means, for who reads it. Those of `src/domain/errors.ts`, and how calls can end. */
const WORDS: Record<string, string> = {
  invalid_request: 'The request was malformed. Nothing was sent on.',
  invalid_api_key: 'The key was not known.',
  key_suspended: 'The key is suspended.',
  key_revoked: 'The key was revoked.',
  key_expired: 'The key has expired, or its owner may no longer use it.',
  key_not_yet_valid: 'The key does not work yet.',
  forbidden: 'The owner of the key may not use it here.',
  ip_not_allowed: 'The call came from an address that a policy does not allow.',
  operation_not_allowed: 'A policy does not allow this kind of call.',
  model_not_allowed: 'A policy does not allow this model.',
  provider_not_allowed: 'A policy does not allow this provider.',
  hosted_tool_not_allowed: 'A policy does not allow a tool that the provider runs itself.',
  price_unknown: 'Nobody has said what this model costs, so its calls are refused.',
  model_not_found: 'No provider of this environment serves a model of that name.',
  rate_limit_exceeded: 'A rate limit was reached. The same call passes a little later.',
  budget_exceeded: 'A budget is spent. Calls pass again when it resets or is raised.',
  budget_suspended: 'A budget stops calls until its next window.',
  budget_out_of_reach:
    'What is left of a budget is held by a gateway that does not answer. The same call may pass later.',
  request_too_large: 'The request was larger than Claviger accepts.',
  no_credential: 'This environment has no credential that could make the call.',
  upstream_failed: 'The provider failed, or its connection broke.',
  upstream_error: 'The provider failed.',
  upstream_timeout: 'The provider did not answer in time.',
  upstream_rejected: 'The provider refused the request.',
  caller_gone: 'The caller hung up before the answer was complete.',
  caller_stalled: 'The caller stopped reading the answer.',
  unavailable: 'Claviger could not take the call just then.',
  internal: 'Something in Claviger failed.',
}

export function wordsOfError(code: string): string {
  return WORDS[code] ?? 'The call failed.'
}
