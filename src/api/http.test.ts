import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type Answer, type ControlPlane, issueToken, serveControlPlane } from '../../test/control-plane.ts'
import { authenticate } from '../auth/authenticate.ts'
import { ApiError, call } from '../contract/client.ts'
import { organizationView } from '../contract/organization.ts'
import { teamCreate, teamUpdate, teamView } from '../contract/teams.ts'
import { tokenRevoke } from '../contract/tokens.ts'
import { userUpdate } from '../contract/users.ts'
import { connect } from '../db/connect.ts'
import { formatKey, formatSecret } from '../domain/key-format.ts'
import { createApi } from './app.ts'

let app: TestApp
let api: ControlPlane
beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

type Raw = { method?: string; token?: string | null; type?: string; body?: string | Uint8Array<ArrayBuffer> }

/** Sends exactly these bytes, as the owner unless told otherwise. */
async function raw(path: string, { method = 'POST', token = api.owner, type, body }: Raw): Promise<Answer> {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(type === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}

const json = (body: string | Uint8Array<ArrayBuffer>) =>
  raw('/api/v1/teams', { type: 'application/json', body })

describe('a body', () => {
  test.each([
    ['is not JSON', '{"name":', ''],
    ['names a field twice', '{"name":"a","name":"b"}', '/name'],
    ['names a field twice, once escaped', '{"name":"a","n\\u0061me":"b"}', '/name'],
    ['names a field twice further in', '{"name":"a","x":[{"y":1,"y":2}]}', '/y'],
    ['carries __proto__', '{"name":"a","__proto__":{"admin":true}}', ''],
    ['carries an escaped __proto__', '{"name":"a","x":{"\\u005f_proto__":{}}}', ''],
    ['nests too deep', `{"name":${'['.repeat(70)}${']'.repeat(70)}}`, ''],
    ['lacks a field', '{}', '/name'],
    ['has a field of another type', '{"name":7}', '/name'],
    ['has a field we do not know', '{"name":"a","a/b~c":1}', '/a~1b~0c'],
    ['holds a NUL', '{"name":"a\\u0000b"}', '/name'],
    ['holds half a character', '{"name":"a\\ud800b"}', '/name'],
    ['holds half a character in a name', '{"name":"a","\\udc00":1}', ''],
    ['is no object', '[]', ''],
    ['is null', 'null', ''],
  ])('that %s is refused with 400, and the pointer says where', async (_, body, pointer) => {
    const answer = await json(body)
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(`/body${pointer}`)
  })

  test('that is not UTF-8 is refused', async () => {
    const bytes = Uint8Array.from([...Buffer.from('{"name":"'), 0xff, ...Buffer.from('"}')])
    expect((await json(bytes)).status).toBe(400)
  })

  test('with the same name in two different objects is fine', async () => {
    const answer = await json('{"name":"with \\"name\\": in it {[","x":[{"y":1},{"y":2}]}')
    expect(answer.body.errors).toEqual([{ pointer: '/body/x', detail: 'there is no such field' }])
  })

  test('of a million escapes is read without trouble', async () => {
    const answer = await json(`{"name":"${'\\n'.repeat(500_000)}"}`)
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, '/body/name'])
  })

  test('over 1 MiB is refused with 413', async () => {
    const answer = await json(`{"name":"${'x'.repeat(1024 * 1024)}"}`)
    expect([answer.status, answer.body.code]).toEqual([413, 'request_too_large'])
  })

  test.each([
    'text/plain',
    'application/json\ta',
    'application/json garbage',
    'application/json; charset=utf-16',
  ])('declared as %j is refused with 415', async (type) => {
    const answer = await raw('/api/v1/teams', { type, body: '{"name":"a"}' })
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type'])
  })

  test('is refused where there is nothing to say', async () => {
    const answer = await raw('/api/v1/tokens/tok_00000000000000000000000000/revoke', {
      type: 'application/json',
      body: '{}',
    })
    expect(answer.body.errors).toEqual([{ pointer: '/body', detail: 'this operation takes no body' }])
  })
})

describe('a query', () => {
  test('that names a parameter twice is refused', async () => {
    const answer = await raw('/api/v1/teams?limit=1&limit=2', { method: 'GET' })
    expect(answer.body.errors).toContainEqual({ pointer: '/query/limit', detail: 'given twice' })
  })

  test.each(['0', '201', 'x', '1e9', ''])('with limit=%j is refused', async (limit) => {
    expect((await raw(`/api/v1/teams?limit=${limit}`, { method: 'GET' })).status).toBe(400)
  })

  test.each(["' or 1=1 --", '__proto__', '%', '\u0000'])(
    'with %j as cursor harms nothing',
    async (cursor) => {
      const answer = await raw(`/api/v1/teams?cursor=${encodeURIComponent(cursor)}`, { method: 'GET' })
      expect([200, 400]).toContain(answer.status)
    },
  )
})

describe('a path', () => {
  test.each(['/', '/api', '/api/v1', '/api/v1/nothing', '/api/v2/teams', '/api/v1/teams/'])(
    '%s that leads nowhere is answered 404, as a problem',
    async (path) => {
      const answer = await raw(path, { method: 'GET' })
      expect([answer.status, answer.body.code]).toEqual([404, 'not_found'])
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      expect(answer.headers.get('x-request-id')).toBe(answer.body.request_id)
    },
  )

  test('that is known refuses another method with 405 and says which it takes', async () => {
    const answer = await raw('/api/v1/teams', { method: 'DELETE' })
    expect([answer.status, answer.body.code]).toEqual([405, 'method_not_allowed'])
    expect(answer.headers.get('allow')).toBe('POST, GET')
  })

  test.each(['%2e%2e', 'team_x', '..%2Fusers', '%00'])('with the id %s is refused', async (id) => {
    const answer = await raw(`/api/v1/teams/${id}`, { method: 'GET' })
    expect([400, 404]).toContain(answer.status)
  })
})

describe('signing in', () => {
  const view = (token: string | null) => raw('/api/v1/organization', { method: 'GET', token })

  test('without a token says how', async () => {
    const answer = await view(null)
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated'])
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
  })

  test('with a key of the gateway says that it is one', async () => {
    const answer = await view(formatKey('production', new Uint8Array(32).fill(7)))
    expect([answer.status, answer.body.detail]).toEqual([401, expect.stringContaining('key for the gateway')])
  })

  test('with a well-formed token that we never issued is refused', async () => {
    expect((await view(formatSecret('tok', new Uint8Array(32).fill(7)))).status).toBe(401)
  })

  test('with a wrong checksum is refused without asking the database', async () => {
    const wrong = `${api.owner.slice(0, -1)}${api.owner.endsWith('0') ? '1' : '0'}`
    const statements: string[] = []
    const watched = { ...app, db: new Proxy(app.db, { get: (_, name) => statements.push(String(name)) }) }
    await expect(authenticate(watched, presenting(wrong))).rejects.toThrow('not an API token')
    expect(statements).toEqual([])
    await expect(authenticate(watched, presenting(api.owner))).rejects.toThrow()
    expect(statements).not.toEqual([])
  })

  const presenting = (token: string) => ({
    authorization: `Bearer ${token}`,
    cookie: null,
    method: 'GET',
    origin: null,
    fetchSite: null,
    ip: null,
  })

  test('twice in one request is refused', async () => {
    expect((await view(`${api.owner}, Bearer ${api.owner}`)).status).toBe(401)
  })

  test.each(["' or 1=1 --", 'null', 'x'.repeat(7000)])('with %j is refused', async (token) => {
    expect((await view(token)).status).toBe(401)
  })

  test('ends when the token is revoked, expires, or its user is deactivated', async () => {
    const owner = api.client(api.owner)
    const revoked = await issueToken(app, { role: 'viewer' })
    const expired = await issueToken(app, {
      role: 'viewer',
      expiresAt: new Date(Date.now() + 3_000).toISOString(),
    })
    const deactivated = await issueToken(app, { role: 'viewer' })
    expect((await view(revoked.secret)).status).toBe(200)
    expect((await view(deactivated.secret)).status).toBe(200)

    await call(owner, tokenRevoke, { params: { tokenId: revoked.id } })
    await call(owner, userUpdate, { params: { userId: deactivated.userId }, body: { deactivated: true } })
    expect((await view(revoked.secret)).body.detail).toContain('revoked')
    const afterwards = async () => (await view(expired.secret)).body.detail
    await expect.poll(afterwards).toContain('expired')
    expect((await view(deactivated.secret)).body.detail).toContain('deactivated')
  })
})

describe('versions', () => {
  test('the ETag of what was read lets exactly one of two writers win', async () => {
    const owner = api.client(api.owner)
    const team = await call(owner, teamCreate, { body: { name: 'Contended' } })
    const shown = await api.send(teamView, { params: { teamId: team.id } }, { token: api.owner })
    expect(shown.headers.get('etag')).toBe(`"${team.version}"`)
    const write = (name: string) =>
      call(owner, teamUpdate, { params: { teamId: team.id }, body: { name } }, { ifMatch: team.version })
    const results = await Promise.allSettled([write('First'), write('Second')])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const lost = results.find((result) => result.status === 'rejected')
    expect(lost?.reason).toMatchObject({ status: 412, code: 'precondition_failed' })
  })

  test('an If-Match that is no ETag of ours is refused, not ignored', async () => {
    const headers = { 'if-match': 'W/"1"' }
    const answer = await api.send(organizationView, {}, { token: api.owner, headers })
    expect(answer.status).toBe(400)
  })
})

test('a name that is taken is a conflict, in words', async () => {
  const owner = api.client(api.owner)
  await call(owner, teamCreate, { body: { name: 'Taken' } })
  const again = call(owner, teamCreate, { body: { name: 'Taken' } })
  await expect(again).rejects.toThrow('There is already a team with this name.')
  await expect(again).rejects.toMatchObject({ status: 409, code: 'conflict' })
})

test('the client turns a problem into an error with its code, request id and fields', async () => {
  const error = await call(api.client(api.owner), teamCreate, { body: { name: '' } }).catch((error) => error)
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({
    status: 400,
    code: 'invalid_request',
    requestId: expect.stringMatching(/^req_/),
  })
  expect(error.errors[0].pointer).toBe('/body/name')
})

test('what we did not expect is internal, with nothing of it in the answer and all of it in the log', async () => {
  await using broken = await testApp()
  await using plane = await serveControlPlane(broken)
  await broken.db.schema.alterTable('teams').renameTo('elsewhere').execute()
  const answer = await plane.send(teamCreate, { body: { name: 'Lost' } }, { token: plane.owner })
  expect([answer.status, answer.body.code]).toEqual([500, 'internal'])
  expect(JSON.stringify(answer.body)).not.toContain('relation')
  expect(broken.logged.find((line) => line.includes(answer.body.request_id))).toContain('relation')
})

test('while the database is away the answer is unavailable, and says when to try again', async () => {
  const away = {
    url: 'postgres://nobody@127.0.0.1:1/nothing',
    name: 'away',
    max: 1,
    statementTimeoutMs: 1000,
  }
  const db = connect({ ...away, onError: () => {} })
  const server = createServer(createApi({ ...app, db })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A listening TCP server has an address of this shape.
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/organization`, {
    headers: { authorization: `Bearer ${api.owner}` },
  })
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
  expect(await response.json()).toMatchObject({ code: 'unavailable' })
  server.closeAllConnections()
  server.close()
  await db.destroy()
})

test('the description of the API is served from our own files, without scripts', async () => {
  const page = await fetch(`${api.url}/api/docs`)
  const text = await page.text()
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'")
  expect(text).toContain('id="teamCreate"')
  expect(text).not.toMatch(/<script|style=|(?:src|href)="(?!#|\/api\/)/)
  const document = await fetch(`${api.url}/api/v1/openapi.json`)
  expect(await document.json()).toMatchObject({ openapi: '3.1.0' })
  expect((await fetch(`${api.url}/api/docs.css`)).headers.get('content-type')).toContain('text/css')
})

test('29, 33: every answer forbids caching, sniffing and framing', async () => {
  for (const path of ['/api/v1/organization', '/api/v1/nothing', '/api/docs']) {
    const { headers } = await fetch(`${api.url}${path}`)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-request-id')).toMatch(/^req_/)
  }
})

test('behind a proxy we trust, the audit names the caller and not the proxy', async () => {
  await using proxied = await testApp({ trustedProxies: ['127.0.0.1'] })
  await using plane = await serveControlPlane(proxied)
  const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' }
  await plane.send(teamCreate, { body: { name: 'Far away' } }, { token: plane.owner, headers })
  await api.send(teamCreate, { body: { name: 'Pretending' } }, { token: api.owner, headers })
  const ipOf = async ({ db }: TestApp) =>
    (await db.selectFrom('auditEvents').select('ip').orderBy('seq', 'desc').executeTakeFirst())?.ip
  expect(await ipOf(proxied)).toBe('203.0.113.7')
  expect(await ipOf(app)).toBe('127.0.0.1')
})
