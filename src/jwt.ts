import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { z } from 'zod'

/** Signatures with a public key only: a shared secret, or none, proves nothing of an issuer (RFC 8725, 3.1 and 3.2). */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
/** Headers in which a token would bring the key that proves it (RFC 7515, 4.1). */
const OWN_KEYS = ['jku', 'jwk', 'x5u', 'x5c']
const CLOCK_TOLERANCE_SECONDS = 30
const KEPT_MS = 600_000
const REFETCH_MS = 60_000

/** Why a token proves nothing. `forged`: nobody of the issuer signed it, as far as we can tell. */
export class TokenRefused extends Error {
  readonly forged: boolean
  constructor(message: string, forged: boolean, options?: ErrorOptions) {
    super(message, options)
    this.forged = forged
  }
}

export type WorkloadJwks = JSONWebKeySet
export type WorkloadClaims = JWTPayload & { iss: string; sub: string }

/** What a token says of itself, before anything of it is proved: good for choosing whom to ask, and for nothing else. */
export function readUnproved(token: string): WorkloadClaims {
  try {
    const { iss, sub, ...rest } = decodeJwt(token)
    if (isText(iss) && isText(sub)) return { ...rest, iss, sub }
  } catch (cause) {
    throw new TokenRefused('it is no JWT', true, { cause })
  }
  throw new TokenRefused('it names no issuer or no subject', true)
}

/** Text that can be looked up and written down. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && /^\P{C}+$/u.test(value)
}

/**
 * Proves a token of a workload: signed by its issuer with one of its keys, for this audience, and in its time. `jwks`
 * are the issuer's public keys; null finds them by discovery. Throws `TokenRefused`.
 */
export async function verifyWorkloadToken(
  token: string,
  expected: { issuer: string; audience: string; jwks: JSONWebKeySet | null; discovered: IssuerKeys },
  now: Date,
): Promise<WorkloadClaims> {
  const { issuer, audience, jwks, discovered } = expected
  try {
    const brought = OWN_KEYS.filter((name) => name in decodeProtectedHeader(token))
    if (brought.length > 0) throw new TokenRefused(`it brings its own key (${brought.join(', ')})`, true)
    const keys = jwks === null ? discovered.of(issuer) : createLocalJWKSet(jwks)
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      currentDate: now,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'sub'],
    })
    // Both are required above, and the issuer is the expected one.
    return payload as WorkloadClaims
  } catch (error) {
    throw refusalOf(error)
  }
}

/** jose checks the signature before any claim: a claim that fails is one that the issuer did sign. */
function refusalOf(error: unknown): TokenRefused {
  if (error instanceof TokenRefused) return error
  const signed = error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed
  const message = error instanceof Error ? error.message : String(error)
  return new TokenRefused(message, !signed, { cause: error })
}

/** The keys of issuers, as they publish them. */
export type IssuerKeys = { of(issuer: string): JWTVerifyGetKey }

type Kept = { at: number; keys: Promise<JSONWebKeySet> }

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.string() })
const Jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) })

/**
 * Finds the keys of issuers by OpenID Connect Discovery, and keeps them for ten minutes. An unknown key has them read
 * again, at most once a minute for an issuer, however many tokens with invented keys arrive; so has a failure.
 */
export function issuerKeys(ask: typeof fetch, clock: () => Date): IssuerKeys {
  const kept = new Map<string, Kept>()
  const keysOf = (issuer: string, oldestMs: number): Promise<JSONWebKeySet> => {
    const now = clock().getTime()
    const found = kept.get(issuer)
    if (found && now - found.at < oldestMs) return found.keys
    const keys = discover(ask, issuer)
    // What failed is asked again after a minute as well.
    keys.catch(() => kept.set(issuer, { at: now - KEPT_MS + REFETCH_MS, keys }))
    kept.set(issuer, { at: now, keys })
    return keys
  }
  return {
    of: (issuer) => async (header, token) => {
      const known = await keysOf(issuer, KEPT_MS)
      try {
        return await createLocalJWKSet(known)(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        return createLocalJWKSet(await keysOf(issuer, REFETCH_MS))(header, token)
      }
    },
  }
}

async function discover(ask: typeof fetch, issuer: string): Promise<JSONWebKeySet> {
  try {
    const about = Discovery.parse(
      await askJson(ask, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`),
    )
    if (about.issuer !== issuer) throw new Error(`it calls itself ${about.issuer}`)
    // Parsed as far as jose reads it; what is no key matches none.
    return Jwks.parse(await askJson(ask, about.jwks_uri)) as JSONWebKeySet
  } catch (cause) {
    const why = cause instanceof z.ZodError ? 'it does not answer like one' : (cause as Error).message
    throw new TokenRefused(`the keys of the issuer cannot be read: ${why}`, false, { cause })
  }
}

async function askJson(ask: typeof fetch, url: string): Promise<unknown> {
  const response = await ask(url, { headers: { accept: 'application/json' } })
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  return response.json()
}
