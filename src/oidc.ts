import { jwtVerify } from 'jose'
import * as client from 'openid-client'
import { z } from 'zod'
import { type Claims, mergeClaims } from './domain/claims.ts'
import { isSafeEndpoint } from './domain/issuer.ts'
import type { IssuerKeys } from './jwt.ts'

/** What an identity provider knows this installation by. */
export type Provider = { issuer: string; clientId: string; secret: string | null; scopes: readonly string[] }

/** What a browser that went to a provider must come back with. */
export type Expected = { state: string; nonce: string; verifier: string; maxAge?: number }

/** Why a provider proves nothing: for the log and the audit trail. `said` is its own error code, when it gave one. */
export class ProviderRefused extends Error {
  readonly said: string | null
  constructor(message: string, said: string | null, options?: ErrorOptions) {
    super(message, options)
    this.said = said
  }
}

/** A provider as it describes itself, ready to be asked. */
export type Discovered = client.Configuration

/** Signatures with a public key (RFC 8725, 3.1): what the providers of this world use. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']
const CLOCK_TOLERANCE_SECONDS = 60
/** https://openid.net/specs/openid-connect-backchannel-1_0.html, 2.4 */
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const MAX_LOGOUT_TOKEN_AGE = '10 minutes'

/** Asks the provider how it is to be asked (OpenID Connect Discovery 1.0). It must call itself what we call it. */
export async function discover(provider: Provider, ask: typeof fetch): Promise<Discovered> {
  const { issuer, clientId, secret } = provider
  try {
    const options = {
      [client.customFetch]: ask as client.CustomFetch,
      execute: [client.allowInsecureRequests],
    }
    const found = await client.discovery(new URL(issuer), clientId, undefined, client.None(), options)
    const { supportsPKCE: _, ...metadata } = found.serverMetadata()
    if (metadata.issuer !== issuer) throw new Error(`the provider calls itself ${metadata.issuer}`)
    const signs = metadata.id_token_signing_alg_values_supported ?? ['RS256']
    const algorithms = ALGORITHMS.filter((one) => signs.includes(one))
    if (algorithms.length === 0) throw new Error(`the provider signs with none of ${ALGORITHMS.join(', ')}`)
    const { authorization_endpoint: start } = metadata
    if (start === undefined || !isSafeEndpoint(start)) throw new Error(`people are not sent to ${start}`)
    const narrowed = { ...metadata, id_token_signing_alg_values_supported: algorithms }
    const known = new client.Configuration(
      narrowed,
      clientId,
      { [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS },
      authentication(secret, metadata.token_endpoint_auth_methods_supported),
    )
    known[client.customFetch] = ask as client.CustomFetch
    // Whom may be asked without TLS is what `ask` decides: this machine alone.
    client.allowInsecureRequests(known)
    client.enableNonRepudiationChecks(known)
    return known
  } catch (error) {
    throw refusalOf(error)
  }
}

/** Where to send the browser, and what it must come back with. PKCE is always S256 (RFC 7636). */
export async function begin(
  discovered: Discovered,
  { scopes }: Pick<Provider, 'scopes'>,
  redirectUri: string,
  { maxAge, loginHint }: { maxAge?: number; loginHint?: string } = {},
): Promise<{ url: string; expected: Expected }> {
  const verifier = client.randomPKCECodeVerifier()
  const expected = { state: client.randomState(), nonce: client.randomNonce(), verifier }
  const url = client.buildAuthorizationUrl(discovered, {
    redirect_uri: redirectUri,
    scope: scopes.join(' '),
    state: expected.state,
    nonce: expected.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
  })
  return { url: url.href, expected: { ...expected, ...(maxAge !== undefined && { maxAge }) } }
}

/** Who it is, proved: `claims` are those of the ID token, and of the user's info where the token says nothing. */
export type Proved = { subject: string; claims: Claims; sid: string | null }

/**
 * Takes what the browser brought back: checks `state` and `iss` (RFC 9207), exchanges the code, and checks the ID
 * token and its signature. Throws `ProviderRefused`.
 */
export async function finish(
  discovered: Discovered,
  redirectUri: string,
  brought: URLSearchParams,
  { state, nonce, verifier, maxAge }: Expected,
): Promise<Proved> {
  const callback = new URL(redirectUri)
  callback.search = brought.toString()
  try {
    const tokens = await client.authorizationCodeGrant(discovered, callback, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
      ...(maxAge !== undefined && { maxAge }),
    })
    const said = tokens.claims()
    if (said === undefined) throw new Error('there is no ID token')
    if (said.iat > Date.now() / 1000 + CLOCK_TOLERANCE_SECONDS)
      throw new Error('the ID token is of the future')
    const info =
      discovered.serverMetadata().userinfo_endpoint === undefined
        ? {}
        : await client.fetchUserInfo(discovered, tokens.access_token, said.sub)
    const claims = mergeClaims(said, info)
    return { subject: said.sub, claims, sid: typeof said.sid === 'string' ? said.sid : null }
  } catch (error) {
    throw refusalOf(error)
  }
}

/** What a provider says who signed out: one of its sessions, or all of one person. */
export type LogoutToken = { jti: string; expiresAt: Date; sid: string | null; subject: string | null }

const LogoutClaims = z
  .object({
    jti: z.string().min(1).max(500),
    iat: z.number(),
    exp: z.number(),
    sid: z.string().min(1).optional(),
    sub: z.string().min(1).optional(),
    nonce: z.never().optional(),
    events: z.looseObject({ [LOGOUT_EVENT]: z.looseObject({}) }),
  })
  .refine(({ sid, sub }) => sid !== undefined || sub !== undefined, 'it names neither a session nor a person')

/** Proves a token of back-channel logout (2.6 there). Throws `ProviderRefused`. */
export async function verifyLogoutToken(
  token: string,
  { issuer, clientId, keys }: { issuer: string; clientId: string; keys: IssuerKeys },
  now: Date,
): Promise<LogoutToken> {
  try {
    const { payload } = await jwtVerify(token, keys.of(issuer), {
      algorithms: ALGORITHMS,
      issuer,
      audience: clientId,
      currentDate: now,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      maxTokenAge: MAX_LOGOUT_TOKEN_AGE,
    })
    const { jti, exp, sid, sub } = LogoutClaims.parse(payload)
    return { jti, expiresAt: new Date(exp * 1000), sid: sid ?? null, subject: sub ?? null }
  } catch (error) {
    throw refusalOf(error)
  }
}

/** As the provider says that it takes it; by its default when it says nothing (RFC 8414, 2). */
function authentication(secret: string | null, methods = ['client_secret_basic']): client.ClientAuth {
  if (secret === null) return client.None()
  return methods.includes('client_secret_basic')
    ? client.ClientSecretBasic(secret)
    : client.ClientSecretPost(secret)
}

function refusalOf(error: unknown): ProviderRefused {
  if (error instanceof ProviderRefused) return error
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError) {
    const said = /^[a-z_]{1,60}$/.test(error.error) ? error.error : 'unknown error'
    return new ProviderRefused(`the provider answers ${said}`, said, { cause: error })
  }
  return new ProviderRefused(reasonOf(error), null, { cause: error })
}

/** The library says what it was about in the cause of its error. */
function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error)
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  return cause instanceof Error && cause.message !== message ? `${message}: ${cause.message}` : message
}
