import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import { HOSTED_TOOLS, type HostedTool } from '../domain/operations.ts'
import { costOf, worstCaseOf } from '../domain/pricing.ts'
import { chargedTools, mostUsed, NO_TOOL_USE, type ToolUse } from '../domain/tool-use.ts'
import { NO_QUANTITIES, type ReportedUsage } from '../domain/usage.ts'
import { cataloguePrice } from '../providers/catalogue.ts'
import { type Meter, watchUsage } from '../providers/usage-watch.ts'
import { hostedToolsIn } from './hosted-tools.ts'
import { findOperation } from './operations.ts'
import { readCall } from './read-call.ts'
import { scanBody } from './scan-body.ts'

const OPENAI = {
  kind: 'openai',
  model: 'gpt-5.4-mini',
  path: '/v1/responses',
  meter: 'openai-responses',
} as const
const CLAUDE = {
  kind: 'anthropic',
  model: 'claude-haiku-4-5',
  path: '/v1/messages',
  meter: 'anthropic-messages',
} as const
const MINUTE = 60_000

type Example = {
  name: string
  at: typeof OPENAI | typeof CLAUDE
  tools: object[]
  /** Members of the request beside its tools. */
  more?: object
  /** Of the answer, beside 1,000 tokens in and 100 out. */
  answer: object
  usage?: object
  tookMs?: number
  /** Both beside the tokens. */
  heldNanoUsd: bigint
  nanoUsd: bigint
  estimated: boolean
}

const auto = { type: 'auto' }
const python = { type: 'code_interpreter', container: auto }
const codeRun = { type: 'code_execution_20250825', name: 'code_execution' }
const draw = { type: 'image_generation' }

/** By the providers' pages, worked by hand: a cent is 10,000,000 nano-USD. */
const EXAMPLES: Example[] = [
  {
    name: 'OpenAI: a container of 1 GB costs 3 cents for 20 minutes, and no answer says how long it ran',
    at: OPENAI,
    tools: [python],
    answer: { output: [{ type: 'code_interpreter_call', container_id: 'cntr_1' }] },
    heldNanoUsd: 90_000_000n,
    nanoUsd: 30_000_000n,
    estimated: true,
  },
  {
    // https://community.openai.com/t/1364328: a container is made for each call that asks for one.
    name: 'OpenAI: a container that no code ran in costs the same',
    at: OPENAI,
    tools: [python],
    answer: { output: [] },
    heldNanoUsd: 90_000_000n,
    nanoUsd: 30_000_000n,
    estimated: true,
  },
  {
    name: 'OpenAI: the memory is multiplied, and so are the 20 minutes that were begun',
    at: OPENAI,
    tools: [{ type: 'code_interpreter', container: { ...auto, memory_limit: '16g' } }],
    answer: { output: [] },
    tookMs: 25 * MINUTE,
    // 0.48 USD each
    heldNanoUsd: 1_440_000_000n,
    nanoUsd: 960_000_000n,
    estimated: true,
  },
  {
    name: 'OpenAI: a container that was made before is taken for the largest',
    at: OPENAI,
    tools: [{ type: 'code_interpreter', container: 'cntr_1' }],
    answer: { output: [] },
    heldNanoUsd: 5_760_000_000n,
    nanoUsd: 1_920_000_000n,
    estimated: true,
  },
  {
    name: 'OpenAI: so is one of a size that nobody knows',
    at: OPENAI,
    tools: [{ type: 'code_interpreter', container: { ...auto, memory_limit: 'constructor' } }],
    answer: { output: [] },
    heldNanoUsd: 5_760_000_000n,
    nanoUsd: 1_920_000_000n,
    estimated: true,
  },
  {
    name: 'OpenAI: a shell in a container costs as much as one for code',
    at: OPENAI,
    tools: [{ type: 'shell', environment: { type: 'container_auto', memory_limit: '4g' } }],
    answer: { output: [] },
    heldNanoUsd: 360_000_000n,
    nanoUsd: 120_000_000n,
    estimated: true,
  },
  {
    name: "OpenAI: a shell at the caller's own costs nothing",
    at: OPENAI,
    tools: [{ type: 'shell', environment: { type: 'local' } }],
    answer: { output: [] },
    heldNanoUsd: 0n,
    nanoUsd: 0n,
    estimated: false,
  },
  {
    name: 'OpenAI: images are charged by the tokens that the answer reports apart from its own',
    at: OPENAI,
    tools: [draw],
    more: { max_tool_calls: 1 },
    answer: {
      output: [{ type: 'image_generation_call' }],
      tool_usage: { image_gen: { input_tokens: 50, output_tokens: 1056, total_tokens: 1106 } },
    },
    // 20,000 × 8 + 20,000 × 32 micro-USD held; 50 × 8 + 1,056 × 32 charged
    heldNanoUsd: 800_000_000n,
    nanoUsd: 34_192_000n,
    estimated: true,
  },
  {
    name: 'OpenAI: images without such a report are charged at the most that they may have',
    at: OPENAI,
    tools: [draw],
    answer: { output: [{ type: 'image_generation_call' }, { type: 'image_generation_call' }] },
    heldNanoUsd: 16_000_000_000n,
    nanoUsd: 1_600_000_000n,
    estimated: true,
  },
  {
    name: 'OpenAI: using a computer costs the tokens alone',
    at: OPENAI,
    tools: [{ type: 'computer_use_preview', display_width: 800, display_height: 600, environment: 'linux' }],
    answer: { output: [{ type: 'computer_call' }] },
    heldNanoUsd: 0n,
    nanoUsd: 0n,
    estimated: false,
  },
  {
    name: 'OpenAI: searches are no more than the calls of tools that are asked for',
    at: OPENAI,
    tools: [{ type: 'web_search' }],
    more: { max_tool_calls: 2 },
    answer: { output: [{ type: 'web_search_call' }] },
    heldNanoUsd: 20_000_000n,
    nanoUsd: 10_000_000n,
    estimated: false,
  },
  {
    name: "OpenAI: a member that only Anthropic's search has bounds no search",
    at: OPENAI,
    tools: [{ type: 'web_search', max_uses: 1 }],
    answer: { output: [] },
    heldNanoUsd: 200_000_000n,
    nanoUsd: 0n,
    estimated: false,
  },
  {
    name: 'OpenAI: a tool in a namespace costs what it does beside it',
    at: OPENAI,
    tools: [
      { type: 'namespace', name: 'n', description: 'd', tools: [{ type: 'function', name: 'f' }, python] },
    ],
    answer: { output: [] },
    heldNanoUsd: 90_000_000n,
    nanoUsd: 30_000_000n,
    estimated: true,
  },
  {
    name: 'OpenAI: so does one that a search has loaded',
    at: OPENAI,
    tools: [],
    more: {
      input: [
        { type: 'message', role: 'user', content: 'x' },
        { type: 'tool_search_output', tools: [{ type: 'namespace', name: 'n', tools: [python] }] },
        { type: 'mcp_list_tools', server_label: 's', tools: [{ name: 'f', input_schema: {} }] },
      ],
    },
    answer: { output: [] },
    heldNanoUsd: 90_000_000n,
    nanoUsd: 30_000_000n,
    estimated: true,
  },
  {
    name: 'OpenAI: a tool that nobody knows is charged at what the dearest use of any costs',
    at: OPENAI,
    tools: [{ type: 'telepathy' }],
    answer: { output: [] },
    heldNanoUsd: 1_920_000_000n,
    nanoUsd: 1_920_000_000n,
    estimated: true,
  },
  {
    name: 'Claude: code costs 5 cents an hour, and its answer says that it ran',
    at: CLAUDE,
    tools: [codeRun],
    answer: { container: { id: 'container_1', expires_at: '2026-11-27T04:00:00Z' } },
    heldNanoUsd: 50_000_001n,
    nanoUsd: 16_666_667n,
    estimated: true,
  },
  {
    name: 'Claude: a run that the usage tells of is one as well',
    at: CLAUDE,
    tools: [codeRun],
    answer: {},
    usage: { server_tool_use: { code_execution_requests: 1 } },
    heldNanoUsd: 50_000_001n,
    nanoUsd: 16_666_667n,
    estimated: true,
  },
  {
    name: 'Claude: no code ran, nothing is charged',
    at: CLAUDE,
    tools: [codeRun],
    answer: { container: null },
    heldNanoUsd: 50_000_001n,
    nanoUsd: 0n,
    estimated: false,
  },
  {
    name: 'Claude: code is free beside the search that brings it along',
    at: CLAUDE,
    tools: [codeRun, { type: 'web_search_20260209', name: 'web_search', max_uses: 1 }],
    answer: { container: { id: 'container_1' } },
    usage: { server_tool_use: { web_search_requests: 1 } },
    heldNanoUsd: 10_000_000n,
    nanoUsd: 10_000_000n,
    estimated: false,
  },
  {
    name: 'Claude: and is not beside an older one',
    at: CLAUDE,
    tools: [codeRun, { type: 'web_search_20250305', name: 'web_search', max_uses: 1 }],
    answer: { container: { id: 'container_1' } },
    heldNanoUsd: 60_000_001n,
    nanoUsd: 16_666_667n,
    estimated: true,
  },
]

const TOKENS = { inputTokens: 1000, outputTokens: 100 }

test.each(EXAMPLES)('$name', ({ name: _, at, tools, more, answer, usage, tookMs, ...expected }) => {
  const found = findOperation('POST', at.path)
  const price = cataloguePrice({ kind: at.kind, baseUrl: '' }, at.model, new Date('2026-11-27T12:00:00Z'))
  if (!('operation' in found) || !price) throw new Error(`${at.model} cannot be called`)
  const { use } = hostedToolsIn(scanBody(JSON.stringify({ ...more, tools })), found.operation)
  const counts = { input_tokens: TOKENS.inputTokens, output_tokens: TOKENS.outputTokens }
  const reported = reportOf(at.meter, { model: at.model, ...answer, usage: { ...counts, ...usage } })
  const charged = chargedTools(reported, use, tookMs ?? 1000)
  const nothing = { inputTokens: 0, outputTokens: 0, images: 0, serviceTier: null }
  const tokens = costOf({ ...NO_QUANTITIES, ...TOKENS }, price, null).nanoUsd
  expect({
    heldNanoUsd: worstCaseOf(price, { ...nothing, tools: use }),
    nanoUsd: costOf({ ...reported.quantities, ...charged.tools }, price, null).nanoUsd - tokens,
    estimated: charged.estimated,
  }).toEqual(expected)
})

test.each([String.raw`"t\u006fols"`, '"Tools"', String.raw`"T\u004fOLS"`])(
  'the name %s hides no tool',
  (name) => {
    const found = findOperation('POST', OPENAI.path)
    if (!('operation' in found)) throw new Error('it is served')
    const input = `{"input":[{"type":"tool_search_output",${name}:[{"type":"web_search"}]}]}`
    expect(hostedToolsIn(scanBody(input), found.operation).tools).toEqual(['web_search'])
  },
)

test.each(['Input', 'Messages', 'System', 'Prompt', 'Instructions', 'Prediction'])(
  '%s is refused in this case, and cannot hide what the model reads',
  (name) => {
    const found = findOperation('POST', OPENAI.path)
    if (!('operation' in found)) throw new Error('it is served')
    const text = `{"model":"m","input":"x","${name}":[{"tools":[{"type":"web_search"}]}]}`
    expect(() => readCall(found.operation, { text, ascii: true, controls: false })).toThrow('in lower case')
  },
)

const loaded = (...tools: object[]) => ({
  type: 'tool_search_output',
  execution: 'client',
  call_id: 'c',
  tools,
})
const inCntr = (container: unknown) => ({ type: 'code_interpreter', container })

test.each<[name: string, body: object, use: Partial<ToolUse>]>([
  ['a container', { input: Array(10).fill(loaded(python)) }, { containers: 3 }],
  ['a container that is named and loaded', { tools: [python], input: [loaded(python)] }, { containers: 3 }],
  ['a tool that nobody knows', { input: Array(10).fill(loaded({ type: 'telepathy' })) }, { otherTools: 1 }],
  [
    'searches of a call that bounds them',
    { input: Array(10).fill(loaded({ type: 'web_search' })), max_tool_calls: 5 },
    { webSearches: 5 },
  ],
])('%s is held once, in however many turns it was loaded', (_, body, use) => {
  expect(useOf(body)).toEqual({ ...NO_TOOL_USE, ...use })
})

test.each<[name: string, tools: object[], use: Partial<ToolUse>]>([
  ['containers', [inCntr('cntr_1'), inCntr('cntr_2')], { containers: 2 * 64 * 3 }],
  ['sizes', [python, inCntr({ ...auto, memory_limit: '4g' })], { containers: 5 * 3 }],
  ['tools that run code', [python, { type: 'shell', environment: auto }], { containers: 2 * 3 }],
  ['tools that nobody knows', [{ type: 'telepathy' }, { type: 'clairvoyance' }], { otherTools: 2 }],
])('two %s are held for both', (_, tools, use) => {
  expect(useOf({ tools })).toEqual({ ...NO_TOOL_USE, ...use })
})

/** What is held for tools of a call of Responses. */
function useOf(body: object): ToolUse {
  const found = findOperation('POST', OPENAI.path)
  if (!('operation' in found)) throw new Error('it is served')
  return hostedToolsIn(scanBody(JSON.stringify(body)), found.operation).use
}

/** Of each kind, one that says no more about itself than it has to. */
const PLAIN: Record<HostedTool, [at: typeof OPENAI | typeof CLAUDE, tool: object]> = {
  web_search: [OPENAI, { type: 'web_search' }],
  web_fetch: [CLAUDE, { type: 'web_fetch_20250910', name: 'web_fetch' }],
  file_search: [OPENAI, { type: 'file_search', vector_store_ids: [] }],
  code_interpreter: [OPENAI, python],
  computer_use: [OPENAI, { type: 'computer' }],
  image_generation: [OPENAI, draw],
  mcp: [OPENAI, { type: 'mcp', server_label: 's', server_url: 'https://mcp.example' }],
  other: [OPENAI, { type: 'telepathy' }],
}

test.each(HOSTED_TOOLS)('%s: what is explained is what is held for a call that says no more', (kind) => {
  const [{ path }, tool] = PLAIN[kind]
  const found = findOperation('POST', path)
  if (!('operation' in found)) throw new Error('it is served')
  const held = hostedToolsIn(scanBody(JSON.stringify({ tools: [tool] })), found.operation)
  expect(held).toEqual({ tools: [kind], use: mostUsed([kind]) })
})

/** What the meter finds in an answer. */
function reportOf(meter: Meter, answer: object): ReportedUsage {
  const watch = watchUsage(meter, false)
  const bytes = Buffer.from(JSON.stringify(answer))
  watch.push(bytes, bytes.toString('latin1'))
  const usage = watch.finish()
  if (!usage) throw new Error('The answer reports no usage.')
  return usage
}

describe('through the gateway', () => {
  let world: GatewayWorld

  beforeAll(async () => {
    world = await gatewayWorld()
    for (const name of ['fake-hang', 'tiny']) await world.addModel(name)
  })

  beforeEach(() => world.fake.reset())

  afterAll(() => world[Symbol.asyncDispose]())

  const policy = { hostedTools: ['code_interpreter', 'other'] }
  const ask = (authorization: string, more: object) =>
    world.post(
      '/v1/responses',
      { model: 'gpt-5.4', input: 'x', max_output_tokens: 50, tools: [python], ...more },
      { authorization },
    )
  const keyWith = async (more: object) => `Bearer ${(await world.issueKey({ policy, ...more })).secret}`
  const callsOf = async (model: string) => (await world.usage()).filter((row) => row.model === model)

  test.each([false, true])('code is charged beside its tokens, and marked (stream: %s)', async (stream) => {
    const before = (await callsOf('gpt-5.4')).length
    const answer = await ask(await keyWith({}), { stream })
    expect(answer.status).toBe(200)
    await answer.text()
    await expect.poll(async () => (await callsOf('gpt-5.4')).length).toBe(before + 1)
    const row = (await callsOf('gpt-5.4')).at(-1)
    const tokens = BigInt(row?.inputTokens ?? 0) * 2_500n + BigInt(row?.outputTokens ?? 0) * 15_000n
    expect(row).toMatchObject({ estimated: true, costNanoUsd: tokens + 30_000_000n })
    expect(row?.holdNanoUsd).toBeGreaterThan(90_000_000n)
  })

  test('a hard budget that its container does not fit into is not passed', async () => {
    // The price is our own and names no container: 15 cents are held for it, the tokens cost less than a cent.
    const budgets = [{ period: 'total', limitUsd: '0.1' }]
    const headers = await keyWith({ budgets })
    expect((await ask(headers, { model: 'tiny' })).status).toBe(429)
    expect((await ask(headers, { model: 'tiny', tools: [] })).status).toBe(200)
    expect((await ask(headers, { model: 'tiny', tools: [{ type: 'telepathy' }] })).status).toBe(429)
    expect(world.fake.calls).toHaveLength(1)
  })

  test('a policy that does not allow a tool refuses it in a namespace and in what a search has loaded', async () => {
    const key = `Bearer ${(await world.issueKey({ policy: { hostedTools: ['other'] } })).secret}`
    const hidden = { type: 'namespace', name: 'n', description: 'd', tools: [python] }
    const input = [{ type: 'tool_search_output', execution: 'client', call_id: 'c', tools: [python] }]
    for (const more of [{ tools: [hidden] }, { tools: [], input }]) {
      const answer = await ask(key, more)
      expect(answer.status).toBe(403)
      expect(await answer.json()).toMatchObject({ error: { code: 'hosted_tool_not_allowed' } })
    }
    expect(world.fake.calls).toHaveLength(0)
  })

  test('a stream that is cut is charged for all that its tools may have used', async () => {
    const stop = new AbortController()
    const answer = await fetch(`${world.url}/v1/responses`, {
      method: 'POST',
      signal: stop.signal,
      headers: { authorization: await keyWith({}), 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'fake-hang',
        input: 'x',
        max_output_tokens: 5,
        tools: [python],
        stream: true,
      }),
    })
    expect(answer.status).toBe(200)
    stop.abort()
    await expect.poll(async () => (await callsOf('fake-hang')).length).toBe(1)
    const [row] = await callsOf('fake-hang')
    expect(row).toMatchObject({ errorCode: 'caller_gone', estimated: true })
    expect(row?.costNanoUsd).toBeGreaterThanOrEqual(150_000_000n)
    expect(row?.costNanoUsd).toBeLessThanOrEqual(row?.holdNanoUsd ?? 0n)
  })
})
