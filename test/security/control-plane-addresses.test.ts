import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { recoverOwner } from '../../src/actions/recover-owner.ts'
import { openToEveryAddress } from '../../src/actions/security.ts'
import { createSession } from '../../src/actions/sessions.ts'
import { visitOf } from '../../src/app.ts'
import { SESSION_COOKIE } from '../../src/cookies.ts'
import { transaction } from '../../src/db/transaction.ts'
import { operationNamed } from '../control-plane.ts'
import { confirmed } from '../step-up.ts'
import { createWorld, type World } from '../world.ts'

const INSIDE = '203.0.113.7'
const OUTSIDE = '198.51.100.9'
const LIST = ['203.0.113.0/24', '2001:db8::/32']

let world: World
beforeAll(async () => {
  world = await createWorld({ trustedProxies: ['127.0.0.1/32'] })
})
afterAll(() => world?.[Symbol.asyncDispose]())
afterEach(() => transaction(world.app.as(), openToEveryAddress))

const from = (address: string) => ({ 'x-forwarded-for': address })
const self = (token: string, address: string) =>
  world.api.send(operationNamed('tokenSelf'), {}, { token, headers: from(address) })
const save = (body: object, address: string) =>
  world.api.send(
    operationNamed('securityUpdate'),
    { body },
    { token: world.tokens.owner, headers: from(address) },
  )

test('an API token and a session of the command line are taken from the addresses of the list alone', async () => {
  expect((await save({ ipAllowlist: LIST }, INSIDE)).status).toBe(200)
  for (const token of [world.tokens.owner, world.tokens.person, world.tokens.developer]) {
    expect((await self(token, INSIDE)).status).toBe(200)
    expect((await self(token, '2001:db8::1')).status).toBe(200)
    expect(await self(token, OUTSIDE)).toMatchObject({ status: 403, body: { code: 'ip_not_allowed' } })
  }
  expect((await self('cvg_tok_nothing', OUTSIDE)).status).toBe(401)
})

test('so is the session of a browser, for the API and for pages', async () => {
  const { userId } = await world.app.db.selectFrom('apiTokens').select('userId').executeTakeFirstOrThrow()
  const about = { userId: userId ?? '', kind: 'browser', methods: ['pwd'], mfa: false } as const
  const { secret } = await createSession(visitOf(world.app), about)
  await save({ ipAllowlist: LIST }, INSIDE)
  const open = (path: string, address: string) =>
    fetch(`${world.api.url}${path}`, {
      headers: { cookie: `${SESSION_COOKIE}=${secret}`, 'sec-fetch-site': 'same-origin', ...from(address) },
      redirect: 'manual',
    }).then(({ status }) => status)
  for (const path of ['/api/v1/tokens/self', '/training']) {
    expect(await open(path, INSIDE)).toBe(200)
    expect(await open(path, OUTSIDE)).toBe(403)
  }
})

test('a list that does not hold who saves it is refused, unless they say that they mean it', async () => {
  const refused = await save({ ipAllowlist: LIST }, OUTSIDE)
  expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect(refused.body.detail).toContain(OUTSIDE)
  expect((await self(world.tokens.owner, OUTSIDE)).status).toBe(200)
  expect((await save({ ipAllowlist: LIST, shutMeOut: true }, OUTSIDE)).body).toMatchObject({
    ipAllowlist: LIST,
  })
  expect((await self(world.tokens.owner, OUTSIDE)).status).toBe(403)
})

test('other settings are saved without a word about addresses, and what is no range is refused', async () => {
  expect((await save({ sessionHours: 100 }, OUTSIDE)).status).toBe(200)
  expect(await save({ ipAllowlist: ['10.0.0.1/8'] }, '10.0.0.1')).toMatchObject({ status: 400 })
})

test('it is confirmed like every change of how people sign in', async () => {
  const operation = operationNamed('securityUpdate')
  const sample = { body: { ipAllowlist: LIST } }
  const token = world.tokens.person
  const asked = await world.api.send(operation, sample, { token, headers: from(INSIDE) })
  expect(asked.body.code).toBe('step_up_required')
  const headers = { ...from(INSIDE), ...(await confirmed(world.app, token, operation, sample)) }
  expect((await world.api.send(operation, sample, { token, headers })).status).toBe(200)
})

test('who shut everybody out recovers an owner on the server itself, who is taken from everywhere', async () => {
  await save({ ipAllowlist: LIST, shutMeOut: true }, OUTSIDE)
  const tokenFile = join(world.app.config.dataDir, 'recovered')
  expect(await recoverOwner(world.app, { email: 'owner@example.com', tokenFile })).toBe(true)
  expect((await self(world.tokens.owner, OUTSIDE)).status).toBe(200)
})
