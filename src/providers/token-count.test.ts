import fc from 'fast-check'
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base'
import { beforeAll, describe, expect, test } from 'vitest'
import { type CountText, inputBound, loadEncoding } from './token-count.ts'

let cl100k: CountText
let o200k: CountText

beforeAll(async () => {
  cl100k = await loadEncoding('cl100k_base')
  o200k = await loadEncoding('o200k_base')
})

describe('counting text', () => {
  // https://developers.openai.com/cookbook/examples/how_to_count_tokens_with_tiktoken
  test.each([
    ['antidisestablishmentarianism', 6, 6],
    ['2 + 2 = 4', 7, 7],
    ['お誕生日おめでとう', 9, 8],
  ])('%s is what OpenAI says it is', (text, inCl100k, inO200k) => {
    expect([cl100k(text), o200k(text)]).toEqual([inCl100k, inO200k])
  })

  test('word by word comes to the same as the whole, special tokens being text', () => {
    const part = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.lorem({ maxCount: 5 }),
      fc.constantFrom('<|endoftext|>', '\r\n\r\n', '    ', "don't", '你好世界', '\ud800', '</div>\n\t'),
    )
    const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''))
    const plain = { disallowedSpecial: new Set<string>() }
    fc.assert(fc.property(text, (text) => o200k(text) === countO200k(text, plain)))
  })

  test.each([
    ['one long word', 'a'.repeat(1_000_000)],
    ['one long word of ideographs', '你好世界'.repeat(80_000)],
    ['blanks', ' '.repeat(1_000_000)],
    ['long words', `${'qxzvjk'.repeat(21)} `.repeat(1_500)],
  ])('takes no more than linear time: %s', (_, text) => {
    const startedAt = performance.now()
    const tokens = o200k(text)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    expect(tokens).toBeLessThanOrEqual(Buffer.byteLength(text))
  })
})

const EXAMPLE = [
  {
    role: 'system',
    content:
      'You are a helpful, pattern-following assistant that translates corporate jargon into plain English.',
  },
  { role: 'system', name: 'example_user', content: 'New synergies will help drive top-line growth.' },
  {
    role: 'system',
    name: 'example_assistant',
    content: 'Things working well together will increase revenue.',
  },
  {
    role: 'system',
    name: 'example_user',
    content:
      "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
  },
  {
    role: 'system',
    name: 'example_assistant',
    content: "Let's talk later when we're less busy about how to do better.",
  },
  {
    role: 'user',
    content: "This late pivot means we don't have time to boil the ocean for the client deliverable.",
  },
]

const WEATHER = {
  messages: [
    {
      role: 'system',
      content: 'You are a helpful assistant that can answer to questions about the weather.',
    },
    { role: 'user', content: "What's the weather like in San Francisco?" },
  ],
  tools: [
    {
      type: 'function',
      function: {
        name: 'get_current_weather',
        description: 'Get the current weather in a given location',
        parameters: {
          type: 'object',
          properties: {
            location: { type: 'string', description: 'The city and state, e.g. San Francisco, CA' },
            unit: {
              type: 'string',
              description: 'The unit of temperature to return',
              enum: ['celsius', 'fahrenheit'],
            },
          },
          required: ['location'],
        },
      },
    },
  ],
}

const hello = [{ role: 'user', content: 'hello' }]
const called = (name: string, args: string) => ({
  role: 'assistant',
  content: '',
  function_call: { name, arguments: args },
})

/** What OpenAI's API counted for these, in `usage.prompt_tokens`. Nothing is added here for templates or functions. */
const COUNTED: readonly [source: string, gpt35: number | null, gpt4o: number | null, request: object][] = [
  // The cookbook's page above: gpt-3.5-turbo and gpt-4 count alike, so do gpt-4o and gpt-4o-mini.
  ['cookbook: messages with names', 129, 124, { messages: EXAMPLE }],
  ['cookbook: a tool', 105, 101, WEATHER],
  // https://github.com/hmarr/openai-chat-tokens/blob/main/tests/token-counts.test.ts, checked there against the API
  ['a word', 8, null, { messages: hello }],
  ['a call of a function', 26, null, { messages: [called('do_stuff', '{"foo": "bar", "baz": 1.5}')] }],
  ['a call with line breaks', 25, null, { messages: [called('do_stuff', '{"foo":"bar", "baz":\n\n 1.5}')] }],
  [
    'what a function answered',
    24,
    null,
    { messages: [{ role: 'function', name: 'dance_the_tango', content: '{"a": { "b" : { "c": false}}}' }] },
  ],
  [
    'a function without parameters',
    31,
    null,
    { messages: hello, functions: [{ name: 'foo', parameters: { type: 'object', properties: {} } }] },
  ],
  [
    'a function with parameters within parameters',
    68,
    null,
    {
      messages: hello,
      functions: [
        {
          name: 'bing_bong',
          description: 'Do a bing bong',
          parameters: {
            type: 'object',
            properties: {
              foo: {
                type: 'object',
                properties: { bar: { type: 'string', enum: ['a', 'b', 'c'] }, baz: { type: 'boolean' } },
              },
            },
          },
        },
      ],
    },
  ],
]

describe('the bound of a request', () => {
  test.each(COUNTED)('is no less than what was counted: %s', (_, gpt35, gpt4o, request) => {
    const body = JSON.stringify({ model: 'x', ...request })
    const describes = !('messages' in request) || Object.keys(request).length > 1
    const bounds = [inputBound(body, describes, cl100k), inputBound(body, describes, o200k)]
    for (const [bound, counted] of [
      [bounds[0], gpt35],
      [bounds[1], gpt4o],
    ] as const) {
      if (counted === null) continue
      expect(bound).toBeGreaterThanOrEqual(counted)
      expect(bound).toBeLessThanOrEqual(body.length)
    }
  })

  test('is near the truth for a long text', () => {
    const content = 'The quick brown fox jumps over the lazy dog. '.repeat(1000)
    const body = JSON.stringify({ model: 'x', messages: [{ role: 'user', content }] })
    expect(inputBound(body, false, o200k)).toBeLessThan(o200k(content) + 50)
  })

  test('is at least what all the strings in it come to, whatever they are', () => {
    const request = fc.array(fc.record({ role: fc.string(), content: fc.string({ unit: 'grapheme' }) }))
    fc.assert(
      fc.property(request, fc.nat(3), (messages, indent) => {
        const body = JSON.stringify({ messages }, null, indent)
        const least = messages
          .map(({ role, content }) => 4 + o200k(role) + o200k(content))
          .reduce((a, b) => a + b, 3)
        return (inputBound(body, false, o200k) ?? 0) >= least
      }),
    )
  })

  test('counts a name that repeats each time, since a reader may take either', () => {
    const long = 'word '.repeat(500)
    const bound = inputBound(`{"messages":[{"content":"${long}","content":"x"}]}`, false, o200k)
    expect(bound).toBeGreaterThan(500)
  })

  test('reads escapes as what they mean', () => {
    const body = '{"input":"\\u4f60\\u597d\\"\\\\","n":1}'
    expect(inputBound(body, false, o200k)).toBe(o200k('input') + o200k('你好"\\') + o200k('n') + 6 + 6)
  })

  test.each(['{"input":[{"encrypted_content":"abc"}]}', '{"input":[{"encrypted\\u005fcontent" : "abc"}]}'])(
    'is not known when something in it is sealed: %s',
    (body) => {
      expect(inputBound(body, false, o200k)).toBe(null)
      expect(inputBound('{"input":"encrypted_content"}', false, o200k)).not.toBe(null)
    },
  )
})
