import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReset, sendReset } from '../../src/actions/password-reset.ts'
import { setPassword } from '../../src/actions/passwords.ts'
import { visitOf } from '../../src/app.ts'
import { operations } from '../../src/contract/all.ts'
import { samples } from '../api-samples.ts'
import { fingerprint } from '../fingerprint.ts'
import { createWorld, type World } from '../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

const PASSWORD = 'seven quiet herons by the weir'

/** Pages that a link may lead to, as somebody who is signed in sees them and as anybody else does. */
const PAGES = [
  '/',
  '/sign-in',
  '/sign-in/factor',
  '/sign-in/enrol',
  '/reset',
  '/reset/cvg_rst_none',
  '/invite/cvg_inv_none',
  '/account',
  '/email/cvg_emc_none',
  '/step-up/stp_none',
  '/training/doc_none',
  '/access-requests/acr_none',
  '/delivery/dlv_none',
  '/setup',
  '/device',
  '/oauth/authorize',
  '/api/docs',
  '/api/v1/openapi.json',
]

/** Signs in as in a browser, and returns what that sets. */
async function signIn(): Promise<{ set: string[]; cookie: string }> {
  const { app, api, make, name } = world
  const email = `${name()}@example.com`
  const { id } = await make('userCreate', { body: { email, name: 'Somebody' } })
  await setPassword(app.as(), id, PASSWORD)
  const answer = await fetch(`${api.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: new URL(app.config.url).origin },
    body: new URLSearchParams({ email, password: PASSWORD, to: '/' }),
  })
  const set = answer.headers.getSetCookie()
  const kept = set.map((one) => one.replace(/;.*/, '')).filter((one) => !one.endsWith('='))
  return { set, cookie: kept.join('; ') }
}

/** What is a person's alone is asked in their session. */
function tokenFor(name: string): string {
  return samples[name]?.place === 'person' ? world.tokens.person : world.tokens.owner
}

test('25: each cookie is for this host alone, out of reach of scripts and of plain connections', async () => {
  const { set, cookie } = await signIn()
  expect(set.length).toBeGreaterThan(1)
  for (const one of set) {
    expect(one).toMatch(
      /^__Host-claviger[a-z-]*=[^;]*; Path=\/; Max-Age=\d+; Secure; HttpOnly; SameSite=Lax$/,
    )
  }
  const open = (sent: string) =>
    fetch(`${world.api.url}/device`, { redirect: 'manual', headers: { cookie: sent } })
  expect((await open(cookie)).status).toBe(200)
  // A neighbour's cookie beside ours makes it none, and one without the prefix never is.
  const planted = cookie.replace(/=[^;]*/, '=planted')
  expect((await open(`${planted}; ${cookie}`)).status).toBe(303)
  expect((await open(cookie.replaceAll('__Host-', ''))).status).toBe(303)
})

const TELL_OF_A_LOOK = new Set(['usageReport', 'requestList', 'requestView', 'keyTraffic'])

describe('27: looking changes nothing, however one asks', () => {
  const OVERRIDES = {
    'x-http-method-override': 'DELETE',
    'x-http-method': 'DELETE',
    'x-method-override': 'DELETE',
  }

  test.each(
    operations
      .filter(({ method, download }) => method === 'GET' && download === null)
      .map((one) => [one.name, one] as const),
  )('%s', async (name, operation) => {
    const input = (await samples[name]?.input(world)) ?? {}
    const before = await fingerprint(world.app.db)
    const answer = await world.api.send(operation, input, { token: tokenFor(name), headers: OVERRIDES })
    expect(answer.status).toBe(200)
    const after = await fingerprint(world.app.db)
    // That somebody looked at the usage of others is told.
    if (TELL_OF_A_LOOK.has(name)) after.audit_events = before.audit_events ?? ''
    expect(after).toEqual(before)
  })

  test('nor does opening any page', async () => {
    const { cookie } = await signIn()
    const before = await fingerprint(world.app.db)
    for (const path of [...PAGES, '/sign-out']) {
      for (const headers of [{}, { cookie }]) {
        await fetch(`${world.api.url}${path}`, { redirect: 'manual', headers: { ...headers, ...OVERRIDES } })
      }
    }
    expect(await fingerprint(world.app.db)).toEqual(before)
  })
})

test('28: no other site reads an answer, nor is told that it might', async () => {
  const { cookie } = await signIn()
  const owner = { authorization: `Bearer ${world.tokens.owner}` }
  for (const path of ['/api/v1/keys', '/api/v1/tokens/self', '/api/v1/nothing', ...PAGES]) {
    for (const method of ['GET', 'OPTIONS']) {
      for (const headers of [owner, { cookie }]) {
        const answer = await fetch(`${world.api.url}${path}`, {
          method,
          redirect: 'manual',
          headers: {
            ...headers,
            origin: 'https://evil.example',
            'access-control-request-method': 'DELETE',
            'access-control-request-headers': 'authorization',
          },
        })
        const allowed = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))
        expect(allowed, `${method} ${path}`).toEqual([])
      }
    }
  }
})

test('29, 30: every page runs no script, is framed by nobody, and sends nothing elsewhere', async () => {
  const { cookie } = await signIn()
  for (const path of PAGES) {
    for (const headers of [{}, { cookie }]) {
      const answer = await fetch(`${world.api.url}${path}`, { redirect: 'manual', headers })
      const policy = answer.headers.get('content-security-policy') ?? ''
      expect(policy, path).toMatch(/default-src 'none'/)
      expect(policy, path).toMatch(/frame-ancestors 'none'/)
      expect(policy, path).not.toMatch(/unsafe|\*|https?:|data:/)
      expect(await answer.text(), path).not.toMatch(/<script(?![^>]* src="\/)|\son\w+=|javascript:/i)
    }
  }
})

test('44: who loses the address of their account is told there, and links that went there open nothing', async () => {
  const { app, make, name } = world
  const email = `${name()}@example.com`
  const { id: userId } = await make('userCreate', { body: { email, name: 'Somebody' } })
  const link = await sendReset(app.as(), { id: userId, email })
  const token = link.split('/').at(-1) ?? ''
  expect(await openReset(visitOf(app), token)).toMatchObject({ userId })
  await make('userUpdate', { params: { userId }, body: { email: `${name()}@example.com` } })
  const told = await app.db
    .selectFrom('notices')
    .select(['kind', 'email'])
    .where('email', '=', email)
    .execute()
  expect(told).toContainEqual({ kind: 'user.address', email })
  await expect(openReset(visitOf(app), token)).rejects.toMatchObject({ code: 'not_found' })
})

test('84, 86: an installation is one organization: nothing makes a second, and nothing deletes it', () => {
  expect(operations.filter(({ name }) => /^organization(?!View$|Update$)/.test(name))).toEqual([])
  expect(operations.filter(({ path, method }) => method === 'DELETE' && /organization/.test(path))).toEqual(
    [],
  )
})
