import { existsSync, readFileSync, statSync } from 'node:fs'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import type { Output } from '../contract/operation.ts'
import type { setupComplete } from '../contract/setup.ts'
import { setupTokenPath } from '../data-directory.ts'
import { lockSetup } from '../db/setup.ts'
import { createDemoProvider } from './demo.ts'
import { createSetupToken, setUpHeadless } from './setup.ts'

const OWNER = { organization: 'Acme', email: 'ada@example.com', name: 'Ada Lovelace' }

async function setupToken(app: TestApp): Promise<string> {
  const token = await createSetupToken(app)
  if (token === null) throw new Error('this installation is set up already')
  return token
}

function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${url}/api/v1/setup`, { method: 'POST', headers, body: JSON.stringify(body) })
}

test('the one-time token makes the organization, its owner and a token that works, and is then forgotten', async () => {
  await using app = await testApp()
  const url = await app.serve()
  const token = await setupToken(app)
  const path = setupTokenPath(app.config.dataDir)
  expect(readFileSync(path, 'utf8').trim()).toBe(token)
  expect(statSync(path).mode & 0o777).toBe(0o600)

  const answer = await post(url, { ...OWNER, email: 'Ada@Example.com', setupToken: token })
  expect(answer.status).toBe(200)
  const {
    organization,
    user,
    token: ownerToken,
    secret,
  } = (await answer.json()) as Output<typeof setupComplete>
  expect(organization).toMatchObject({ name: 'Acme' })
  expect(user).toMatchObject({ name: 'Ada Lovelace', email: 'ada@example.com' })
  expect(ownerToken).toMatchObject({ role: 'owner', teamId: null, userId: user.id })
  expect(existsSync(path)).toBe(false)

  const signedIn = await fetch(`${url}/api/v1/organization`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  expect(await signedIn.json()).toEqual(organization)
  const audited = await app.db
    .selectFrom('auditEvents')
    .select(['action', 'actorKind'])
    .orderBy('seq')
    .execute()
  expect(audited).toEqual(
    ['organization.create', 'user.create', 'grant.create', 'token.create'].map((action) => ({
      action,
      actorKind: 'setup',
    })),
  )

  expect((await post(url, { ...OWNER, setupToken: token })).status).toBe(404)
  expect((await fetch(`${url}/setup`)).status).toBe(404)
  expect(await createSetupToken(app)).toBeNull()
})

test('once it is set up, strangers who ask again cost no query', async () => {
  await using app = await testApp()
  const url = await app.serve()
  const token = await setupToken(app)
  expect((await post(url, { ...OWNER, setupToken: token })).status).toBe(200)
  expect((await post(url, { ...OWNER, setupToken: token })).status).toBe(404)
  await app.db.transaction().execute(async (db) => {
    // Whoever looked would have to wait for this.
    await sql`lock table organization, setup_links in access exclusive mode`.execute(db)
    await lockSetup(db)
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => post(url, { ...OWNER, setupToken: token })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]))
    expect((await fetch(`${url}/setup`)).status).toBe(404)
  })
})

test('of many who race with the same token, one becomes the owner', async () => {
  await using app = await testApp()
  const url = await app.serve()
  const token = await setupToken(app)
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      post(url, { ...OWNER, email: `racer-${index}@example.com`, setupToken: token }),
    ),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(404)])
  expect(await app.db.selectFrom('users').selectAll().execute()).toHaveLength(1)
  expect(await app.db.selectFrom('apiTokens').selectAll().execute()).toHaveLength(1)
})

test('two different tokens that race make one owner as well', async () => {
  await using app = await testApp()
  const url = await app.serve()
  const tokens = [await setupToken(app), await setupToken(app)]
  const answers = await Promise.all(tokens.map((token) => post(url, { ...OWNER, setupToken: token })))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404])
})

test.each([
  ['wrong', async () => 'cvg_setup_guess'],
  [
    'expired',
    async (app: TestApp) => {
      const token = await setupToken(app)
      await sql`update setup_links set expires_at = now()`.execute(app.db)
      return token
    },
  ],
])('a %s token sets nothing up, and says what to do', async (_, tokenOf) => {
  await using app = await testApp()
  const url = await app.serve()
  const answer = await post(url, { ...OWNER, setupToken: await tokenOf(app) })
  expect(answer.status).toBe(401)
  const detail = expect.stringContaining('Restart Claviger to get a new one.')
  expect(await answer.json()).toMatchObject({ detail })
  expect(await app.db.selectFrom('organization').selectAll().execute()).toEqual([])
})

test('a token stays good when what came with it was malformed', async () => {
  await using app = await testApp()
  const url = await app.serve()
  const token = await setupToken(app)
  expect((await post(url, { ...OWNER, email: 'nobody', setupToken: token })).status).toBe(400)
  expect((await post(url, { ...OWNER, setupToken: token })).status).toBe(200)
})

test('a headless set-up whose token cannot be kept sets nothing up, and can be repeated', async () => {
  await using app = await testApp()
  const full = () => {
    throw new Error('no space left on device')
  }
  await expect(setUpHeadless(app, OWNER, full)).rejects.toThrow('no space left')
  expect(await app.db.selectFrom('organization').selectAll().execute()).toEqual([])
  const kept: string[] = []
  expect(await setUpHeadless(app, OWNER, (secret) => kept.push(secret))).toBe(true)
  expect(await setUpHeadless(app, OWNER, (secret) => kept.push(secret))).toBe(false)
  expect(kept).toEqual([expect.stringMatching(/^cvg_tok_/)])
})

test('the demo provider is connected once, by several processes that start together', async () => {
  await using app = await testApp()
  const made = await Promise.all(Array.from({ length: 5 }, () => createDemoProvider(app)))
  expect(made.filter(Boolean)).toHaveLength(1)
  const providers = await app.db.selectFrom('providers').select(['name', 'kind', 'baseUrl']).execute()
  expect(providers).toEqual([{ name: 'demo', kind: 'demo', baseUrl: 'demo:' }])
  expect(await app.db.selectFrom('credentials').select('name').execute()).toEqual([{ name: 'demo' }])
})
