import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { StoredObjects } from '../../src/gateway/stored-objects.ts'
import { type GatewayWorld, gatewayWorld } from '../gateway-world.ts'
import { request, sendRaw } from './raw-client.ts'
import { BODY, CHAT } from './requests.ts'

let world: GatewayWorld
/** A key of another project, whose environment may use the same credentials. */
let stranger: string
/** Another key of the same project. */
let sibling: string

beforeAll(async () => {
  world = await gatewayWorld({ trustedProxies: ['127.0.0.1', '10.0.0.0/8', '2001:db8:ffff::/48'] })
  const project = await world.make('projectCreate', { body: { teamId: world.ids.team, name: 'Other' } })
  const place = { projectId: project.id, name: 'main' }
  const environment = await world.make('environmentCreate', { body: { ...place, kind: 'development' } })
  const account = await world.make('serviceAccountCreate', { body: place })
  await world.make('environmentCredentialSet', {
    params: { environmentId: environment.id },
    body: { credentialIds: [world.ids.credential] },
  })
  stranger = (await world.issueKey({ environmentId: environment.id, serviceAccountId: account.id })).secret
  sibling = (await world.issueKey()).secret
})
beforeEach(() => world.fake.reset())
afterAll(() => world[Symbol.asyncDispose]())

const RESPONSES = '/v1/responses'
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })
const ask = { model: 'gpt-5.4', input: 'x', max_output_tokens: 50 }

async function stored(): Promise<string> {
  const answer = await world.post(RESPONSES, ask)
  world.fake.calls.length = 0
  return ((await answer.json()) as { id: string }).id
}

describe('80, 81: an object that another project stored', () => {
  const WAYS: [string, string, (id: string) => string][] = [
    ['retrieved', 'GET', (id) => `${RESPONSES}/${id}`],
    ['retrieved as a stream', 'GET', (id) => `${RESPONSES}/${id}?stream=true`],
    ['deleted', 'DELETE', (id) => `${RESPONSES}/${id}`],
    ['cancelled', 'POST', (id) => `${RESPONSES}/${id}/cancel`],
    ['listed', 'GET', (id) => `${RESPONSES}/${id}/input_items`],
  ]
  test.each(WAYS)('is not there to be %s, exactly like one that never was', async (_, method, path) => {
    const id = await stored()
    const read = async (id: string, secret: string) => {
      const answer = await fetch(world.url + path(id), { method, headers: bearer(secret) })
      return [answer.status, (await answer.text()).replaceAll(id, 'ID').replaceAll(/req_\w+/g, 'REQ')]
    }
    const theirs = await read(id, stranger)
    expect(theirs[0]).toBe(404)
    expect(theirs).toEqual(await read('resp_000000000000000000000000', stranger))
    expect(world.fake.calls).toHaveLength(0)
    expect((await read(id, sibling))[0]).toBe(200)
    expect(world.fake.calls).toHaveLength(1)
  })

  test('is nothing to go on from', async () => {
    const id = await stored()
    const body = { ...ask, previous_response_id: id }
    const refused = await world.post(RESPONSES, body, bearer(stranger))
    expect(refused.status).toBe(404)
    expect(world.fake.calls).toHaveLength(0)
    expect((await world.post(RESPONSES, body, bearer(sibling))).status).toBe(200)
  })

  test('stays out of reach after its call is in the books, and on a node that has not seen it', async () => {
    const id = await stored()
    await expect.poll(async () => (await world.usage()).some((row) => row.objectId === id)).toBe(true)
    const fresh = new StoredObjects(world.app)
    const { projectId } = (await world.usage()).find((row) => row.objectId === id) ?? {}
    expect(await fresh.find(id, projectId ?? '')).not.toBeNull()
    expect(await fresh.find(id, 'prj_another')).toBeNull()
  })

  test.each([
    ['a file', { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-abc' }] }] }],
    [
      'a file, with an escape in its name',
      '{"model":"gpt-5.4","max_output_tokens":50,"input":[{"content":[{"file_i\\u0064":"file-abc"}]}]}',
    ],
    ['a stored prompt', { prompt: { id: 'pmpt_abc' } }],
    ['a conversation', { conversation: 'conv_abc' }],
    ['a previous response that is no name', { previous_response_id: { id: 'resp_x' } }],
    ['a previous response with a path', { previous_response_id: '../files/file-abc' }],
  ])('81: %s at the provider is refused', async (_, more) => {
    const body = typeof more === 'string' ? more : { ...ask, ...more }
    expect((await world.post(RESPONSES, body)).status).toBe(400)
    expect(world.fake.calls).toHaveLength(0)
  })

  test.each([
    '/v1/files',
    '/v1/files/file-abc',
    '/v1/batches',
    '/v1/vector_stores/vs_x',
    '/v1/fine_tuning/jobs',
    '/v1/assistants',
    '/v1/threads/thread_x',
    '/v1/organization/admin_api_keys',
    '/v1/videos/video_x',
    '/v1/conversations/conv_x',
    '/v1/messages/batches/msgbatch_x',
  ])('80: %s is not served at all', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect((await fetch(world.url + path, { method, headers: bearer(world.key.secret) })).status).toBe(404)
    }
    expect(world.fake.calls).toHaveLength(0)
  })
})

describe('128-131: the address of the caller', () => {
  let allowed: { v4: string; v6: string; range: string }
  beforeAll(async () => {
    const issue = async (ipAllowlist: string[]) => (await world.issueKey({ policy: { ipAllowlist } })).secret
    allowed = {
      v4: await issue(['203.0.113.7']),
      v6: await issue(['2001:db8::7']),
      range: await issue(['2001:db8:1::/48', '198.51.100.0/24']),
    }
  })

  const from = async (secret: string, lines: string[]) => {
    const common = [
      'host: x',
      'connection: close',
      `authorization: Bearer ${secret}`,
      'content-type: application/json',
      `content-length: ${BODY.length}`,
    ]
    return (await sendRaw(world.url, request(`POST ${CHAT} HTTP/1.1`, [...common, ...lines], BODY)))
      .statuses[0]
  }

  test.each<['v4' | 'v6' | 'range', string[], boolean]>([
    ['v4', [], false],
    ['v4', ['203.0.113.7'], true],
    ['v4', ['203.0.113.8'], false],
    ['v4', ['203.0.113.7, 203.0.113.8'], false],
    ['v4', ['203.0.113.8, 203.0.113.7'], true],
    ['v4', ['203.0.113.8', '203.0.113.7'], true],
    ['v4', ['203.0.113.7', '203.0.113.8'], false],
    ['v4', ['203.0.113.7, 10.1.2.3, 127.0.0.1'], true],
    ['v4', ['203.0.113.7, 192.0.2.1, 10.1.2.3'], false],
    ['v4', ['203.0.113.7, 2001:db8:ffff::1'], true],
    ['v4', ['::ffff:203.0.113.7'], true],
    ['v4', ['::ffff:cb00:7107'], true],
    ['v4', ['::203.0.113.7'], false],
    ['v4', ['64:ff9b::203.0.113.7'], false],
    ['v4', ['203.0.113.7:4711'], true],
    ['v4', ['[::ffff:203.0.113.7]:4711'], true],
    ['v4', ['  203.0.113.7  '], true],
    ['v4', ['203.0.113.7.'], false],
    ['v4', ['203.0.113.07'], false],
    ['v4', ['3405803783'], false],
    ['v4', ['0xcb.0.113.7'], false],
    ['v4', ['203.0.113.7, unknown'], false],
    ['v4', ['203.0.113.7, _hidden'], false],
    ['v4', ['203.0.113.7, '], false],
    ['v4', ['203.0.113.7,'], false],
    ['v4', ['"203.0.113.7"'], false],
    ['v4', [`${'203.0.113.7, '.repeat(999)}203.0.113.8`], false],
    ['v4', [`${'203.0.113.8, '.repeat(999)}203.0.113.7`], true],
    ['v6', ['2001:db8::7'], true],
    ['v6', ['2001:0DB8:0:0:0:0:0:7'], true],
    ['v6', ['[2001:db8::7]'], true],
    ['v6', ['[2001:db8::7]:443'], true],
    ['v6', ['2001:db8::7%eth0'], false],
    ['v6', ['2001:db8::8'], false],
    ['range', ['2001:db8:1:ffff::1'], true],
    ['range', ['2001:db8:2::1'], false],
    ['range', ['198.51.100.255'], true],
    ['range', ['::ffff:198.51.100.1'], true],
    ['range', ['198.51.101.0'], false],
  ])('%s, forwarded for %j: %s', async (which, forwarded, passes) => {
    const lines = forwarded.map((value) => `x-forwarded-for: ${value}`)
    expect(await from(allowed[which], lines)).toBe(passes ? 200 : 403)
    expect(world.fake.calls).toHaveLength(passes ? 1 : 0)
  })

  test.each([
    'forwarded: for=203.0.113.7',
    'x-real-ip: 203.0.113.7',
    'cf-connecting-ip: 203.0.113.7',
    'true-client-ip: 203.0.113.7',
    'x-client-ip: 203.0.113.7',
    'x_forwarded_for: 203.0.113.7',
    'x-forwarded: 203.0.113.7',
    'fastly-client-ip: 203.0.113.7',
  ])('131: %s means nothing', async (line) => {
    expect(await from(allowed.v4, [line])).toBe(403)
  })

  test('128: without a proxy that we trust, nobody can say that he is somebody else', async () => {
    await using direct = await gatewayWorld()
    const { secret } = await direct.issueKey({ policy: { ipAllowlist: ['203.0.113.7'] } })
    const { secret: own } = await direct.issueKey({ policy: { ipAllowlist: ['127.0.0.1'] } })
    for (const forwarded of ['203.0.113.7', '::ffff:203.0.113.7', '127.0.0.1, 203.0.113.7']) {
      const headers = { 'x-forwarded-for': forwarded, 'x-real-ip': forwarded, forwarded: `for=${forwarded}` }
      expect((await direct.post(CHAT, BODY, { ...headers, ...bearer(secret) })).status).toBe(403)
      expect((await direct.post(CHAT, BODY, { ...headers, ...bearer(own) })).status).toBe(200)
    }
  })

  test('129: a list that lets in everybody, or that readers understand differently, is refused', async () => {
    for (const text of [
      '::ffff:10.0.0.0/8',
      '::ffff:10.0.0.0/104',
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/33',
      '10.0.0.1/8',
      '010.0.0.1',
      '1.2.3',
      '',
      ' ',
      '1.2.3.4 ',
      '1.2.3.4/',
      '1.2.3.4/08',
      'localhost',
      '*',
      'fe80::1%eth0',
      '2001:db8::/129',
    ]) {
      const body = {
        environmentId: world.ids.environment,
        serviceAccountId: world.ids.serviceAccount,
        name: `ip ${text}`,
        policy: { ipAllowlist: [text] },
      }
      await expect(world.make('keyCreate', { body }), text).rejects.toThrow('400')
    }
  })
})
