import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type ControlPlane, operationNamed, serveControlPlane } from '../../test/control-plane.ts'
import { createSession, endSessions } from '../actions/sessions.ts'
import { confirmStepUp, requestStepUp } from '../actions/step-up.ts'
import { createToken } from '../actions/tokens.ts'
import { visitOf } from '../app.ts'
import { authenticate } from './authenticate.ts'
import { requestHashOf } from './step-up.ts'

let app: TestApp
let api: ControlPlane
let userId: string
beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
  userId = (await app.db.selectFrom('users').select('id').executeTakeFirstOrThrow()).id
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const signIn = (kind: 'browser' | 'cli') =>
  createSession(visitOf(app), { userId, kind, methods: ['pwd'], mfa: false })
const own = () => new URL(app.config.url).origin
const teamCreate = (headers: Record<string, string>) =>
  api.send(operationNamed('teamCreate'), { body: { name: `Team ${Math.random()}` } }, { headers })

describe('26: a cookie changes something only from a page of ours', () => {
  test.each<[string, (own: string) => Record<string, string>, number]>([
    ['from here', (own) => ({ origin: own }), 201],
    ['from here, as browsers say it', (own) => ({ origin: own, 'sec-fetch-site': 'same-origin' }), 201],
    ['from nowhere', () => ({}), 403],
    ['from a page without an origin', () => ({ origin: 'null' }), 403],
    ['from elsewhere', () => ({ origin: 'https://evil.example' }), 403],
    ['from a name that begins the same', (own) => ({ origin: `${own}.evil.example` }), 403],
    ['from another port', () => ({ origin: 'http://127.0.0.1:1' }), 403],
    ['from this site, but not from here', (own) => ({ origin: own, 'sec-fetch-site': 'same-site' }), 403],
  ])('%s', async (_, headers, status) => {
    const { secret } = await signIn('browser')
    const answer = await teamCreate({ cookie: `__Host-claviger=${secret}`, ...headers(own()) })
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.body.code).toBe('origin_refused')
  })

  test('reading needs no origin, and a cookie that is there twice is none', async () => {
    const { secret } = await signIn('browser')
    const read = (cookie: string) => api.send(operationNamed('teamList'), {}, { headers: { cookie } })
    expect((await read(`a=b; __Host-claviger=${secret}`)).status).toBe(200)
    expect((await read(`__Host-claviger=${secret}; __Host-claviger=x`)).status).toBe(401)
  })
})

test('137: the secret of one kind opens nothing that takes another', async () => {
  const browser = (await signIn('browser')).secret
  const cli = await signIn('cli')
  const read = (headers: Record<string, string>) => api.send(operationNamed('teamList'), {}, { headers })
  expect((await read({ authorization: `Bearer ${cli.secret}` })).status).toBe(200)
  for (const secret of [browser, cli.refresh ?? '']) {
    expect((await read({ authorization: `Bearer ${secret}` })).status).toBe(401)
  }
  for (const secret of [cli.secret, cli.refresh ?? '', api.owner]) {
    expect((await read({ cookie: `__Host-claviger=${secret}` })).status).toBe(401)
  }
})

test('with an Authorization header the cookie is not looked at', async () => {
  const { secret } = await signIn('browser')
  const headers = { authorization: 'Bearer nonsense', cookie: `__Host-claviger=${secret}` }
  expect((await api.send(operationNamed('teamList'), {}, { headers })).status).toBe(401)
})

test('a session that was ended opens nothing from then on', async () => {
  const { secret, sessionId } = await signIn('cli')
  const read = () => api.send(operationNamed('teamList'), {}, { token: secret })
  expect((await read()).status).toBe(200)
  expect(await endSessions(app.as(), { sessionId }, 'a test')).toBe(1)
  expect((await read()).status).toBe(401)
})

describe('42: a confirmation is for one request, once', () => {
  const body = { name: 'Confirmed', role: 'analyst', production: false }
  const operation = operationNamed('tokenCreate')
  const hashOf = (body: object) => requestHashOf('POST', '/api/v1/tokens', JSON.stringify(body))

  async function confirmed() {
    const { secret } = await signIn('cli')
    const presented = { cookie: null, method: 'GET', origin: null, fetchSite: null, ip: null }
    const { actor } = await authenticate(app, { ...presented, authorization: `Bearer ${secret}` })
    const ctx = app.as(actor)
    const id = await requestStepUp(ctx, { operation: 'tokenCreate', requestHash: hashOf(body) })
    return { secret, ctx, id, confirm: () => confirmStepUp(ctx, id, 'otp') }
  }
  const send = (token: string, id: string, what: object = body) =>
    api.send(operation, { body: what }, { token, headers: { 'x-step-up': id } })

  test('not before it is confirmed, then once, of many at the same time', async () => {
    const { secret, id, confirm } = await confirmed()
    expect((await send(secret, id)).body.code).toBe('step_up_required')
    await confirm()
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(secret, id)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ body }) => body.code === 'step_up_required')).toHaveLength(9)
    await expect(confirm()).rejects.toMatchObject({ code: 'not_found' })
  })

  test('of two changes that both found it confirmed, one gets it', async () => {
    const { ctx, id, confirm } = await confirmed()
    await confirm()
    const actor = { ...ctx.actor, stepUp: 'confirmed', stepUpId: id } as const
    const change = () => createToken({ ...ctx, actor }, { params: {}, query: {}, body })
    const done = await Promise.allSettled([change(), change(), change()])
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(
      done.filter((one) => one.status === 'rejected' && one.reason.code === 'step_up_required'),
    ).toHaveLength(2)
  })

  test('not for another request, nor in another session', async () => {
    const { secret, id, confirm } = await confirmed()
    await confirm()
    expect((await send(secret, id, { ...body, role: 'owner' })).body.code).toBe('step_up_required')
    const other = await signIn('cli')
    expect((await send(other.secret, id)).body.code).toBe('step_up_required')
    expect((await send(secret, id)).status).toBe(201)
  })

  test('not when it was left lying', async () => {
    const { secret, id, confirm } = await confirmed()
    await confirm()
    await app.db
      .updateTable('stepUps')
      .set({ expiresAt: new Date(0) })
      .where('id', '=', id)
      .execute()
    expect((await send(secret, id)).body.code).toBe('step_up_required')
  })
})
