/** The one client there is: our own command line. It keeps no secret, so its name proves nothing. */
export const CLI_CLIENT_ID = 'claviger-cli'

/** What the command line asks for in the browser of its person (RFC 8252). */
export type AuthorizationRequest = {
  redirectUri: string
  /** SHA-256 of what only the command line knows, as base64url (RFC 7636). */
  challenge: string
  state: string
  clientName: string
}

export const AUTHORIZATION_FIELDS = [
  'response_type',
  'client_id',
  'redirect_uri',
  'code_challenge',
  'code_challenge_method',
  'state',
  'client_name',
] as const

export type AuthorizationFields = Record<(typeof AUTHORIZATION_FIELDS)[number], string>

/** What is asked for, or null: then nobody is sent anywhere, since the address may be somebody else's. */
export function readAuthorizationRequest(fields: AuthorizationFields): AuthorizationRequest | null {
  const { redirect_uri: redirectUri, code_challenge: challenge, state } = fields
  const ours = fields.response_type === 'code' && fields.client_id === CLI_CLIENT_ID
  // Only S256: with `plain`, or without a challenge, whoever sees the code could use it.
  if (!ours || fields.code_challenge_method !== 'S256') return null
  if (!isLoopback(redirectUri)) return null
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge) || !/^[A-Za-z0-9_-]{16,128}$/.test(state)) return null
  return { redirectUri, challenge, state, clientName: readClientName(fields.client_name) }
}

/**
 * A port of this very machine, at the one path that the command line listens on. Compared as text: there is one way to
 * write it, so no two readers can understand it differently. Not `localhost`, which a name server may answer for.
 */
function isLoopback(uri: string): boolean {
  const port = /^http:\/\/127\.0\.0\.1:([1-9]\d{0,4})\/callback$/.exec(uri)?.[1]
  return port !== undefined && Number(port) <= 65_535
}

const MAX_NAME = 60

/** What a client calls itself, without what could steer how it is read. */
export function readClientName(text: string | null): string {
  const name = (text ?? '')
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .slice(0, MAX_NAME)
  return name === '' ? 'a command line' : name
}
