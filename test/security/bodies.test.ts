import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findOperation } from '../../src/gateway/operations.ts'
import { readCall } from '../../src/gateway/read-call.ts'
import { type FakeProvider, startFakeProvider } from '../fake-provider.ts'
import { type GatewayWorld, gatewayWorld } from '../gateway-world.ts'
import { request, sendRaw } from './raw-client.ts'
import { CHAT, expectServes } from './requests.ts'

let world: GatewayWorld
/** Where bodies ask to be sent instead. */
let elsewhere: FakeProvider

beforeAll(async () => {
  world = await gatewayWorld()
  elsewhere = await startFakeProvider()
})
beforeEach(() => world.fake.reset())
afterAll(async () => {
  expect(elsewhere.calls).toEqual([])
  await elsewhere[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const HEAD = '"model":"gpt-5.4","max_completion_tokens":50'
const chat = (more: string) =>
  `{${HEAD},"messages":[{"role":"user","content":"Hi"}]${more === '' ? '' : ','}${more}}`
const GOOD = chat('')

/** Sends these bytes (one per character) and returns the status. */
async function post(bytes: string, path = CHAT, secret = world.key.secret): Promise<number> {
  const lines = [
    'host: x',
    'connection: close',
    `authorization: Bearer ${secret}`,
    'content-type: application/json',
    `content-length: ${bytes.length}`,
  ]
  const { statuses } = await sendRaw(world.url, request(`POST ${path} HTTP/1.1`, lines, bytes))
  return statuses.at(-1) ?? 0
}

const utf8 = (text: string) => Buffer.from(text).toString('latin1')

async function expectRefused(bytes: string, statuses = [400], path = CHAT): Promise<void> {
  expect(statuses).toContain(await post(bytes, path))
  expect(world.fake.calls).toHaveLength(0)
  await expectServes(world)
}

async function expectIdentical(bytes: string, path = CHAT): Promise<void> {
  expect(await post(bytes, path)).toBe(200)
  expect(world.fake.calls.map(({ body }) => body.toString('latin1'))).toEqual([bytes])
}

describe('101: a body that two readers could understand differently is refused', () => {
  test.each([
    ['model twice', GOOD.replace('{', '{"model":"gpt-4o",')],
    ['model twice, once with an escape', GOOD.replace('{', '{"\\u006dodel":"gpt-4o",')],
    ['model only with an escape in its name', GOOD.replace('"model"', '"\\u006dodel"')],
    ['model in another case as well', chat('"Model":"gpt-4o"')],
    ['model in another case only', GOOD.replace('"model"', '"MODEL"')],
    ['max_completion_tokens in another case', chat('"Max_Completion_Tokens":1000000')],
    ['tools in another case', chat('"Tools":[{"type":"mcp"}]')],
    ['model after a NUL', chat('"model\\u0000":"gpt-4o"')],
    ['a letter that lower-cases to an ASCII one', utf8(chat('"toolſ":1'))],
    ['a byte order mark', `\xef\xbb\xbf${GOOD}`],
    ['UTF-16', Buffer.from(GOOD, 'utf16le').toString('latin1')],
    ['a comment', `/* x */${GOOD}`],
    ['a comment inside', GOOD.replace(',', ',//\n')],
    ['a trailing comma', GOOD.replace(/}$/, ',}')],
    ['a trailing comma in a list', GOOD.replace(']', ',]')],
    ['single quotes', GOOD.replaceAll('"', "'")],
    ['a name without quotes', GOOD.replace('"model"', 'model')],
    ['two values', `${GOOD}${GOOD}`],
    ['two values, one a line', `${GOOD}\n${GOOD}`],
    ['bytes behind it', `${GOOD}\0`],
    ['a list', `[${GOOD}]`],
    ['a string', JSON.stringify(GOOD)],
    ['null', 'null'],
    ['nothing', ''],
    ['a control character in a string', GOOD.replace('Hi', 'H\ti')],
    ['an unknown escape', GOOD.replace('Hi', '\\x41')],
    ['half an escape', GOOD.replace('Hi', '\\u00')],
    ['an unclosed string', GOOD.slice(0, -8)],
    ['NaN', chat('"temperature":NaN')],
    ['Infinity', chat('"temperature":-Infinity')],
    ['a number in hex', chat('"temperature":0x1')],
    ['a number with a leading zero', chat('"temperature":01')],
    ['a number with a plus', chat('"temperature":+1')],
    ['a number without digits', chat('"temperature":.5')],
    [
      'stream_options with a name twice',
      chat('"stream":true,"stream_options":{"include_usage":false,"include_usage":true}'),
    ],
    ['a tool with its type twice', chat('"tools":[{"type":"function","type":"mcp"}]')],
    [
      'a tool with its type twice, once with an escape',
      chat('"tools":[{"type":"function","t\\u0079pe":"mcp"}]'),
    ],
    ['108: __proto__', chat('"__proto__":{"model":"gpt-4o"}').replace('"model":"gpt-5.4",', '')],
    ['115: bytes that are not UTF-8', GOOD.replace('Hi', '\xff\xfe')],
    ['115: an overlong byte sequence', GOOD.replace('Hi', '\xc0\xaf')],
    ['115: half a surrogate pair as bytes', GOOD.replace('Hi', '\xed\xa0\x80')],
  ])('%s', (_, bytes) => expectRefused(bytes))
})

describe('103, 104: a model is named exactly or not at all', () => {
  test.each([
    ['a list', '["gpt-5.4"]'],
    ['an object', '{"id":"gpt-5.4"}'],
    ['a number', '5'],
    ['true', 'true'],
    ['null', 'null'],
    ['empty', '""'],
    ['a blank behind it', '"gpt-5.4 "'],
    ['a blank before it', '" gpt-5.4"'],
    ['a tab', '"gpt-5.4\\t"'],
    ['a NUL', '"gpt-5.4\\u0000"'],
    ['an escape', '"gpt-5\\u002e4"'],
    ['a line end', '"gpt-5.4\\r\\nX-Evil: 1"'],
    ['10 KB', `"${'x'.repeat(10_000)}"`],
    ['a zero-width space', utf8('"gpt-5.4\u200b"')],
    ['a right-to-left mark', utf8('"\u202egpt-5.4"')],
    ['another hyphen', utf8('"gpt‑5.4"')],
    ['full-width digits', utf8('"gpt-５.4"')],
    ['a Cyrillic letter', utf8('"gрt-5.4"')],
    ['a combining accent', utf8('"gpt-5.4\u0301"')],
    ['upper case', '"GPT-5.4"'],
    ['a slash behind it', '"gpt-5.4/"'],
    ['a path to another', '"gpt-5.4/../gpt-4o"'],
    ['a query', '"gpt-5.4?x=1"'],
    ['two names', '"gpt-5.4,gpt-4o"'],
    ['a wildcard', '"gpt-*"'],
    ['the prefix of another gateway', '"models/gpt-5.4"'],
    ['the prefix of no provider', '"openaiz/gpt-5.4"'],
    ['a provider in upper case', '"OpenAI/gpt-5.4"'],
    ['SQL', '"gpt-5.4\' or 1=1--"'],
    ['__proto__', '"__proto__"'],
    ['constructor', '"constructor"'],
  ])('%s', (_, model) => expectRefused(GOOD.replace('"gpt-5.4"', model), [400, 404]))

  test('a wildcard of a policy ends at its own segment', async () => {
    const { secret } = await world.issueKey({ policy: { models: ['openai/*', 'gpt-5.4-mini'] } })
    for (const model of [
      'openaiz/gpt-5.4',
      'gpt-5.4',
      'gpt-5.4-mini/x',
      'xgpt-5.4-mini',
      'anthropic/claude-sonnet-5',
    ]) {
      expect([403, 404]).toContain(await post(GOOD.replace('gpt-5.4', model), CHAT, secret))
    }
    expect(world.fake.calls).toHaveLength(0)
    expect(await post(GOOD.replace('gpt-5.4', 'openai/gpt-5.4'), CHAT, secret)).toBe(200)
  })

  test('102: the query and headers choose no model', async () => {
    const answer = await world.post(`${CHAT}?model=gpt-4o&api_base=${elsewhere.url}`, GOOD, {
      'x-model': 'gpt-4o',
    })
    expect(answer.status).toBe(200)
    expect(world.fake.calls.map(({ path, body }) => [path, body.toString()])).toEqual([[CHAT, GOOD]])
  })
})

describe('105: nothing in a body changes where it goes', () => {
  const TO = () => JSON.stringify(elsewhere.url)
  test.each([
    'api_base',
    'api_key',
    'base_url',
    'custom_llm_provider',
    'extra_body',
    'extra_headers',
    'fallbacks',
    'models',
    'plugins',
    'provider',
    'route',
    'user_config',
    'conversation',
  ])('%s is refused, also when it is null or in another case', async (name) => {
    for (const spelling of [name, name.toUpperCase(), `${name[0]?.toUpperCase()}${name.slice(1)}`]) {
      for (const value of [TO(), 'null', `{"api_base":${TO()}}`]) {
        expect(await post(chat(`"${spelling}":${value}`))).toBe(400)
      }
    }
    expect(world.fake.calls).toHaveLength(0)
  })

  test.each([
    [
      'metadata',
      (to: string) => `"metadata":{"api_base":${to},"base_url":${to},"user_config":{"api_base":${to}}}`,
    ],
    [
      'a message',
      (to: string) =>
        `"x":0,"messages_":[{"api_base":${to},"extra_headers":{"authorization":"x","host":"y"}}]`,
    ],
    [
      'members of other gateways',
      (to: string) =>
        `"proxy":${to},"host":${to},"endpoint":${to},"organization":"org-x","headers":{"authorization":"x"}`,
    ],
    [
      '__proto__ below the top',
      (to: string) => `"metadata":{"__proto__":{"api_base":${to}},"constructor":{"prototype":{"x":1}}}`,
    ],
    [
      '114: pictures, which we do not fetch',
      (to: string) => `"y":[{"type":"image_url","image_url":{"url":${to}}}]`,
    ],
  ])('%s goes on as it is, to the same place', async (_, more) => {
    await expectIdentical(chat(more(TO())))
    expect(Object.prototype).not.toHaveProperty('x')
    expect(Object.prototype).not.toHaveProperty('api_base')
  })

  test.each([
    [
      'a header',
      {
        'x-api-base': 'URL',
        'x-base-url': 'URL',
        'x-portkey-custom-host': 'URL',
        'x-forwarded-host': 'URL',
        'helicone-target-url': 'URL',
      },
    ],
    [
      'the host',
      {
        'x-forwarded-proto': 'http',
        forwarded: 'host=URL',
        'x-original-url': 'URL',
        'x-rewrite-url': '/v1/files',
      },
    ],
  ])('%s goes nowhere', async (_, headers) => {
    const named = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('URL', elsewhere.url)]),
    )
    expect((await world.post(CHAT, GOOD, named)).status).toBe(200)
    expect(JSON.stringify(world.fake.calls[0]?.rawHeaders)).not.toContain(String(elsewhere.port))
  })
})

describe('106: a cap or a count that cannot be held is refused', () => {
  const VALUES = [
    '-1',
    '0',
    '1e400',
    '1e308',
    '1e3',
    '9007199254740993',
    '"100"',
    '1.5',
    '50.0',
    '[]',
    '{}',
    'true',
    '-0',
    '00',
    '1e-1',
  ]
  const NAMES: [string, string, string, string[]][] = [
    [CHAT, '"messages":[]', 'max_tokens', []],
    [CHAT, '"messages":[]', 'max_completion_tokens', []],
    [CHAT, '"messages":[]', 'n', ['1000000000', '129']],
    ['/v1/completions', '"prompt":"x"', 'max_tokens', []],
    ['/v1/completions', '"prompt":"x"', 'best_of', ['1000000000']],
    ['/v1/responses', '"input":"x"', 'max_output_tokens', []],
    ['/v1/images/generations', '"prompt":"x"', 'n', ['1000000000', '17']],
  ]
  test.each(NAMES)('%s, %s: %s', async (path, rest, name, more) => {
    for (const value of [...VALUES, ...more]) {
      const status = await post(`{"model":"gpt-5.4",${rest},"${name}":${value}}`, path)
      expect([name, value, status]).toEqual([name, value, 400])
    }
    expect(world.fake.calls).toHaveLength(0)
  })

  test('spellings that differ are refused; ones that agree are not', async () => {
    await expectRefused(GOOD.replace('{', '{"max_tokens":60,'))
    world.fake.reset()
    await expectIdentical(GOOD.replace('{', '{"max_tokens":50,'))
  })

  test('a huge cap that is a number is held for what it may cost, or refused by a budget', async () => {
    const { secret } = await world.issueKey({
      budgets: [{ period: 'total', limitUsd: '1', onShort: 'deny' }],
    })
    expect(await post(GOOD.replace('50', '9007199254740991'), CHAT, secret)).toBe(429)
    expect(world.fake.calls).toHaveLength(0)
    expect(await post(GOOD, CHAT, secret)).toBe(200)
  })
})

describe('107: a body that is made to be expensive', () => {
  /** The dearest takes a second on a slow machine; to compare each of its names with all before it takes far more. */
  const MOST_CPU_MS = 4_000
  const chatOperation = findOperation('POST', CHAT)
  const BODIES: [string, string, number][] = [
    ['10,000 lists deep', chat(`"x":${'['.repeat(10_000)}${']'.repeat(10_000)}`), 400],
    ['a million lists deep', chat(`"x":${'['.repeat(1_000_000)}`), 400],
    ['10,000 objects deep', chat(`"x":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`), 400],
    ['tools 10,000 lists deep', chat(`"tools":${'['.repeat(10_000)}${']'.repeat(10_000)}`), 400],
    [
      '2,000,000 names at the top',
      `{${HEAD},${Array.from({ length: 2_000_000 }, (_, i) => `"k${i}":0`).join()}}`,
      400,
    ],
    [
      '200,000 names in one tool, integers that collide',
      chat(
        `"tools":[{"type":"function",${Array.from({ length: 200_000 }, (_, i) => `"${(i + 1) * 2 ** 24}":0`).join()}}]`,
      ),
      200,
    ],
    ['a million messages', `{${HEAD},"messages":[${'{"role":"user"},'.repeat(1_000_000)}{}]}`, 200],
    ['a string of 30 MB', chat(`"x":"${'a'.repeat(30_000_000)}"`), 200],
    ['a string of 5,000,000 escapes', chat(`"x":"${'\\n'.repeat(5_000_000)}"`), 200],
    ['a string of 5,000,000 quotes', chat(`"x":"${'\\"'.repeat(5_000_000)}"`), 200],
    ['10,000,000 blanks', chat(`"x":${' '.repeat(10_000_000)}1`), 200],
    ['10,000,000 line ends', chat(`"x":${'\n'.repeat(10_000_000)}1`), 200],
    ['a number of 1,000,000 digits', chat(`"x":${'9'.repeat(1_000_000)}`), 200],
    ['more bytes than are read', chat(`"x":"${'a'.repeat(33_600_000)}"`), 413],
  ]
  test.each(BODIES)(
    '%s',
    async (_, bytes, status) => {
      if (!('operation' in chatOperation)) throw new Error('chat is not served')
      const before = process.cpuUsage()
      try {
        readCall(chatOperation.operation, { text: bytes, ascii: false, controls: true })
      } catch {
        // Refused: what counts here is how long that takes.
      }
      const { user } = process.cpuUsage(before)
      expect(user / 1000).toBeLessThan(MOST_CPU_MS)
      const { secret } = await world.issueKey()
      expect(await post(bytes, CHAT, secret)).toBe(status)
      await expectServes(world)
    },
    60_000,
  )
})

describe('97, 109: a body of another type or encoding is not read', () => {
  const TYPES = [
    'application/json\ta',
    'application/json garbage',
    'application/json, text/plain',
    'application/json;charset=utf-7',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; x=y',
    'application/jsonx',
    'application/x-json',
    'text/plain',
    'text/json',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    '*/*',
    'application/json\x00',
    '',
  ]
  test.each(TYPES)('content-type: %j', async (type) => {
    const lines = [
      'host: x',
      'connection: close',
      `authorization: Bearer ${world.key.secret}`,
      `content-length: ${GOOD.length}`,
      `content-type: ${type}`,
    ]
    const { statuses } = await sendRaw(world.url, request(`POST ${CHAT} HTTP/1.1`, lines, GOOD))
    expect(statuses).toEqual([type.includes('\0') ? 400 : 415])
    expect(world.fake.calls).toHaveLength(0)
  })

  test('two content-types, or none', async () => {
    const lines = [
      'host: x',
      'connection: close',
      `authorization: Bearer ${world.key.secret}`,
      `content-length: ${GOOD.length}`,
    ]
    const json = 'content-type: application/json'
    expect(
      (await sendRaw(world.url, request(`POST ${CHAT} HTTP/1.1`, [...lines, json, json], GOOD))).statuses,
    ).toEqual([400])
    expect((await sendRaw(world.url, request(`POST ${CHAT} HTTP/1.1`, lines, GOOD))).statuses).toEqual([415])
  })

  test.each(['gzip', 'br', 'deflate', 'zstd', 'identity, gzip', 'gzip, gzip', 'x-gzip', 'GZIP'])(
    'content-encoding: %s',
    async (encoding) => {
      const answer = await world.post(CHAT, GOOD, { 'content-encoding': encoding })
      expect(answer.status).toBe(415)
      const api = await fetch(`${world.url}/api/v1/teams`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${world.api.owner}`,
          'content-type': 'application/json',
          'content-encoding': encoding,
        },
        body: '{"name":"compressed"}',
      })
      expect(api.status).toBe(415)
      expect(world.fake.calls).toHaveLength(0)
    },
  )
})

describe('112, 113: what is metered and what the provider would run', () => {
  test.each(['"true"', '1', '[]', '"false"'])('stream: %s is refused', (value) =>
    expectRefused(chat(`"stream":${value}`)),
  )

  test('usage is asked for on a stream whose caller forbids it', async () => {
    await world
      .post(CHAT, chat('"stream":true,"stream_options":{"include_usage":false,"x":1}'))
      .then((a) => a.text())
    expect(JSON.parse(world.fake.calls[0]?.body.toString() ?? '').stream_options).toEqual({
      include_usage: true,
      x: 1,
    })
  })

  test.each([
    [
      '/v1/responses',
      '"input":"x","max_output_tokens":9,"tools":[{"type":"mcp","server_label":"x","server_url":"http://169.254.169.254/"}]',
    ],
    [
      '/v1/responses',
      '"input":"x","max_output_tokens":9,"tools":[{"type":"mc\\u0070","server_url":"http://x"}]',
    ],
    ['/v1/responses', '"input":"x","max_output_tokens":9,"tools":[{"type":"MCP","server_url":"http://x"}]'],
    ['/v1/responses', '"input":"x","max_output_tokens":9,"tools":[{"type":"web_search_preview"}]'],
    [
      '/v1/responses',
      '"input":"x","max_output_tokens":9,"tools":[{"type":"function"},{"type":"code_interpreter"}]',
    ],
    [
      '/v1/responses',
      '"input":"x","max_output_tokens":9,"tools":[{"type":"file_search","vector_store_ids":["vs_x"]}]',
    ],
    ['/v1/responses', '"input":"x","max_output_tokens":9,"tools":[{"type":"something_new"}]'],
    ['/v1/responses', '"input":"x","max_output_tokens":9,"tools":[{}]'],
    [CHAT, '"messages":[],"web_search_options":{}'],
    [CHAT, '"messages":[],"tools":[{"type":"functionx"}]'],
  ])('%s with %s needs a policy', (path, rest) => expectRefused(`{"model":"gpt-5.4",${rest}}`, [403], path))

  test.each([
    '"mcp_servers":[{"type":"url","url":"http://169.254.169.254/","name":"x"}]',
    '"tools":[{"type":"web_search_20250305","name":"web_search"}]',
    '"tools":[{"type":"code_execution_20250522","name":"x"}]',
  ])('messages with %s needs a policy', (more) =>
    expectRefused(`{"model":"claude-sonnet-5","max_tokens":9,"messages":[],${more}}`, [403], '/v1/messages'),
  )
})

describe('115: text that is unusual, but one thing only, goes on as it is', () => {
  test.each([
    ['half a surrogate pair, escaped', GOOD.replace('Hi', '\\ud800')],
    ['surrogates in the wrong order, escaped', GOOD.replace('Hi', '\\udc00\\ud800')],
    ['escapes of ASCII', GOOD.replace('Hi', '\\u0048\\u0069\\/\\u0000')],
    ['emoji and line separators', utf8(GOOD.replace('Hi', '👩‍💻\u2028\u2029\ufeff'))],
    ['blanks everywhere', ` \r\n\t${GOOD.replaceAll(':', ' :\n').replaceAll(',', '\t, ')}\n `],
    ['numbers that a reader would change', chat('"x":1.0,"y":1e2,"z":12345678901234567890,"w":-0.0')],
    ['names that repeat below the top, in what we do not read', chat('"metadata":{"a":1,"a":2}')],
  ])('%s', (_, bytes) => expectIdentical(bytes))
})
