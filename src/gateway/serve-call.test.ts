import { connect } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { issueToken } from '../../test/control-plane.ts'
import { type GatewayWorld, gatewayWorld, OPENAI_SECRET } from '../../test/gateway-world.ts'
import { formatKey } from '../domain/key-format.ts'

let world: GatewayWorld

beforeAll(async () => {
  world = await gatewayWorld({ maxBodyBytes: 100_000, trustedProxies: ['127.0.0.1/32'] })
  await world.addModel('tiny')
})

beforeEach(() => world.fake.reset())

afterAll(() => world[Symbol.asyncDispose]())

const CHAT = '/v1/chat/completions'
const HELLO = { model: 'gpt-5.4', messages: [{ role: 'user', content: 'Hello' }], max_completion_tokens: 50 }
const MESSAGES = { model: 'claude-sonnet-5', max_tokens: 50, messages: HELLO.messages }

/** Sends bytes as they are on a connection of their own, and returns all that comes back until it is closed. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
    socket.setTimeout(3000, () => socket.destroy())
    socket.write(bytes, 'latin1')
  })
}

function rawPost(lines: string[], body = '', path = CHAT): Promise<string> {
  return raw(`POST ${path} HTTP/1.1\r\n${['connection: close', ...lines].join('\r\n')}\r\n\r\n${body}`)
}

// biome-ignore lint/suspicious/noExplicitAny: an answer may be anything; tests look into it.
async function errorOf(answer: Response): Promise<any> {
  const body = (await answer.json()) as { error: unknown }
  return body.error
}

describe('without a key that may be used, a call is refused', () => {
  test.each([
    ['no header', {}],
    ['an empty header', { authorization: '' }],
    ['Bearer alone', { authorization: 'Bearer' }],
    ['Bearer and blanks', { authorization: 'Bearer   ' }],
    ['another scheme', { authorization: 'Basic Zm9vOmJhcg==' }],
    ['two schemes', { authorization: 'Bearer Basic x' }],
    ['what is no key', { authorization: 'Bearer abc' }],
    ['a stored hash', { 'x-api-key': 'A'.repeat(43) }],
    ['SQL', { 'x-api-key': "sk-cvg-dev-' or 1=1--" }],
  ])('%s', async (_, headers) => {
    const answer = await fetch(world.url + CHAT, {
      method: 'POST',
      body: JSON.stringify(HELLO),
      headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
    })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('connection')).toBe('close')
    expect(await errorOf(answer)).toMatchObject({
      type: 'invalid_request_error',
      code: 'invalid_api_key',
      param: null,
    })
  })

  test('a key in the query or the body is no key', async () => {
    const answer = await fetch(`${world.url}${CHAT}?api_key=${world.key.secret}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...HELLO, api_key: world.key.secret }),
    })
    expect(answer.status).toBe(401)
    expect(world.app.logged.join('')).not.toContain(world.key.secret)
  })

  test("a provider's own secret is named as one, and nobody repeats it", async () => {
    const answer = await world.post(CHAT, HELLO, { authorization: `Bearer ${OPENAI_SECRET}` })
    expect(answer.status).toBe(401)
    const text = await answer.text()
    expect(text).toContain('secret of OpenAI')
    expect(text + world.app.logged.join('')).not.toContain(OPENAI_SECRET)
  })

  test('an API token is none of the keys', async () => {
    const { secret } = await issueToken(world.app, { role: 'admin' })
    const answer = await world.post(CHAT, HELLO, { authorization: `Bearer ${secret}` })
    expect(answer.status).toBe(401)
    expect((await errorOf(answer)).message).toContain('control plane')
  })

  test('two different keys are ambiguous, the same one twice is not', async () => {
    const other = await world.issueKey()
    const two = await world.post(CHAT, HELLO, { 'x-api-key': other.secret })
    expect(two.status).toBe(400)
    const same = await world.post(CHAT, HELLO, { 'x-api-key': world.key.secret })
    expect(same.status).toBe(200)
  })

  test('a wrong checksum asks the database nothing', async () => {
    const last = world.key.secret.at(-1) === 'a' ? 'b' : 'a'
    const before = await statements()
    for (let i = 0; i < 20; i++) {
      const answer = await world.post(CHAT, HELLO, {
        authorization: `Bearer ${world.key.secret.slice(0, -1)}${last}`,
      })
      expect(answer.status).toBe(401)
    }
    expect((await statements()) - before).toBe(0)
  })

  test('an unknown key asks once for many calls', async () => {
    const unknown = formatKey('development', crypto.getRandomValues(new Uint8Array(32)))
    const before = await statements()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.post(CHAT, HELLO, { authorization: `Bearer ${unknown}` })),
    )
    expect(answers.every(({ status }) => status === 401)).toBe(true)
    expect((await statements()) - before).toBe(1)
  })
})

/** How often the key lookup ran so far. */
let lookups = 0
async function statements(): Promise<number> {
  // The gateway's own pool is watched: every statement on it goes through this executor.
  return lookups
}

beforeAll(() => {
  const executor = world.app.gatewayDb.getExecutor()
  const run = executor.executeQuery.bind(executor)
  Object.assign(executor, {
    executeQuery: (query: { sql: string }, ...rest: unknown[]) => {
      if (query.sql.includes('key_secrets')) lookups++
      return (run as (...all: unknown[]) => unknown)(query, ...rest)
    },
  })
})

describe('the state of a key decides', () => {
  test.each([
    ['expired', 'expiresAt', 300, 'key_expired'],
    ['not valid yet', 'notBefore', 3_600_000, 'key_not_yet_valid'],
  ])('%s', async (_, field, inMs, code) => {
    const { secret } = await world.issueKey({ [field]: new Date(Date.now() + inMs).toISOString() })
    await new Promise((resolve) => setTimeout(resolve, 350))
    const answer = await world.post(CHAT, HELLO, { authorization: `Bearer ${secret}` })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect((await errorOf(answer)).code).toBe(code)
  })

  test('suspended and resumed, in force within two seconds without asking each time', async () => {
    const { id, secret } = await world.issueKey()
    const call = () => world.post(CHAT, HELLO, { authorization: `Bearer ${secret}` })
    expect((await call()).status).toBe(200)
    await world.make('keySuspend', { params: { keyId: id }, body: { reason: 'a test' } })
    await until(async () => (await call()).status === 401, 2000)
    expect((await errorOf(await call())).code).toBe('key_suspended')
    await world.make('keyResume', { params: { keyId: id } })
    await until(async () => (await call()).status === 200, 2000)
  })

  test('an archived team closes the keys below it', async () => {
    const team = await world.make('teamCreate', { body: { name: 'Gone' } })
    const project = await world.make('projectCreate', { body: { teamId: team.id, name: 'p' } })
    const place = { projectId: project.id, name: 'e' }
    const environment = await world.make('environmentCreate', { body: { ...place, kind: 'production' } })
    const account = await world.make('serviceAccountCreate', { body: place })
    const { secret } = await world.issueKey({ environmentId: environment.id, serviceAccountId: account.id })
    const call = () => world.post(CHAT, HELLO, { authorization: `Bearer ${secret}` })
    expect((await errorOf(await call())).code).toBe('no_credential')
    await world.make('teamUpdate', { params: { teamId: team.id }, body: { archived: true } })
    await until(async () => (await call()).status === 401, 2000)
  })
})

async function until(condition: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('it did not come to pass')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('addresses', () => {
  test('outside the list are refused, inside let in, and only the right-most foreign one counts', async () => {
    const { secret } = await world.issueKey({ policy: { ipAllowlist: ['203.0.113.7'] } })
    const from = (forwarded: string) =>
      world
        .post(CHAT, HELLO, { authorization: `Bearer ${secret}`, 'x-forwarded-for': forwarded })
        .then((a) => a.status)
    expect(await from('203.0.113.7')).toBe(200)
    expect(await from('203.0.113.8')).toBe(403)
    expect(await from('203.0.113.7, 203.0.113.8')).toBe(403)
    expect(await from('203.0.113.8, 203.0.113.7, 127.0.0.1')).toBe(200)
    expect(await from('unknown')).toBe(403)
    expect(await from('::ffff:203.0.113.7')).toBe(200)
  })

  test('a list that only watches lets in', async () => {
    const { secret } = await world.issueKey({ policy: { ipAllowlist: ['203.0.113.7'], ipMode: 'monitor' } })
    expect((await world.post(CHAT, HELLO, { authorization: `Bearer ${secret}` })).status).toBe(200)
  })
})

describe('policies', () => {
  test.each([
    ['a model', { models: ['gpt-4*'] }, 403, 'model_not_allowed'],
    ['an operation', { operations: ['embeddings'] }, 403, 'operation_not_allowed'],
    ['a provider', { providers: ['anthropic'] }, 403, 'provider_not_allowed'],
  ])('refuse %s, and say at which level', async (_, policy, status, code) => {
    const { id, secret } = await world.issueKey({ policy })
    const answer = await world.post(CHAT, HELLO, { authorization: `Bearer ${secret}` })
    expect(answer.status).toBe(status)
    const error = await errorOf(answer)
    expect(error).toMatchObject({ code, claviger: { code, scope: 'key', scope_id: id } })
    expect(world.fake.calls).toHaveLength(0)
  })

  test('refuse a hosted tool that no policy allows', async () => {
    const tools = [{ type: 'web_search' }]
    const answer = await world.post('/v1/responses', {
      model: 'gpt-5.4',
      input: 'x',
      max_output_tokens: 50,
      tools,
    })
    expect((await errorOf(answer)).code).toBe('hosted_tool_not_allowed')
    const { secret } = await world.issueKey({ policy: { hostedTools: ['web_search'] } })
    const allowed = await world.post(
      '/v1/responses',
      { model: 'gpt-5.4', input: 'x', max_output_tokens: 50, tools },
      { authorization: `Bearer ${secret}` },
    )
    expect(allowed.status).toBe(200)
  })

  test('cut the output of calls without a cap, and of those that ask for more', async () => {
    const { secret } = await world.issueKey({ policy: { maxOutputTokens: 7 } })
    const headers = { authorization: `Bearer ${secret}` }
    const { max_completion_tokens: _, ...uncapped } = HELLO
    expect((await world.post(CHAT, uncapped, headers)).headers.get('x-claviger-output-clamped')).toBe('7')
    expect(
      (await world.post(CHAT, { ...HELLO, max_completion_tokens: 5 }, headers)).headers.get(
        'x-claviger-output-clamped',
      ),
    ).toBe(null)
    await world.post(CHAT, { ...uncapped, max_tokens: 100 }, headers)
    expect(world.fake.calls.map(({ body }) => JSON.parse(body.toString()))).toEqual([
      { max_completion_tokens: 7, ...uncapped },
      { ...HELLO, max_completion_tokens: 5 },
      { ...uncapped, max_tokens: 7 },
    ])
  })
})

describe('money and rates', () => {
  test('a spent budget refuses in the shape that stops retries, in both dialects', async () => {
    const { secret } = await world.issueKey({
      budgets: [{ period: 'month', limitUsd: '0.000001', onShort: 'deny' }],
    })
    const headers = { authorization: `Bearer ${secret}` }
    const openai = await world.post(CHAT, HELLO, headers)
    expect(openai.status).toBe(429)
    expect(openai.headers.get('x-should-retry')).toBe('false')
    expect(await errorOf(openai)).toMatchObject({
      type: 'insufficient_quota',
      code: 'budget_exceeded',
      param: null,
      claviger: {
        limit: 'budget',
        scope: 'key',
        window: 'month',
        limit_usd: '0.000001',
        resets_at: expect.any(String),
      },
    })
    const anthropic = await world.post('/v1/messages', MESSAGES, headers)
    expect(anthropic.status).toBe(429)
    expect(await anthropic.json()).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error', message: expect.stringContaining('budget') },
      request_id: anthropic.headers.get('request-id'),
    })
    expect(world.fake.calls).toHaveLength(0)
    const budget = (
      await world.app.db.selectFrom('budgets').select('id').orderBy('id', 'desc').executeTakeFirst()
    )?.id
    const refusals = () =>
      world.app.db
        .selectFrom('usage')
        .select('errorCode')
        .where('refusedBy', '=', budget ?? '')
        .execute()
    await expect.poll(refusals).toEqual(Array(2).fill({ errorCode: 'budget_exceeded' }))
  })

  test('a call without a cap is cut to what is left, and a cap that does not fit is refused', async () => {
    const { secret } = await world.issueKey({ budgets: [{ period: 'total', limitUsd: '0.0004' }] })
    const headers = { authorization: `Bearer ${secret}` }
    const answer = await world.post(CHAT, { model: 'tiny', messages: HELLO.messages }, headers)
    expect(answer.status).toBe(200)
    const clamped = Number(answer.headers.get('x-claviger-output-clamped'))
    expect(clamped).toBeGreaterThan(0)
    expect(clamped).toBeLessThan(100)
    expect(JSON.parse(world.fake.calls[0]?.body.toString() ?? '').max_completion_tokens).toBe(clamped)
    const capped = await world.post(
      CHAT,
      { model: 'tiny', messages: HELLO.messages, max_completion_tokens: 100 },
      headers,
    )
    expect(capped.status).toBe(429)
  })

  test('a budget that stops at a part of its limit says so, what that is, and when it goes on', async () => {
    const lines = { kind: 'soft', limitUsd: '0.000001', suspendAtPercent: 100 }
    const { secret } = await world.issueKey({ budgets: [{ name: 'Trial', period: 'day', ...lines }] })
    const headers = { authorization: `Bearer ${secret}` }
    expect((await world.post(CHAT, HELLO, headers)).status).toBe(200)
    const refused = await world.post(CHAT, HELLO, headers)
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([429, 'false'])
    const tomorrow = new Date((Math.floor(Date.now() / 86_400_000) + 1) * 86_400_000).toISOString()
    expect(await errorOf(refused)).toMatchObject({
      type: 'insufficient_quota',
      code: 'budget_suspended',
      message: `The budget "Trial" of this key is suspended: 100 % of its 0.000001 USD are spent. It starts anew at ${tomorrow}.`,
      claviger: { name: 'Trial', suspend_at_percent: 100, limit_usd: '0.000001', resets_at: tomorrow },
    })
  })

  test('a budget that slows calls down refuses with the time to wait, and names itself', async () => {
    const lines = { throttleAtPercent: 100, throttleRequestsPerMinute: 1 }
    const terms = { name: 'Trial', kind: 'soft', period: 'day', limitUsd: '0.000001', ...lines }
    const { secret } = await world.issueKey({ budgets: [terms] })
    const headers = { authorization: `Bearer ${secret}` }
    expect((await world.post(CHAT, HELLO, headers)).status).toBe(200)
    expect((await world.post(CHAT, HELLO, headers)).status).toBe(200)
    const refused = await world.post(CHAT, HELLO, headers)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await errorOf(refused)).toMatchObject({
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      message:
        'The budget "Trial" of this key lets one call a minute through, since 100 % of its 0.000001 USD are spent.',
      claviger: { limit: 'budget', name: 'Trial', throttle_at_percent: 100, most: 1 },
    })
  })

  test('rate limits say what is left, and refuse what is too much', async () => {
    const { secret } = await world.issueKey({ rateLimit: { requestsPerMinute: 2, tokensPerMinute: 100_000 } })
    const headers = { authorization: `Bearer ${secret}` }
    const first = await world.post(CHAT, HELLO, headers)
    expect(first.headers.get('x-ratelimit-limit-requests')).toBe('2')
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('1')
    expect(first.headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+(ms|s)$|^\dm\d+s$/)
    expect(Number(first.headers.get('x-ratelimit-remaining-tokens'))).toBeLessThan(100_000)
    const second = await world.post('/v1/messages', MESSAGES, headers)
    expect(second.headers.get('anthropic-ratelimit-requests-remaining')).toBe('0')
    const third = await world.post(CHAT, HELLO, headers)
    expect(third.status).toBe(429)
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(third.headers.get('x-ratelimit-remaining-requests')).toBe('0')
    expect(await errorOf(third)).toMatchObject({ type: 'rate_limit_error', code: 'rate_limit_exceeded' })
  })

  test('a list of models counts as a call, and says what is left', async () => {
    const { secret } = await world.issueKey({ rateLimit: { requestsPerMinute: 1 } })
    const list = () => fetch(`${world.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
    for (const status of [200, 429]) {
      const answer = await list()
      expect(answer.status).toBe(status)
      expect(answer.headers.get('x-ratelimit-remaining-requests')).toBe('0')
    }
  })

  test('a model nobody knows the price of is refused', async () => {
    const answer = await world.post(CHAT, { ...HELLO, model: 'openai/gpt-from-nowhere' })
    expect((await errorOf(answer)).code).toBe('price_unknown')
  })
})

describe('a body is refused that could be understood in two ways', () => {
  const text = JSON.stringify(HELLO)
  test.each([
    ['two models', text.replace('{', '{"model":"gpt-5.4",'), 400],
    ['a model in upper case as well', text.replace('{', '{"Model":"gpt-4",'), 400],
    ['a model with an escape', text.replace('gpt-5.4', 'gpt\\u002d5.4'), 400],
    ['a model with a look-alike letter', text.replace('gpt-5.4', 'gpt‑5.4'), 400],
    ['a model that is a list', text.replace('"gpt-5.4"', '["gpt-5.4"]'), 400],
    ['no model', text.replace('"model"', '"madel"'), 400],
    ['a model of 10 KB', text.replace('gpt-5.4', 'x'.repeat(10_000)), 400],
    ['a negative cap', text.replace('50', '-1'), 400],
    ['a cap of zero', text.replace('50', '0'), 400],
    ['a cap that overflows', text.replace('50', '1e400'), 400],
    ['a cap past what is exact', text.replace('50', '9007199254740993'), 400],
    ['a fractional cap', text.replace('50', '1.5'), 400],
    ['a cap that is a string', text.replace('50', '"50"'), 400],
    ['two caps that differ', text.replace('{', '{"max_tokens":60,'), 400],
    ['a stream that is a string', text.replace('{', '{"stream":"true",'), 400],
    ['too many choices', text.replace('{', '{"n":1000000000,'), 400],
    ['another place to send it', text.replace('{', '{"api_base":"http://example.com",'), 400],
    ['models to fall back to', text.replace('{', '{"models":["gpt-5"],'), 400],
    ['no JSON', 'model=gpt-5.4', 400],
    ['nothing', '', 400],
    ['more bytes than allowed', text.replace('Hello', 'x'.repeat(200_000)), 413],
    [
      'a file that is stored at the provider',
      text.replace('"Hello"', '[{"type":"file","file":{"file_id":"file-abc"}}]'),
      400,
    ],
  ])('%s', async (_, body, status) => {
    const answer = await world.post(CHAT, body)
    expect(answer.status).toBe(status)
    expect(await errorOf(answer)).toMatchObject({
      type: 'invalid_request_error',
      message: expect.any(String),
    })
    expect(world.fake.calls).toHaveLength(0)
  })

  test.each([
    'application/json\ta',
    'application/json garbage',
    'application/json; charset=utf-16',
    'application/json; charset=utf-7',
    'text/plain',
    'application/x-www-form-urlencoded',
  ])('content-type: %s', async (type) => {
    expect((await world.post(CHAT, text, { 'content-type': type })).status).toBe(415)
  })

  test('a compressed body', async () => {
    for (const encoding of ['gzip', 'br', 'deflate', 'zstd']) {
      expect((await world.post(CHAT, text, { 'content-encoding': encoding })).status).toBe(415)
    }
  })

  test('bytes that are not UTF-8', async () => {
    const lines = ['host: x', `authorization: Bearer ${world.key.secret}`, 'content-type: application/json']
    const body = text.replace('Hello', 'H\xff\xfe')
    expect(await rawPost([...lines, `content-length: ${body.length}`], body)).toMatch(/^HTTP\/1.1 400 /)
  })
})

describe('a request is refused that could be framed in two ways', () => {
  const auth = () => `authorization: Bearer ${world.key.secret}`
  test.each([
    ['both lengths', ['host: x', 'content-length: 5', 'transfer-encoding: chunked'], '0\r\n\r\n'],
    ['two lengths', ['host: x', 'content-length: 5', 'content-length: 6'], 'hello'],
    ['an odd transfer-encoding', ['host: x', 'transfer-encoding: xchunked'], '0\r\n\r\n'],
    ['a folded header', ['host: x', 'x-a: b', ' c'], ''],
    ['a blank before the colon', ['host: x', 'x-a : b'], ''],
    ['a NUL in a header', ['host: x', 'x-a: b\0c'], ''],
    ['no host', [], ''],
    ['two hosts', ['host: x', 'host: y'], ''],
    ['two authorizations', ['host: x', 'authorization: Bearer x'], ''],
    ['a huge head', ['host: x', `x-a: ${'b'.repeat(20_000)}`], ''],
    ['very many headers', ['host: x', ...Array.from({ length: 3000 }, (_, i) => `x-${i}: y`)], ''],
  ])('%s', async (_, lines, body) => {
    expect(await rawPost([...lines, auth()], body)).toMatch(/^HTTP\/1.1 4\d\d /)
    expect(world.fake.calls).toHaveLength(0)
  })

  test.each([
    '//v1/chat/completions',
    '/v1//chat/completions',
    '/v1/../v1/chat/completions',
    '/v1/chat/completions/',
    '/v1/chat/completions/.',
    '/v1/chat%2fcompletions',
    '/v1/%63hat/completions',
    '/v1/chat/completions;x=y',
    '/v1/chat\\completions',
    '/v1/CHAT/completions',
    'http://127.0.0.1/v1/chat/completions',
    '*',
  ])('the target %s', async (target) => {
    const body = JSON.stringify(HELLO)
    const lines = ['host: x', auth(), 'content-type: application/json', `content-length: ${body.length}`]
    expect(await rawPost(lines, body, target)).toMatch(/^HTTP\/1.1 (?:400|404) /)
    expect(world.fake.calls).toHaveLength(0)
  })

  test('CONNECT and upgrades go nowhere', async () => {
    expect(await raw(`CONNECT x:443 HTTP/1.1\r\nhost: x\r\n${auth()}\r\n\r\n`)).not.toMatch(/^HTTP\/1.1 2/)
    const upgrade = ['host: x', auth(), 'connection: upgrade', 'upgrade: websocket', 'content-length: 0']
    expect(await raw(`GET /v1/responses HTTP/1.1\r\n${upgrade.join('\r\n')}\r\n\r\n`)).toMatch(/^HTTP\/1.1 4/)
  })

  test('what follows a refused request on its connection is not read', async () => {
    const body = JSON.stringify(HELLO)
    const refused = 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n'
    const hidden = `POST ${CHAT} HTTP/1.1\r\nhost: x\r\n${auth()}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    const answers = await raw(refused + hidden)
    expect(answers.match(/HTTP\/1.1/g)).toHaveLength(1)
    expect(answers).toMatch(/^HTTP\/1.1 401 [\s\S]*\r\nconnection: close\r\n/i)
    expect(world.fake.calls).toHaveLength(0)
  })

  test('who is not let in is not asked for the body', async () => {
    const lines = ['host: x', 'expect: 100-continue', 'content-length: 5']
    expect(await rawPost(lines)).toMatch(/^HTTP\/1.1 401 /)
    const good = [
      'host: x',
      auth(),
      'expect: 100-continue',
      'content-type: application/json',
      'content-length: 5',
    ]
    expect(await rawPost(good, '{"a":')).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 400 /)
  })
})

describe('what is not served', () => {
  test('says what is, in the dialect of the path', async () => {
    const answer = await world.post('/v1/audio/speech', {})
    expect(answer.status).toBe(404)
    expect((await errorOf(answer)).message).toContain('/v1/chat/completions')
    const batches = await world.post('/v1/messages/batches', {})
    expect(await batches.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } })
  })

  test('names the methods a path takes', async () => {
    const answer = await fetch(world.url + CHAT, { headers: { authorization: `Bearer ${world.key.secret}` } })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('POST')
  })

  test('is a model that nobody has', async () => {
    const answer = await world.post(CHAT, { ...HELLO, model: 'no-such-model' })
    expect(answer.status).toBe(404)
    expect((await errorOf(answer)).code).toBe('model_not_found')
  })

  test('is an operation that the provider of a model does not have', async () => {
    const answer = await world.post('/v1/messages', { ...MESSAGES, model: 'gpt-5.4' })
    expect(answer.status).toBe(404)
  })
})

describe('the list of models', () => {
  const list = (headers: Record<string, string>, path = '/v1/models') => fetch(world.url + path, { headers })

  test('has what the key may use, in both shapes', async () => {
    const { secret } = await world.issueKey({ policy: { models: ['gpt-5.4', 'claude-sonnet-5', 'tiny'] } })
    const openai = await (await list({ authorization: `Bearer ${secret}` })).json()
    expect(openai).toMatchObject({ object: 'list' })
    const ids = (openai as { data: { id: string }[] }).data.map(({ id }) => id)
    expect(ids.sort()).toEqual(['claude-sonnet-5', 'gpt-5.4', 'tiny'])
    const anthropic = await (await list({ 'x-api-key': secret, 'anthropic-version': '2023-06-01' })).json()
    expect(anthropic).toMatchObject({
      has_more: false,
      data: expect.arrayContaining([expect.objectContaining({ type: 'model', id: 'claude-sonnet-5' })]),
    })
    expect(await (await list({ authorization: `Bearer ${secret}` }, '/v1/models/tiny')).json()).toMatchObject(
      { id: 'tiny', object: 'model' },
    )
    expect((await list({ authorization: `Bearer ${secret}` }, '/v1/models/gpt-5')).status).toBe(404)
  })
})

test('refused calls are in the books', async () => {
  const { id, secret } = await world.issueKey({ policy: { models: [] } })
  await world.post(CHAT, HELLO, { authorization: `Bearer ${secret}` })
  await until(
    async () =>
      (await world.usage()).some((row) => row.keyId === id && row.errorCode === 'model_not_allowed'),
    5000,
  )
})

test('nothing is held when everything has ended', async () => {
  const { rows } = await sql<{ count: bigint }>`select count(*) from usage where estimated`.execute(
    world.app.db,
  )
  expect(rows[0]?.count).toBe(0n)
})
