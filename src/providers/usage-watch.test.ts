import { expect, test } from 'vitest'
import { costOf } from '../domain/pricing.ts'
import { NO_QUANTITIES, type Quantities } from '../domain/usage.ts'
import { cataloguePrice } from './catalogue.ts'
import { type Meter, watchUsage } from './usage-watch.ts'

const DAY = new Date('2026-11-21T12:00:00Z')

/** Watches an answer go by in pieces of `size` bytes, in a buffer that is overwritten each time. */
function watch(meter: Meter, isEventStream: boolean, answer: string, size = 1500) {
  const usage = watchUsage(meter, isEventStream)
  const bytes = Buffer.from(answer)
  const incoming = Buffer.alloc(size)
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(incoming, 0, at, at + size)
    const chunk = incoming.subarray(0, length)
    usage.push(chunk, chunk.toString('latin1'))
    incoming.fill(0x22)
  }
  return usage
}

function used(part: Partial<Quantities>): Quantities {
  return { ...NO_QUANTITIES, ...part }
}

function events(...values: unknown[]): string {
  return values
    .map((value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`)
    .join('')
}

function namedEvents(...values: ({ type: string } & Record<string, unknown>)[]): string {
  return values.map((value) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`).join('')
}

const CHAT_USAGE = {
  prompt_tokens: 2006,
  completion_tokens: 300,
  total_tokens: 2306,
  prompt_tokens_details: { cached_tokens: 1920, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 128,
    audio_tokens: 0,
    accepted_prediction_tokens: 40,
    rejected_prediction_tokens: 12,
  },
}
const CHAT_QUANTITIES = used({
  inputTokens: 2006,
  cachedInputTokens: 1920,
  outputTokens: 300,
  reasoningTokens: 128,
})

function chat(usage: unknown, content = 'Hello', model = 'gpt-5.4-2026-03-05') {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    ...(usage === undefined ? {} : { usage }),
    service_tier: 'default',
  }
}

function chunk(content: string, usage?: unknown) {
  const choices = usage ? [] : [{ index: 0, delta: { content }, finish_reason: null }]
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    model: 'gpt-5.4',
    service_tier: 'default',
    choices,
    usage: usage ?? null,
  }
}

const WORDS = 'The quick brown fox jumps over the lazy dog'.split(/(?<= )/)
const PRINTS_USAGE = '{"usage":{"prompt_tokens":1,"completion_tokens":1}} "usage":{"prompt_tokens":1}'

const RESPONSES_USAGE = {
  input_tokens: 1000,
  input_tokens_details: {
    cached_tokens: 200,
    cache_write_tokens: 300,
    cache_write_tokens_details: { ttl_12h_tokens: 100, ttl_30m_tokens: 200 },
  },
  output_tokens: 500,
  output_tokens_details: { reasoning_tokens: 450 },
  total_tokens: 1500,
}
const RESPONSES_QUANTITIES = used({
  inputTokens: 1000,
  cachedInputTokens: 200,
  cacheWrite5mTokens: 200,
  cacheWrite1hTokens: 100,
  outputTokens: 500,
  reasoningTokens: 450,
})

function response(text: string, usage: unknown, searches = 0) {
  const item = { type: 'message', content: [{ type: 'output_text', text }, { type: 'web_search_call' }] }
  const calls = Array.from({ length: searches }, () => ({ type: 'web_search_call', status: 'completed' }))
  return {
    id: 'resp_1',
    object: 'response',
    model: 'gpt-6-sol',
    output: [...calls, item],
    service_tier: 'priority',
    tools: [{ type: 'web_search_call' }],
    usage,
    metadata: { usage: '{"input_tokens":1}' },
  }
}

// Anthropic's example of its caching guide: exclusive counts.
const CLAUDE_USAGE = {
  input_tokens: 10,
  cache_creation_input_tokens: 100,
  cache_read_input_tokens: 1000,
  cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
  output_tokens: 503,
  server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 },
  service_tier: 'standard',
  inference_geo: 'not_available',
}
const CLAUDE_QUANTITIES = used({
  inputTokens: 1110,
  cachedInputTokens: 1000,
  cacheWrite5mTokens: 60,
  cacheWrite1hTokens: 40,
  outputTokens: 503,
  webSearches: 2,
})

function message(usage: unknown, content: unknown[] = [{ type: 'text', text: 'Hello' }]) {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-5-5',
    content,
    stop_reason: 'end_turn',
    usage,
  }
}

function messageStream(start: unknown, delta: unknown, texts: readonly string[] = WORDS): string {
  return namedEvents(
    { type: 'message_start', message: message(start, []) },
    { type: 'ping' },
    ...texts.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    ...(delta
      ? [
          { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: delta },
          { type: 'message_stop' },
        ]
      : []),
  )
}

type Answer = [
  name: string,
  meter: Meter,
  isEventStream: boolean,
  answer: string,
  quantities: Quantities | null,
]

const ANSWERS: Answer[] = [
  ['a chat answer', 'openai-chat', false, JSON.stringify(chat(CHAT_USAGE), null, 2), CHAT_QUANTITIES],
  [
    'one that prints a usage of its own',
    'openai-chat',
    false,
    JSON.stringify(chat(CHAT_USAGE, PRINTS_USAGE)),
    CHAT_QUANTITIES,
  ],
  [
    'one that prints it and reports none',
    'openai-chat',
    false,
    JSON.stringify(chat(undefined, PRINTS_USAGE)),
    null,
  ],
  [
    'a huge one',
    'openai-chat',
    false,
    JSON.stringify(chat(CHAT_USAGE, PRINTS_USAGE.repeat(5000))),
    CHAT_QUANTITIES,
  ],
  [
    'a huge one without usage',
    'openai-chat',
    false,
    JSON.stringify(chat(undefined, PRINTS_USAGE.repeat(5000))),
    null,
  ],
  ['one that was cut', 'openai-chat', false, JSON.stringify(chat(CHAT_USAGE)).slice(0, 120), null],
  ['no JSON', 'openai-chat', false, '<html>502</html>', null],
  [
    'audio',
    'openai-chat',
    false,
    JSON.stringify(
      chat({
        prompt_tokens: 150,
        completion_tokens: 300,
        total_tokens: 450,
        prompt_tokens_details: { audio_tokens: 100, text_tokens: 50 },
        completion_tokens_details: { audio_tokens: 250, text_tokens: 50 },
      }),
    ),
    used({ inputTokens: 150, audioInputTokens: 100, outputTokens: 300, audioOutputTokens: 250 }),
  ],
  [
    'thinking that only the total counts',
    'openai-chat',
    false,
    JSON.stringify(chat({ prompt_tokens: 100, completion_tokens: 20, total_tokens: 620 })),
    used({ inputTokens: 100, outputTokens: 520 }),
  ],
  [
    'a negative count',
    'openai-chat',
    false,
    JSON.stringify(chat({ prompt_tokens: -5, completion_tokens: 1 })),
    null,
  ],
  [
    'counts that are words',
    'openai-chat',
    false,
    JSON.stringify(chat({ prompt_tokens: 'many', completion_tokens: 1 })),
    null,
  ],
  ['usage that is a list', 'openai-chat', false, JSON.stringify(chat([1, 2])), null],
  [
    'a model that searches before each answer',
    'openai-chat',
    false,
    JSON.stringify(
      chat({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }, 'x', 'gpt-4o-search-preview'),
    ),
    used({ inputTokens: 10, outputTokens: 5, webSearches: 1 }),
  ],

  [
    'a stream that includes usage',
    'openai-chat',
    true,
    events(...WORDS.map((word) => chunk(word)), chunk('', CHAT_USAGE), '[DONE]'),
    CHAT_QUANTITIES,
  ],
  [
    'a stream that does not',
    'openai-chat',
    true,
    events(...WORDS.map((word) => chunk(word)), '[DONE]'),
    null,
  ],
  [
    'a stream that prints usage',
    'openai-chat',
    true,
    events(chunk(PRINTS_USAGE), chunk('', CHAT_USAGE), '[DONE]'),
    CHAT_QUANTITIES,
  ],
  [
    'a stream that only prints usage',
    'openai-chat',
    true,
    events(chunk(PRINTS_USAGE), chunk(PRINTS_USAGE), '[DONE]'),
    null,
  ],
  [
    'a long stream',
    'openai-chat',
    true,
    events(...Array.from({ length: 2000 }, () => chunk('word ')), chunk('', CHAT_USAGE), '[DONE]'),
    CHAT_QUANTITIES,
  ],
  [
    'a stream whose last chunk has kilobytes beside its usage',
    'openai-chat',
    true,
    events(chunk('Hello'), { ...chunk('', CHAT_USAGE), citations: 'x'.repeat(7000) }, '[DONE]'),
    CHAT_QUANTITIES,
  ],
  [
    'a stream with carriage returns and comments',
    'openai-chat',
    true,
    `: OPENROUTER PROCESSING\r\n\r\n${events(chunk('x'), chunk('', CHAT_USAGE), '[DONE]').replaceAll('\n', '\r\n')}: bye\r\n\r\n`,
    CHAT_QUANTITIES,
  ],
  [
    'legacy completions',
    'openai-completions',
    false,
    JSON.stringify({ choices: [{ text: 'x' }], usage: CHAT_USAGE }),
    CHAT_QUANTITIES,
  ],
  [
    'embeddings',
    'openai-embeddings',
    false,
    JSON.stringify({ data: [{ embedding: [0.5] }], usage: { prompt_tokens: 8, total_tokens: 8 } }),
    used({ inputTokens: 8 }),
  ],
  [
    'megabytes of embeddings',
    'openai-embeddings',
    false,
    JSON.stringify({
      data: Array.from({ length: 50 }, () => ({ embedding: Array(1536).fill(-0.0123) })),
      usage: { prompt_tokens: 8, total_tokens: 8 },
    }),
    used({ inputTokens: 8 }),
  ],
  [
    'images',
    'openai-images',
    false,
    JSON.stringify({
      created: 1,
      data: [{ b64_json: 'A'.repeat(100_000) }, { b64_json: 'B'.repeat(100_000) }],
      usage: {
        input_tokens: 50,
        input_tokens_details: { text_tokens: 10, image_tokens: 40 },
        output_tokens: 4160,
        total_tokens: 4210,
      },
    }),
    used({ inputTokens: 50, imageInputTokens: 40, outputTokens: 4160, imageOutputTokens: 4160, images: 2 }),
  ],

  [
    'a stream of an image',
    'openai-images',
    true,
    namedEvents(
      { type: 'image_generation.partial_image', b64_json: 'A'.repeat(10_000), partial_image_index: 0 },
      {
        type: 'image_generation.completed',
        b64_json: 'B'.repeat(100_000),
        usage: { input_tokens: 50, output_tokens: 4260, total_tokens: 4310 },
      },
    ),
    used({ inputTokens: 50, outputTokens: 4260, imageOutputTokens: 4260, images: 1 }),
  ],

  [
    'a response',
    'openai-responses',
    false,
    JSON.stringify(response('Hello', RESPONSES_USAGE), null, 2),
    RESPONSES_QUANTITIES,
  ],
  [
    'a response that searched',
    'openai-responses',
    false,
    JSON.stringify(response(PRINTS_USAGE, RESPONSES_USAGE, 3)),
    { ...RESPONSES_QUANTITIES, webSearches: 3 },
  ],
  [
    'a huge one that searched',
    'openai-responses',
    false,
    JSON.stringify(response(PRINTS_USAGE.repeat(2000), RESPONSES_USAGE, 3)),
    { ...RESPONSES_QUANTITIES, webSearches: 3 },
  ],
  [
    'a streamed response whose last event is larger than any window',
    'openai-responses',
    true,
    namedEvents(
      { type: 'response.created', response: response('', null) },
      ...WORDS.map((delta) => ({ type: 'response.output_text.delta', delta })),
      { type: 'response.completed', response: response(PRINTS_USAGE.repeat(5000), RESPONSES_USAGE, 2) } as {
        type: string
      },
    ),
    { ...RESPONSES_QUANTITIES, webSearches: 2 },
  ],
  [
    'a streamed response without event lines',
    'openai-responses',
    true,
    events(
      { type: 'response.created', response: response('', null) },
      { type: 'response.incomplete', response: response('x', RESPONSES_USAGE) },
    ),
    RESPONSES_QUANTITIES,
  ],
  [
    'a streamed response that was cut',
    'openai-responses',
    true,
    namedEvents({ type: 'response.created', response: response('', null) }),
    null,
  ],

  ['a message', 'anthropic-messages', false, JSON.stringify(message(CLAUDE_USAGE)), CLAUDE_QUANTITIES],
  [
    'a message that calls a tool with a usage of its own',
    'anthropic-messages',
    false,
    JSON.stringify(
      message(CLAUDE_USAGE, [{ type: 'tool_use', input: { usage: { input_tokens: 1, output_tokens: 1 } } }]),
    ),
    CLAUDE_QUANTITIES,
  ],
  [
    'a stream of a message',
    'anthropic-messages',
    true,
    messageStream(
      { ...CLAUDE_USAGE, output_tokens: 1, server_tool_use: null },
      { output_tokens: 503, input_tokens: null, server_tool_use: { web_search_requests: 2 } },
    ),
    CLAUDE_QUANTITIES,
  ],
  [
    'a stream whose cumulative input grew with its tools',
    'anthropic-messages',
    true,
    messageStream({ input_tokens: 10, output_tokens: 1 }, { input_tokens: 5000, output_tokens: 70 }),
    used({ inputTokens: 5000, outputTokens: 70 }),
  ],
  [
    'a conversation that was summarized on the way',
    'anthropic-messages',
    false,
    JSON.stringify(
      message({
        input_tokens: 23_000,
        output_tokens: 1000,
        iterations: [
          { type: 'compaction', input_tokens: 180_000, output_tokens: 3500 },
          { type: 'message', input_tokens: 23_000, output_tokens: 1000 },
        ],
      }),
    ),
    used({ inputTokens: 203_000, outputTokens: 4500 }),
  ],
  ['a message without usage', 'anthropic-messages', false, JSON.stringify(message(undefined)), null],

  ['what costs nothing', 'free', false, JSON.stringify(chat(CHAT_USAGE)), null],
]

test.each(ANSWERS)('the usage is read from %s', (_, meter, isEventStream, answer, quantities) => {
  expect(watch(meter, isEventStream, answer).finish()?.quantities ?? null).toEqual(quantities)
})

test.each(ANSWERS)('and wherever its chunks end: %s', (_, meter, isEventStream, answer, quantities) => {
  const sizes = answer.length > 20_000 ? [997, 4096, 16_384, 65_536] : [1, 2, 3, 7, 61, 64, 100, 1e6]
  for (const size of sizes) {
    expect(watch(meter, isEventStream, answer, size).finish()?.quantities ?? null, `${size} bytes`).toEqual(
      quantities,
    )
  }
})

test('who served, in which tier, and as which object is read as well', () => {
  expect(watch('openai-chat', false, JSON.stringify(chat(CHAT_USAGE))).finish()).toMatchObject({
    servedModel: 'gpt-5.4-2026-03-05',
    serviceTier: 'default',
    objectId: null,
    estimated: false,
  })
  expect(
    watch('openai-responses', false, JSON.stringify(response('x', RESPONSES_USAGE))).finish(),
  ).toMatchObject({
    servedModel: 'gpt-6-sol',
    serviceTier: 'priority',
    objectId: 'resp_1',
  })
  const fast = { ...CLAUDE_USAGE, speed: 'fast', inference_geo: 'us' }
  expect(watch('anthropic-messages', true, messageStream(fast, { output_tokens: 5 })).finish()).toMatchObject(
    {
      servedModel: 'claude-opus-5-5',
      serviceTier: 'standard+fast+us',
    },
  )
})

// From the answer's bytes to the money, at list prices of 2026-11-21, each bug class of B10.
const COSTS: [
  name: string,
  meter: Meter,
  answer: string,
  kind: 'openai' | 'anthropic',
  model: string,
  nanoUsd: bigint,
][] = [
  // 86 × 2.5 + 1,920 × 0.25 + 300 × 15 micro-USD: cached once, reasoning once.
  [
    'cached and reasoning tokens',
    'openai-chat',
    JSON.stringify(chat(CHAT_USAGE)),
    'openai',
    'gpt-5.4',
    5_195_000n,
  ],
  // (500 × 2 + 200 × 0.2 + 200 × 2.5 + 100 × 5 + 500 × 10 micro-USD) × 2 + 3 × 0.01 USD
  [
    'cache writes, a search and priority',
    'openai-responses',
    JSON.stringify(response('x', RESPONSES_USAGE, 3)),
    'openai',
    'gpt-6-sol',
    44_080_000n,
  ],
  // 10 × 4 + 1,000 × 0.2 + 60 × 5 + 40 × 8 + 503 × 20 micro-USD + 2 × 0.01 USD
  [
    'exclusive counts',
    'anthropic-messages',
    JSON.stringify(message(CLAUDE_USAGE)),
    'anthropic',
    'claude-opus-5-5',
    30_920_000n,
  ],
]

test.each(COSTS)('the price of %s is exact', (_, meter, answer, kind, model, nanoUsd) => {
  const usage = watch(meter, false, answer).finish()
  const price = cataloguePrice({ kind, baseUrl: '' }, model, DAY)
  expect(usage && price && costOf(usage.quantities, price, usage.serviceTier).nanoUsd).toBe(nanoUsd)
})

test('impossible figures are bent and marked', () => {
  const usage = watch(
    'openai-chat',
    false,
    JSON.stringify(chat({ prompt_tokens: 1e15, completion_tokens: 7 })),
  ).finish()
  expect(usage).toMatchObject({ estimated: true, quantities: { inputTokens: 100_000_000, outputTokens: 7 } })
})

test('a message that was cut is charged its input, and output as counted', () => {
  const usage = watch(
    'anthropic-messages',
    true,
    messageStream({ ...CLAUDE_USAGE, output_tokens: 1 }, null),
  ).finish()
  expect(usage?.estimated).toBe(true)
  expect(usage?.quantities.inputTokens).toBe(1110)
  expect(usage?.quantities.outputTokens).toBeGreaterThanOrEqual(WORDS.length)
})

test('usage so far in each chunk of a stream that was cut is not the last word', () => {
  const soFar = (output: number) => ({
    ...chunk('word '),
    usage: { prompt_tokens: 20, completion_tokens: output, total_tokens: 20 + output },
  })
  const cut = watch(
    'openai-chat',
    true,
    events(soFar(1), soFar(2), ...WORDS.map((word) => chunk(word))),
  ).finish()
  expect(cut?.estimated).toBe(true)
  expect(cut?.quantities.outputTokens).toBeGreaterThanOrEqual(WORDS.length + 2)
  const whole = watch('openai-chat', true, events(soFar(1), soFar(2), '[DONE]')).finish()
  expect(whole).toMatchObject({ estimated: false, quantities: { outputTokens: 2 } })
})

test('an abandoned stream counts at least a token for each piece, and not more than its bytes', () => {
  for (const length of [1, 5, 20, 500]) {
    const texts = Array.from({ length }, (_, index) => WORDS[index % WORDS.length] ?? '')
    const bytes = texts.join('').length
    const streams: [Meter, string][] = [
      ['openai-chat', events(...texts.map((text) => chunk(text)))],
      ['anthropic-messages', messageStream({ input_tokens: 1, output_tokens: 1 }, null, texts)],
      [
        'openai-responses',
        namedEvents(
          ...texts.map((delta) => ({ type: 'response.output_text.delta', item_id: 'msg_1', delta })),
        ),
      ],
    ]
    for (const [meter, stream] of streams) {
      const counted = watch(meter, true, stream).countedOutputTokens()
      expect(counted, meter).toBeGreaterThanOrEqual(length)
      // Below eight events the envelope is a guess: up to fifty tokens each.
      expect(counted, meter).toBeLessThanOrEqual(bytes + Math.min(length, 8) * 50)
    }
  }
})

test('a few large pieces are not counted as a few tokens', () => {
  const stream = events(chunk('x'.repeat(3000)), chunk('y'.repeat(6000)))
  expect(watch('openai-chat', true, stream).countedOutputTokens()).toBeGreaterThan(2000)
})

test('vectors are not output tokens, and an image may be any number of them', () => {
  expect(watch('openai-embeddings', false, 'x'.repeat(100_000)).countedOutputTokens()).toBe(0)
  expect(watch('openai-images', false, 'x'.repeat(100_000)).countedOutputTokens()).toBeNull()
})

test.each([
  ['its first event', { container: { id: 'container_1' } }, {}, {}, true],
  ['its last event', {}, { container: { id: 'container_1' } }, {}, true],
  ['its usage', {}, {}, { server_tool_use: { code_execution_requests: 2 } }, true],
  [
    'nothing',
    { container: null },
    { container: null },
    { server_tool_use: { web_search_requests: 1 } },
    false,
  ],
])('whether code ran, a stream of Claude says in %s', (_, begun, ended, usage, ran) => {
  const stream = namedEvents(
    { type: 'message_start', message: { ...message({ input_tokens: 1, output_tokens: 1 }, []), ...begun } },
    { type: 'message_delta', delta: { ...ended }, usage: { output_tokens: 5, ...usage } },
  )
  expect(watch('anthropic-messages', true, stream).finish()).toMatchObject({ ranCode: ran, cut: false })
})
