import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { exportSPKI, type JWTHeaderParameters, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { issuerKeys, readUnproved, verifyWorkloadToken, type WorkloadJwks } from './jwt.ts'

const ISSUER = 'https://cluster.example.com'
const AUDIENCE = 'https://claviger.example.com'
const NOW = new Date('2026-03-01T12:00:00Z')
const SECONDS = NOW.getTime() / 1000
const SUBJECT = 'system:serviceaccount:shop:checkout'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwkOf = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' })
const jwks = { keys: [jwkOf(rsa.publicKey, 'one')] } as WorkloadJwks

type Change = { claims?: object; header?: object; key?: KeyObject }

function sign({ claims = {}, header = {}, key = rsa.privateKey }: Change = {}): Promise<string> {
  const whole = { iss: ISSUER, aud: AUDIENCE, sub: SUBJECT, exp: SECONDS + 600, iat: SECONDS, ...claims }
  const head: JWTHeaderParameters = { alg: 'RS256', kid: 'one', ...header }
  return new SignJWT(whole).setProtectedHeader(head).sign(key)
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** `alg: HS256`, with the public key as the shared secret: what a verifier that trusts the header would believe. */
async function signedWithPublicKey(): Promise<string> {
  const [, payload] = (await sign()).split('.')
  const signed = `${encoded({ alg: 'HS256', kid: 'one' })}.${payload}`
  // jose exports what Web Crypto has and what Node has alike.
  const pem = await exportSPKI(rsa.publicKey)
  return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`
}

async function withoutSignature(alg: string): Promise<string> {
  const [, payload] = (await sign()).split('.')
  return `${encoded({ alg })}.${payload}.`
}

const verify = (
  token: string,
  keys: WorkloadJwks | null = jwks,
  discovered = issuerKeys(neverAsked, () => NOW),
) => verifyWorkloadToken(token, { issuer: ISSUER, audience: AUDIENCE, jwks: keys, discovered }, NOW)
const neverAsked: typeof fetch = () => Promise.reject(new Error('nobody is asked'))

test.each<[string, Change]>([
  ['one audience', {}],
  ['several audiences', { claims: { aud: ['https://other.example.com', AUDIENCE] } }],
  ['a clock that is a little ahead', { claims: { nbf: SECONDS + 20 } }],
])('a token of the issuer is believed: %s', async (_, change) => {
  expect(await verify(await sign(change))).toMatchObject({ iss: ISSUER, sub: SUBJECT })
})

describe('what is not right is refused, and says whether the issuer signed it', () => {
  const minted = { key: other.privateKey }
  const forged = true
  test.each<[string, () => Promise<string>, string, boolean]>([
    ['no signature', () => withoutSignature('none'), 'alg', forged],
    ['no signature, in capitals', () => withoutSignature('NONE'), 'alg', forged],
    ['the public key as a shared secret', signedWithPublicKey, 'alg', forged],
    ['a key of somebody else', () => sign(minted), 'signature', forged],
    [
      'a key that it brings',
      () => sign({ ...minted, header: { jwk: jwkOf(other.publicKey, 'one') } }),
      'own key',
      forged,
    ],
    [
      'an address of keys',
      () => sign({ ...minted, header: { jku: 'https://evil.example.com/jwks' } }),
      'jku',
      forged,
    ],
    [
      'an address of a certificate',
      () => sign({ header: { x5u: 'https://evil.example.com/c' } }),
      'x5u',
      forged,
    ],
    ['a certificate', () => sign({ header: { x5c: ['MII'] } }), 'x5c', forged],
    ['an unknown key', () => sign({ header: { kid: '../../one' } }), 'no applicable key', forged],
    ['a changed payload', async () => swapPayload(await sign()), 'signature', forged],
    ['not a token', async () => 'x.y.z', 'Invalid', forged],
    [
      'another issuer',
      () => sign({ claims: { iss: 'https://cluster.example.com.evil.com' } }),
      'iss',
      !forged,
    ],
    ['an issuer with a slash more', () => sign({ claims: { iss: `${ISSUER}/` } }), 'iss', !forged],
    ['another audience', () => sign({ claims: { aud: 'https://other.example.com' } }), 'aud', !forged],
    ['other audiences', () => sign({ claims: { aud: ['a', `${AUDIENCE}/`] } }), 'aud', !forged],
    ['no audience', () => sign({ claims: { aud: undefined } }), 'aud', !forged],
    ['expired', () => sign({ claims: { exp: SECONDS - 31 } }), 'exp', !forged],
    ['without an end', () => sign({ claims: { exp: undefined } }), 'exp', !forged],
    ['not yet valid', () => sign({ claims: { nbf: SECONDS + 31 } }), 'nbf', !forged],
    ['no subject', () => sign({ claims: { sub: undefined } }), 'sub', !forged],
  ])('%s', async (_, make, why, isForged) => {
    const refusal = expect.objectContaining({ message: expect.stringContaining(why), forged: isForged })
    await expect(verify(await make())).rejects.toEqual(refusal)
  })

  async function swapPayload(token: string): Promise<string> {
    const [head, , signature] = token.split('.')
    const claims = {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'system:serviceaccount:kube-system:root',
      exp: SECONDS + 600,
    }
    return `${head}.${encoded(claims)}.${signature}`
  }
})

test.each([
  ['nothing', ''],
  ['no claims', `${encoded({ alg: 'RS256' })}.${encoded({})}.x`],
  ['a subject that is no text', `${encoded({})}.${encoded({ iss: ISSUER, sub: 7 })}.x`],
  ['a NUL', `${encoded({})}.${encoded({ iss: ISSUER, sub: 'a\0' })}.x`],
  ['half a character', `${encoded({})}.${encoded({ iss: '\ud800', sub: 'a' })}.x`],
])('what cannot be looked up is no token: %s', (_, token) => {
  expect(() => readUnproved(token)).toThrow(/no JWT|no issuer/)
})

describe('keys by discovery', () => {
  /** An issuer whose answers and clock the test sets. */
  function issuer(published: { issuer?: string; keys?: object[]; status?: number } = {}) {
    const asked: string[] = []
    let ms = NOW.getTime()
    const ask: typeof fetch = async (input) => {
      asked.push(String(input))
      const { status = 200, keys = jwks.keys } = published
      const about = { issuer: published.issuer ?? ISSUER, jwks_uri: `${ISSUER}/keys` }
      return Response.json(String(input).endsWith('/keys') ? { keys } : about, { status })
    }
    const discovered = issuerKeys(ask, () => new Date(ms))
    return {
      asked,
      published,
      advance: (seconds: number) => {
        ms += seconds * 1000
      },
      verify: (token: string) => verify(token, null, discovered),
    }
  }

  test('are asked for once, however many tokens come at the same time', async () => {
    const { asked, verify } = issuer()
    const token = await sign()
    await Promise.all(Array.from({ length: 20 }, () => verify(token)))
    expect(asked).toEqual([`${ISSUER}/.well-known/openid-configuration`, `${ISSUER}/keys`])
  })

  test('a flood of invented key ids has them read again once a minute, no more', async () => {
    const { asked, verify, advance } = issuer()
    await verify(await sign())
    const flood = async (n: number) => {
      const tokens = await Promise.all(
        Array.from({ length: n }, (_, i) => sign({ key: other.privateKey, header: { kid: `kid-${i}` } })),
      )
      const results = await Promise.allSettled(tokens.map(verify))
      expect(results.every(({ status }) => status === 'rejected')).toBe(true)
    }
    await flood(30)
    expect(asked).toHaveLength(2)
    advance(61)
    await flood(30)
    expect(asked).toHaveLength(4)
  })

  test('a new key is believed after a minute, and one that is gone for ten at most', async () => {
    const { published, verify, advance } = issuer()
    const old = await sign()
    await verify(old)
    published.keys = [jwkOf(other.publicKey, 'two')]
    await verify(old)
    advance(61)
    await verify(await sign({ key: other.privateKey, header: { kid: 'two' } }))
    await expect(verify(old)).rejects.toThrow('no applicable key')
  })

  test.each([
    ['an issuer that calls itself otherwise', { issuer: 'https://evil.example.com' }, 'calls itself'],
    ['an issuer that is away', { status: 503 }, 'answers 503'],
    ['what are no keys', { keys: [{ nothing: 1 }] }, 'does not answer like one'],
  ])('%s is refused, is no forgery, and is asked again after a minute', async (_, published, why) => {
    const { asked, verify, advance } = issuer(published)
    const token = await sign()
    const refusal = expect.objectContaining({ message: expect.stringContaining(why), forged: false })
    await expect(verify(token)).rejects.toEqual(refusal)
    const before = asked.length
    await expect(verify(token)).rejects.toEqual(refusal)
    expect(asked).toHaveLength(before)
    advance(61)
    await expect(verify(token)).rejects.toEqual(refusal)
    expect(asked.length).toBeGreaterThan(before)
  })
})
