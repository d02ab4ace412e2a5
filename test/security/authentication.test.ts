import { randomBytes } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSetupToken } from '../../src/actions/setup.ts'
import { operations } from '../../src/contract/all.ts'
import { formatKey, formatSecret } from '../../src/domain/key-format.ts'
import { KeyCache } from '../../src/gateway/key-cache.ts'
import { testApp } from '../app.ts'
import { collectGarbage } from '../collect-garbage.ts'
import { issueToken } from '../control-plane.ts'
import { ANTHROPIC_SECRET, type GatewayWorld, gatewayWorld, OPENAI_SECRET } from '../gateway-world.ts'
import { request, sendRaw } from './raw-client.ts'
import { BODY, CHAT, expectServes } from './requests.ts'

let world: GatewayWorld
/** Every statement that was sent to the database. */
const statements: string[] = []

beforeAll(async () => {
  world = await gatewayWorld()
  for (const db of [world.app.db, world.app.gatewayDb]) {
    const executor = db.getExecutor()
    const run = executor.executeQuery.bind(executor)
    executor.executeQuery = (query) => {
      statements.push(query.sql)
      return run(query)
    }
  }
})
beforeEach(() => world.fake.reset())
afterAll(() => world[Symbol.asyncDispose]())

const lookups = () => statements.filter((sql) => /key_secrets|api_tokens/.test(sql)).length
const changed = (secret: string, at: number) =>
  secret.slice(0, at) + (secret[at] === 'a' ? 'b' : 'a') + secret.slice(at + 1)
const newKey = () => formatKey('development', randomBytes(32))
const newToken = () => formatSecret('tok', randomBytes(32))

/** The status and error code of a call, and of a request to the control plane, with these header lines. */
async function statusesWith(lines: string[]): Promise<{ gateway: number; api: number; text: string }> {
  const common = ['host: x', 'connection: close', ...lines]
  const call = request(
    `POST ${CHAT} HTTP/1.1`,
    [...common, 'content-type: application/json', `content-length: ${BODY.length}`],
    BODY,
  )
  const gateway = await sendRaw(world.url, call)
  const api = await sendRaw(world.url, request('GET /api/v1/teams HTTP/1.1', common))
  return { gateway: gateway.statuses[0] ?? 0, api: api.statuses[0] ?? 0, text: gateway.text + api.text }
}

describe('1, 8, 14, 22: what is no secret of ours is 401 on both sides, asks the database nothing and throws nothing', () => {
  const key = () => world.key.secret
  test.each<[string, () => string[]]>([
    ['no header', () => []],
    ['an empty one', () => ['authorization:']],
    ['Bearer alone', () => ['authorization: Bearer']],
    ['Bearer and blanks', () => ['authorization: Bearer  \t ']],
    ['no blank behind Bearer', () => [`authorization: Bearer${key()}`]],
    ['a tab behind Bearer', () => [`authorization: Bearer\t${key()}`]],
    ['no scheme', () => [`authorization: ${key()}`]],
    ['Basic', () => [`authorization: Basic ${Buffer.from(`x:${key()}`).toString('base64')}`]],
    ['two schemes', () => [`authorization: Bearer Bearer ${key()}`]],
    ['two secrets', () => [`authorization: Bearer ${key()}, Bearer ${key()}`]],
    ['a secret and more', () => [`authorization: Bearer ${key()} x`]],
    ['quotes', () => [`authorization: Bearer "${key()}"`]],
    ['a truncated key', () => [`authorization: Bearer ${key().slice(0, -1)}`]],
    ['an extended key', () => [`authorization: Bearer ${key()}a`]],
    ['a key in upper case', () => [`authorization: Bearer ${key().toUpperCase()}`]],
    ['a key of another kind', () => [`authorization: Bearer ${key().replace('-dev-', '-prd-')}`]],
    ['a key of no kind', () => [`authorization: Bearer ${key().replace('-dev-', '-xxx-')}`]],
    ['a wrong first character', () => [`authorization: Bearer ${changed(key(), 'sk-cvg-dev-'.length)}`]],
    ['a wrong last character', () => [`authorization: Bearer ${changed(key(), key().length - 1)}`]],
    ['digits of another script', () => [`authorization: Bearer ${key().replace(/\d/, '\xd9\xa1')}`]],
    ['bytes that are not UTF-8', () => ['authorization: Bearer \xff\xfe\xfa']],
    ['a byte order mark', () => [`authorization: Bearer \xef\xbb\xbf${key()}`]],
    ['13: SQL', () => ["authorization: Bearer ' or 1=1--"]],
    [
      '13: SQL in the shape of a key',
      () => [
        "authorization: Bearer sk-cvg-dev-';drop/**/table/**/keys;--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      ],
    ],
    ['15 KB', () => [`authorization: Bearer ${'x'.repeat(15_000)}`]],
    ['__proto__', () => ['authorization: Bearer __proto__']],
    ['null', () => ['authorization: Bearer null']],
    ['a cookie', () => [`cookie: key=${key()}; session=${world.api.owner}`]],
    ['another header', () => [`x-auth-token: ${key()}`, `proxy-authorization: Bearer ${world.api.owner}`]],
    ['an underscore in the name', () => [`x_api_key: ${key()}`]],
  ])('%s', async (_, lines) => {
    const before = lookups()
    const { gateway, api } = await statusesWith(lines())
    expect([gateway, api]).toEqual([401, 401])
    expect(lookups()).toBe(before)
    expect(world.fake.calls).toHaveLength(0)
  })

  test('the scheme may be in any case', async () => {
    expect((await statusesWith([`authorization: bEaReR ${key()}`])).gateway).toBe(200)
    expect((await statusesWith([`authorization: BEARER ${world.api.owner}`])).api).toBe(200)
  })

  test('5: each single changed character of a key or token costs no lookup', async () => {
    const before = lookups()
    for (const secret of [key(), world.api.owner]) {
      for (let at = 0; at < secret.length; at += 5) {
        const { gateway, api } = await statusesWith([`authorization: Bearer ${changed(secret, at)}`])
        expect([gateway, api]).toEqual([401, 401])
      }
    }
    expect(lookups()).toBe(before)
    await statusesWith([`authorization: Bearer ${newKey()}`])
    expect(lookups()).toBe(before + 1)
    await statusesWith([`authorization: Bearer ${newToken()}`])
    expect(lookups()).toBe(before + 2)
  }, 60_000)
})

describe('3, 4: where a key may stand', () => {
  test('a key in the query or the body is none, and the log does not repeat it', async () => {
    for (const name of ['api_key', 'key', 'access_token', 'token', 'authorization']) {
      const { secret } = await world.issueKey()
      const answers = await Promise.all([
        fetch(`${world.url}${CHAT}?${name}=${secret}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: BODY,
        }),
        fetch(`${world.url}/api/v1/teams?${name}=${world.api.owner}`),
        fetch(`${world.url}${CHAT}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ [name]: secret }),
        }),
      ])
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
      expect(world.app.logged.join('')).not.toContain(secret)
    }
  })

  test('two different keys are refused, wherever they stand; the same one twice is one', async () => {
    const other = await world.issueKey()
    const places = (secret: string) => [
      `authorization: Bearer ${secret}`,
      `x-api-key: ${secret}`,
      `api-key: ${secret}`,
      `x-goog-api-key: ${secret}`,
    ]
    const ours = places(world.key.secret)
    const theirs = places(other.secret)
    for (const [i, line] of ours.entries()) {
      expect((await statusesWith([line])).gateway).toBe(200)
      for (const [j, second] of theirs.entries()) {
        expect((await statusesWith([line, second])).gateway).toBe(400)
        if (i !== j) expect((await statusesWith([line, ours[j] ?? ''])).gateway).toBe(200)
      }
    }
  }, 60_000)
})

describe('9, 12: a secret of one kind is no other kind', () => {
  test('an API token is no key, and a key no API token; both are told so', async () => {
    const { gateway, text } = await statusesWith([`authorization: Bearer ${world.api.owner}`])
    expect(gateway).toBe(401)
    expect(text).toContain('control plane only')
    const reverse = await statusesWith([`authorization: Bearer ${world.key.secret}`])
    expect(reverse.api).toBe(401)
    expect(reverse.text).toContain('key for the gateway')
  })

  test.each([
    ['OpenAI', OPENAI_SECRET],
    ['Anthropic', ANTHROPIC_SECRET],
    ['Google', `AIza${'x'.repeat(35)}`],
    ['Groq', `gsk_${'x'.repeat(52)}`],
  ])(
    'a secret of %s itself is named as one, counted, and neither repeated nor looked up',
    async (provider, secret) => {
      const before = lookups()
      const { gateway, api, text } = await statusesWith([`authorization: Bearer ${secret}`])
      expect([gateway, api]).toEqual([401, 401])
      expect(text).toContain(`secret of ${provider}`)
      expect(text).toContain('provider_secret_presented')
      expect(text + world.app.logged.join('')).not.toContain(secret)
      expect(lookups()).toBe(before)
      expect(await (await fetch(`${world.url}/metrics`)).text()).toMatch(
        /provider_secrets_presented_total [1-9]/,
      )
    },
  )

  test('what the database stores of a key or a token opens nothing', async () => {
    const rows = await world.app.db.selectFrom('keySecrets').select(['hash', 'id', 'hint']).execute()
    const tokens = await world.app.db.selectFrom('apiTokens').select(['hash', 'id', 'hint']).execute()
    expect(rows.length * tokens.length).toBeGreaterThan(0)
    for (const { hash, id, hint } of [...rows.slice(0, 3), ...tokens.slice(0, 3)]) {
      for (const stored of [
        hash,
        id,
        `sk-cvg-dev-${hash}`,
        `cvg_tok_${hash}`,
        Buffer.from(hint).toString('latin1'),
      ]) {
        expect(await statusesWith([`authorization: Bearer ${stored}`])).toMatchObject({
          gateway: 401,
          api: 401,
        })
      }
    }
  }, 60_000)
})

test('10: on the control plane a revoked, an expired and an unknown token are 401, and no body is read', async () => {
  const { secret, id } = await issueToken(world.app, { role: 'admin' })
  await world.make('tokenRevoke', { params: { tokenId: id } })
  const expiresAt = new Date(Date.now() + 3_000).toISOString()
  const expired = await issueToken(world.app, { role: 'admin', expiresAt })
  const works = async () => (await statusesWith([`authorization: Bearer ${expired.secret}`])).api
  await expect.poll(works).toBe(401)
  for (const token of [secret, expired.secret, newToken()]) {
    const lines = [
      'host: x',
      `authorization: Bearer ${token}`,
      'content-type: application/json',
      'expect: 100-continue',
      'content-length: 5',
    ]
    const answer = await sendRaw(world.url, request('POST /api/v1/teams HTTP/1.1', lines))
    expect([answer.statuses, answer.closed]).toEqual([[401], true])
  }
})

describe('6: keys that nobody knows', () => {
  const FLOOD = 10_000
  const LOOKUP = /from key_secrets s join keys k/
  test('cost a bounded load and no memory, and leave known keys their service', async () => {
    await expectServes(world)
    const agent = new Agent({ keepAlive: true, maxSockets: 200 })
    const ask = () =>
      new Promise<number>((resolve, reject) => {
        const headers = { authorization: `Bearer ${newKey()}` }
        httpRequest(`${world.url}/v1/models/x`, { agent, headers }, (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
        })
          .on('error', reject)
          .end()
      })
    const flood = async (count: number) => {
      const statuses = new Map<number, number>()
      const one = async () => {
        for (let i = 0; i < count / 200; i++) {
          const status = await ask()
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
        }
      }
      await Promise.all(Array.from({ length: 200 }, one))
      return statuses
    }
    await flood(2_000)
    statements.length = 0
    const before = usedHeap()
    let most = 0
    const executor = world.app.gatewayDb.getExecutor()
    const run = executor.executeQuery.bind(executor)
    let under = 0
    executor.executeQuery = async (query) => {
      if (!LOOKUP.test(query.sql)) return run(query)
      most = Math.max(most, ++under)
      try {
        return await run(query)
      } finally {
        under--
      }
    }
    let answered = 0
    const known: Promise<Response>[] = []
    const meanwhile = setInterval(() => {
      const call = world.post(CHAT, BODY)
      known.push(call)
      call.then(() => answered++)
    }, 50)
    const statuses = await flood(FLOOD)
    clearInterval(meanwhile)
    const servedMeanwhile = answered
    const served = (await Promise.all(known)).map(({ status }) => status)
    agent.destroy()
    expect([...statuses.keys()].filter((status) => status !== 401 && status !== 503)).toEqual([])
    expect(statuses.get(401)).toBeGreaterThan(0)
    expect(most).toBeGreaterThan(0)
    // The one of the known key, beside those of 64 that nobody has used here.
    expect(most).toBeLessThanOrEqual(65)
    expect(servedMeanwhile).toBeGreaterThan(0)
    expect(served.filter((status) => status !== 200)).toEqual([])
    statements.length = 0
    expect(usedHeap() - before).toBeLessThan(30_000_000)
    await expectServes(world)
  }, 120_000)

  test('are remembered up to a bound, and asked for once', async () => {
    let reads = 0
    const cache = new KeyCache({
      read: async () => {
        reads++
        return undefined
      },
      staleMs: 1000,
      monotonicMs: () => 0,
      log: world.app.log,
    })
    for (let i = 0; i < 10_001; i++) await cache.find(`hash-${i}`)
    expect(reads).toBe(10_001)
    await cache.find('hash-10000')
    expect(reads).toBe(10_001)
    await cache.find('hash-0')
    expect(reads).toBe(10_002)
  })
})

/** What is in use after everything that can be collected was. */
function usedHeap(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

describe('13: SQL is text like any other', () => {
  const SQL = [
    "'",
    "' or '1'='1",
    "'; drop table keys; --",
    '") or 1=1 --',
    '%',
    '_',
    '\\',
    '$1',
    '{{7*7}}',
    ":'x",
    'a\u2019b',
    "E'\\x27",
  ]

  test('in a name it comes back as it was', async () => {
    for (const name of SQL) {
      const team = await world.make('teamCreate', { body: { name } })
      expect(await world.make('teamView', { params: { teamId: team.id } })).toMatchObject({ name })
    }
  })

  test('in any path or query parameter of any operation it harms nothing', async () => {
    const headers = { authorization: `Bearer ${world.api.owner}` }
    for (const operation of operations.filter(({ method }) => method === 'GET')) {
      const params = Object.keys(operation.params.shape)
      const query = [...Object.keys(operation.query.shape), 'sort', 'order', 'filter']
      for (const text of SQL) {
        const encoded = encodeURIComponent(text)
        const path = operation.path.replace(/\{\w+\}/g, encoded)
        const targets =
          params.length > 0 ? [path] : query.map((name) => `${operation.path}?${name}=${encoded}`)
        for (const target of targets) {
          const { status } = await fetch(`${world.url}/api${target}`, { headers })
          expect([target, status < 500]).toEqual([target, true])
        }
      }
    }
    expect(world.app.logged.filter((line) => /"level":"(?:error|fatal)"/.test(line))).toEqual([])
    expect(statements.filter((sql) => SQL.some((text) => text.length > 3 && sql.includes(text)))).toEqual([])
  }, 180_000)

  test('in a model, a stored id or a header of the gateway it harms nothing', async () => {
    for (const text of SQL) {
      const answer = await world.post(CHAT, BODY.replace('gpt-5.4', text.replaceAll(/["\\]/g, '')))
      expect([400, 404]).toContain(answer.status)
      const stored = await world.post('/v1/responses', {
        model: 'gpt-5.4',
        input: 'x',
        previous_response_id: text,
      })
      expect([400, 404]).toContain(stored.status)
      const get = await fetch(`${world.url}/v1/responses/${encodeURIComponent(text)}`, {
        headers: { authorization: `Bearer ${world.key.secret}` },
      })
      expect([400, 404]).toContain(get.status)
    }
    expect(world.fake.calls).toHaveLength(0)
    await expectServes(world)
  })
})

test('21: of two who set up at the same moment one becomes the owner, and then there is nothing to set up', async () => {
  await using app = await testApp()
  const url = await app.serve()
  const setupToken = await createSetupToken(app)
  const setUp = (name: string, token: string | null = setupToken) =>
    fetch(`${url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ organization: name, email: `${name}@example.com`, name, setupToken: token }),
    }).then(({ status }) => status)
  expect(await setUp('eve', 'cvg_setup_wrong')).toBe(401)
  const statuses = await Promise.all(Array.from({ length: 10 }, (_, i) => setUp(`racer-${i}`)))
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(statuses.filter((status) => status >= 500 || status < 200)).toEqual([])
  expect(await setUp('late')).toBe(404)
  const users = await app.db.selectFrom('users').select('id').execute()
  expect(users).toHaveLength(1)
})
