import { createPublicKey, randomBytes } from 'node:crypto'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Browser, Page } from '../../test/cookie-browser.ts'
import { databaseText } from '../../test/database-text.ts'
import { type FakeIdp, fakeIdp } from '../../test/fake-idp.ts'
import { type OidcProvider, oidcProvider } from '../../test/oidc-provider.ts'
import { problemOn, type SsoWorld, ssoWorld } from '../../test/sso-world.ts'
import { SESSION_COOKIE, SSO_COOKIE } from '../cookies.ts'

let world: SsoWorld
/** An honest provider, and a hostile one. */
let okta: OidcProvider
let evil: FakeIdp
let honest: string
let hostile: string
beforeAll(async () => {
  world = await ssoWorld()
  okta = await oidcProvider({ url: world.app.config.url })
  okta.accounts = {
    ada: { email: 'ada@acme.test', email_verified: true },
    mallory: { email: 'mallory@acme.test', email_verified: true },
  }
  evil = await fakeIdp()
  honest = await world.connect(okta, { name: 'Okta', domains: ['acme.test'] })
})
afterAll(async () => {
  await evil[Symbol.asyncDispose]()
  await okta[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

let people = 0
/** A fresh connection to the hostile provider, which does everything right again; and somebody new there. */
beforeEach(async () => {
  people += 1
  const name = `evil-${people}`
  Object.assign(evil, {
    metadata: {},
    person: { sub: name, email: `${name}@${name}.test`, email_verified: true },
    idToken: (claims: Record<string, unknown>) => evil.sign(claims),
    callback: () => {},
    answer: {},
    asked: [],
  })
  hostile = await world.connect(evil, { name, domains: [`${name}.test`] })
})

const callbackPath = () => `${world.app.config.url}/sso/callback`
const sessions = async () => (await world.app.db.selectFrom('sessions').select('id').execute()).length

/** Goes up to the way back, and no step further: its address. */
async function upToCallback(browser: Browser, connectionId: string): Promise<URL> {
  let page = await browser.step(`/sso/${connectionId}/start`)
  for (let i = 0; i < 10; i++) {
    const to = new URL(page.headers.get('location') ?? '', page.url)
    if (to.href.startsWith(callbackPath())) return to
    page = await browser.step(to.href)
  }
  throw new Error(`there was no way back: ${page.status} ${page.url} ${page.text}`)
}

/** Nobody is signed in, and it is in the audit trail. */
async function expectRefused(
  work: () => Promise<Page>,
  status: number,
  words: string | RegExp,
): Promise<Page> {
  const before = await sessions()
  const page = await work()
  expect([page.status, problemOn(page)]).toEqual([status, expect.stringMatching(words)])
  expect(page.headers.getSetCookie().filter((set) => set.startsWith(`${SESSION_COOKIE}=`))).toEqual([])
  expect(await sessions()).toBe(before)
  return page
}

const reasons = async () => {
  const events = await world.app.db
    .selectFrom('auditEvents')
    .select('reason')
    .where('action', '=', 'session.create')
    .where('result', '=', 'failed')
    .orderBy('seq', 'desc')
    .limit(1)
    .execute()
  return events[0]?.reason ?? ''
}

const BEGAN_NOTHING = 'began no such sign-in'
const NOT_SIGNED_IN = 'did not sign you in'
const signIn = (connectionId = hostile) => world.open().go(`/sso/${connectionId}/start?to=/device`)
const refused = () => expectRefused(() => signIn(), 401, NOT_SIGNED_IN)

test('the hostile provider signs people in while it does everything right', async () => {
  expect((await signIn()).url).toBe(`${world.app.config.url}/device`)
})

describe('45: state', () => {
  test('is that of this browser, and is good once', async () => {
    okta.person = 'ada'
    const browser = world.open()
    const to = await upToCallback(browser, honest)
    const other = world.open()
    await expectRefused(() => other.go(to.href), 401, BEGAN_NOTHING)
    await other.step(`/sso/${honest}/start`)
    await expectRefused(() => other.go(to.href), 401, BEGAN_NOTHING)
    const jar = browser.cookies(to.origin)
    const cookie = jar.get(SSO_COOKIE) ?? ''
    expect((await browser.go(to.href)).url).toBe(`${world.app.config.url}/`)
    jar.set(SSO_COOKIE, cookie)
    await expectRefused(() => browser.step(to.href), 401, BEGAN_NOTHING)
  })

  test.each([
    ['missing', (to: URL) => to.searchParams.delete('state')],
    ['another', (to: URL) => to.searchParams.set('state', randomBytes(32).toString('base64url'))],
    ['empty', (to: URL) => to.searchParams.set('state', '')],
  ])('%s is refused', async (_, change) => {
    const browser = world.open()
    const to = await upToCallback(browser, honest)
    change(to)
    await expectRefused(() => browser.go(to.href), 401, BEGAN_NOTHING)
  })

  test('twice is refused', async () => {
    const browser = world.open()
    const to = await upToCallback(browser, honest)
    to.searchParams.append('state', 'another')
    await expectRefused(() => browser.go(to.href), 401, NOT_SIGNED_IN)
  })

  test('is too old after ten minutes', async () => {
    const browser = world.open()
    const to = await upToCallback(browser, honest)
    await world.app.db
      .updateTable('ssoAttempts')
      .set({ expiresAt: new Date(Date.now() - 1) })
      .execute()
    await expectRefused(() => browser.go(to.href), 401, BEGAN_NOTHING)
  })
})

describe('46: nonce', () => {
  test.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ['missing', ({ nonce: _, ...claims }) => claims],
    ['another', (claims) => ({ ...claims, nonce: 'another' })],
    ['a list', (claims) => ({ ...claims, nonce: [claims.nonce] })],
  ])('%s is refused', async (_, change) => {
    evil.idToken = (claims) => evil.sign(change(claims))
    await refused()
  })

  test('an ID token is good for its own sign-in alone', async () => {
    let first: string | undefined
    evil.idToken = async (claims) => {
      first ??= await evil.sign(claims)
      return first
    }
    expect((await signIn()).status).toBe(200)
    await refused()
  })
})

describe('47: PKCE', () => {
  test('is S256, and there for every provider', async () => {
    for (const id of [honest, hostile]) {
      const { headers } = await world.open().step(`/sso/${id}/start`)
      const { searchParams } = new URL(headers.get('location') ?? '')
      expect(searchParams.get('code_challenge_method')).toBe('S256')
      expect(searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    }
  })

  test('a code of another browser is worth nothing', async () => {
    okta.person = 'mallory'
    const stolen = (await upToCallback(world.open(), honest)).searchParams.get('code') ?? ''
    okta.person = 'ada'
    const browser = world.open()
    const to = await upToCallback(browser, honest)
    to.searchParams.set('code', stolen)
    await expectRefused(() => browser.go(to.href), 401, /did not sign you in. It says: invalid_grant/)
  })
})

describe('48: mix-up', () => {
  test('what one provider answered is never taken to another', async () => {
    okta.person = 'ada'
    const victim = world.open()
    const asked = await victim.step(`/sso/${hostile}/start`)
    const state = new URL(asked.headers.get('location') ?? '').searchParams.get('state') ?? ''
    const answered = await upToCallback(world.open(), honest)
    answered.searchParams.set('state', state)
    await expectRefused(() => victim.go(answered.href), 401, NOT_SIGNED_IN)
    expect(await reasons()).toContain('"iss"')
    expect(evil.asked).not.toContain('/token')
  })

  test('the provider that says that it names itself has to', async () => {
    evil.metadata = { authorization_response_iss_parameter_supported: true }
    await refused()
    expect(evil.asked).not.toContain('/token')
  })

  test('one that names itself otherwise is refused', async () => {
    evil.callback = (parameters) => parameters.set('iss', `${evil.issuer}/`)
    await refused()
  })
})

describe('49: the signature of an ID token', () => {
  const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

  test('is not left out', async () => {
    evil.idToken = (claims) => `${base64url({ alg: 'none' })}.${base64url(claims)}.`
    await refused()
    evil.metadata = { id_token_signing_alg_values_supported: ['none', 'RS256'] }
    await refused()
  })

  test('is not made with the public key, or the client secret, as a password', async () => {
    evil.metadata = { id_token_signing_alg_values_supported: ['HS256', 'RS256'] }
    const pem = createPublicKey({ key: evil.publicJwk, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    })
    for (const password of [`${pem}`, `${pem}`.trim(), JSON.stringify(evil.publicJwk), evil.clientSecret]) {
      const secret = new TextEncoder().encode(password)
      evil.idToken = (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret)
      await refused()
    }
  })

  test('is not made with a key that the token brings', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    const { publicKey } = await generateKeyPair('RS256', { extractable: true })
    const jwk = await crypto.subtle.exportKey('jwk', publicKey)
    for (const brought of [{ jwk }, { jku: `${evil.issuer}/jwks2` }, { x5u: `${evil.issuer}/x5u` }, {}]) {
      evil.idToken = (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one', ...brought }).sign(privateKey)
      await refused()
    }
    expect(evil.asked).not.toContain('/jwks2')
  })

  test('with keys that nobody knows has the keys read again at most once a minute', async () => {
    let kids = 0
    evil.idToken = (claims) => evil.sign(claims, { kid: `unknown-${kids++}` })
    for (let i = 0; i < 5; i++) await refused()
    expect(evil.asked.filter((path) => path === '/jwks')).toHaveLength(1)
  })
})

describe('50: the claims of an ID token', () => {
  const now = () => Math.floor(Date.now() / 1000)
  test.each<[string, () => Record<string, unknown>]>([
    ['for somebody else', () => ({ aud: 'another' })],
    ['for us and others, of nobody', () => ({ aud: ['claviger', 'another'] })],
    ['for us and others, of another', () => ({ aud: ['claviger', 'another'], azp: 'another' })],
    ['for nobody', () => ({ aud: undefined })],
    ['of an issuer with a slash more', () => ({ iss: `${evil.issuer}/` })],
    ['of another issuer', () => ({ iss: okta.issuer })],
    ['that is over', () => ({ iat: now() - 400, exp: now() - 62 })],
    ['that never ends', () => ({ exp: undefined })],
    ['that does not hold yet', () => ({ nbf: now() + 120 })],
    ['of the future', () => ({ iat: now() + 120 })],
    ['of nobody', () => ({ sub: undefined })],
    ['of a number', () => ({ sub: 7 })],
  ])('one %s is refused', async (_, change) => {
    evil.idToken = (claims) => evil.sign({ ...claims, ...change() })
    await refused()
  })

  test('a clock that is a minute off is not', async () => {
    evil.idToken = (claims) => evil.sign({ ...claims, iat: now() + 30, exp: now() - 30 })
    expect((await signIn()).status).toBe(200)
  })
})

describe('51: an account', () => {
  test('is not taken by the same subject of another provider, nor by the same address', async () => {
    okta.person = 'ada'
    await signIn(honest)
    const users = async () => (await world.app.db.selectFrom('users').select('id').execute()).length
    const before = await users()
    evil.person = { sub: 'ada', email: 'ada@acme.test', email_verified: true }
    await expectRefused(() => signIn(), 403, 'is not there')
    expect(await users()).toBe(before)
  })

  test('is not taken by info of somebody else', async () => {
    evil.metadata = { userinfo_endpoint: `${evil.issuer}/userinfo` }
    evil.answer['/userinfo'] = (_, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ sub: 'another', email: 'x@acme.test', email_verified: true }))
    await refused()
  })
})

describe('53: where a provider sends us', () => {
  const addresses = [
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00::1]/',
    'http://192.0.2.7/',
    'http://metadata.google.internal/',
    'file:///etc/passwd',
    'data:application/json,{}',
  ]
  test.each(
    ['token_endpoint', 'jwks_uri', 'userinfo_endpoint'].flatMap((field) =>
      addresses.map((address) => [field, address] as const),
    ),
  )('%s is not asked at %s', async (field, address) => {
    evil.metadata = { [field]: address }
    await refused()
  })

  test.each([
    'javascript:alert(1)',
    'http://evil.example/authorize',
    'data:text/html,x',
    '//evil.example',
    undefined,
  ])('people are not sent to %s', async (address) => {
    evil.metadata = { authorization_endpoint: address }
    const page = await expectRefused(() => world.open().step(`/sso/${hostile}/start`), 401, NOT_SIGNED_IN)
    expect(page.headers.get('location')).toBeNull()
  })

  test.each(['/.well-known/openid-configuration', '/token', '/jwks'])(
    'a redirect of %s is not followed',
    async (path) => {
      evil.answer[path] = (_, response) =>
        void response.writeHead(302, { location: `${okta.issuer}${path}` }).end()
      await refused()
    },
  )

  test('a provider that calls itself otherwise is none of ours', async () => {
    for (const issuer of [okta.issuer, `${evil.issuer}/`, undefined]) {
      evil.metadata = { issuer }
      evil.idToken = (claims) => evil.sign({ ...claims, iss: issuer })
      await refused()
      hostile = await world.connect(evil, { domains: [] })
    }
  })
})

describe('54: an answer', () => {
  const kinds: [string, (typeof evil.answer)[string]][] = [
    [
      'of 50 MB',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.on('error', () => {})
        const piece = Buffer.alloc(1024 ** 2, 0x20)
        let left = 50
        const more = () => {
          while (left-- > 0) if (!response.write(piece)) return void response.once('drain', more)
          response.end('{}')
        }
        more()
      },
    ],
    [
      'in HTML',
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hi</h1>'),
    ],
    [
      'cut off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy())
      },
    ],
    [
      'of no JSON',
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"a"'),
    ],
    [
      'of a list',
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('[]'),
    ],
    ['of an error', (_, response) => void response.writeHead(500).end()],
  ]
  test.each(
    ['/.well-known/openid-configuration', '/token', '/jwks'].flatMap((path) =>
      kinds.map(([name, answer]) => [path, name, answer] as const),
    ),
  )('of %s %s signs nobody in', async (path, _, answer) => {
    evil.answer[path] = answer
    await refused()
  })

  test('that never comes is waited for ten seconds, and nobody else waits', async () => {
    evil.answer['/token'] = () => {}
    const began = Date.now()
    const waiting = signIn()
    okta.person = 'ada'
    expect((await signIn(honest)).status).toBe(200)
    expect(Date.now() - began).toBeLessThan(5_000)
    const page = await waiting
    expect([page.status, problemOn(page)]).toEqual([401, expect.stringContaining(NOT_SIGNED_IN)])
    expect(Date.now() - began).toBeLessThan(15_000)
  })
})

describe('55: an error of a provider', () => {
  test('is told by its code; its words are not put on our page', async () => {
    evil.callback = (parameters) => {
      parameters.delete('code')
      parameters.set('error', 'access_denied')
      parameters.set('error_description', '<script>alert(1)</script> Call 555-0100')
      parameters.set('error_uri', 'https://evil.example')
    }
    const page = await expectRefused(() => signIn(), 401, /did not sign you in. It says: access_denied/)
    for (const words of ['555-0100', 'alert(1)', 'evil.example']) expect(page.text).not.toContain(words)
  })

  test('that is no code is not told', async () => {
    evil.callback = (parameters) => {
      parameters.delete('code')
      parameters.set('error', '<img src=x>')
    }
    const page = await expectRefused(() => signIn(), 401, 'unknown error')
    expect(page.text).not.toContain('<img')
  })
})

test('a confirmation takes a sign-in of just now, whatever the provider makes of that', async () => {
  const browser = world.open()
  await browser.go(`/sso/${hostile}/start`)
  const confirm = () => browser.go(`/sso/${hostile}/step-up/stp_of_nobody`)
  const now = Math.floor(Date.now() / 1000)
  for (const auth_time of [undefined, now - 600, String(now)]) {
    evil.idToken = (claims) => evil.sign({ ...claims, auth_time })
    await expectRefused(confirm, 401, NOT_SIGNED_IN)
  }
  evil.idToken = (claims) => evil.sign({ ...claims, auth_time: now })
  await expectRefused(confirm, 404, 'nothing to confirm')
})

test('nothing of a sign-in that could be used again lies in the database or the log', async () => {
  let idToken = ''
  evil.idToken = async (claims) => {
    idToken = await evil.sign(claims)
    return idToken
  }
  const browser = world.open()
  const to = await upToCallback(browser, hostile)
  const jar = browser.cookies(to.origin)
  const secrets = [evil.clientSecret, to.searchParams.get('state') ?? '', jar.get(SSO_COOKIE) ?? '']
  await browser.go(to.href)
  secrets.push(jar.get(SESSION_COOKIE) ?? '', idToken, idToken.split('.')[2] ?? '')
  evil.idToken = (claims) => evil.sign({ ...claims, aud: 'another' })
  await refused()
  const kept = `${await databaseText(world.app.db)}\n${world.app.logged.join('\n')}`
  expect(secrets.filter((secret) => secret.length < 20 || kept.includes(secret))).toEqual([])
})

describe('56: a sign-in that this browser did not begin', () => {
  test('is refused: no provider begins one, and nobody is signed in as somebody else', async () => {
    okta.person = 'mallory'
    const mallory = world.open()
    const to = await upToCallback(mallory, honest)
    const victim = world.open()
    await expectRefused(() => victim.go(to.href), 401, BEGAN_NOTHING)
    // With a cookie that a page of Mallory's planted, too: it is not the one of a browser that began this.
    victim.cookies(new URL(world.app.config.url).origin).set(SSO_COOKIE, 'cvg_sso_planted')
    await expectRefused(() => victim.go(to.href), 401, BEGAN_NOTHING)
    expect((await mallory.go(to.href)).url).toBe(`${world.app.config.url}/`)
  })

  test('is refused when the connection was archived or disabled meanwhile', async () => {
    const browser = world.open()
    const to = await upToCallback(browser, hostile)
    await world.app.db.transaction().execute(async (db) => {
      await db.insertInto('auditEvents').values(event()).execute()
      await db.updateTable('connections').set({ enabled: false }).where('id', '=', hostile).execute()
    })
    await expectRefused(() => browser.go(to.href), 404, 'Nobody can sign in there')
    expect(evil.asked).not.toContain('/token')
  })
})

function event() {
  return { id: `evt_${people}`, actorKind: 'job' as const, actorId: 'test', action: 'test', targetId: 'test' }
}
