import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BodyError, memberValue, scanBody } from './scan-body.ts'

const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

function accepts(text: string): boolean {
  try {
    scanBody(text)
    return true
  } catch (error) {
    if (error instanceof BodyError) return false
    throw error
  }
}

function depth(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depth))
}

/** Valid JSON of an object, printed with or without spaces and escapes. */
const objects = fc.record({
  value: fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), fc.jsonValue({ maxDepth: 5 }), { maxKeys: 8 }),
  indent: fc.constantFrom(0, 1, 2),
  escaped: fc.boolean(),
})
const printed = objects.map(({ value, indent, escaped }) => {
  const text = JSON.stringify(value, null, indent)
  const ascii = text.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return latin1(escaped ? ascii : text)
})

/** The same with a few bytes changed, dropped, repeated or added: mostly not JSON any more, but nearly. */
const TOKENS = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\n',
  '\t',
  '\0',
  '\x1f',
  '0',
  '-',
  'e',
  '.',
  'true',
  '\\u00',
  ' ',
  '\x80',
]
const broken = fc
  .tuple(
    printed,
    fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...TOKENS)), { minLength: 1, maxLength: 4 }),
  )
  .map(([text, edits]) =>
    edits.reduce((text, [where, drop, add]) => {
      const at = where % (text.length + 1)
      return text.slice(0, at) + add + text.slice(at + drop)
    }, text),
  )

describe('the scanner and JSON.parse agree', () => {
  test('on every member of what is accepted', () => {
    let accepted = 0
    fc.assert(
      fc.property(fc.oneof(printed, broken), (text) => {
        if (!accepts(text)) return
        accepted++
        const body = scanBody(text)
        const parsed = JSON.parse(text)
        expect([...body.keys].sort()).toEqual(Object.keys(parsed).sort())
        body.keys.forEach((key, i) => {
          expect(JSON.parse(text.slice(body.starts[i], body.ends[i]))).toEqual(parsed[key])
        })
      }),
      { numRuns: 20_000 },
    )
    expect(accepted).toBeGreaterThan(5_000)
  })

  test('on what is accepted, when names are plain and differ', () => {
    fc.assert(
      fc.property(printed, (text) => {
        if (depth(JSON.parse(text)) <= 64) expect(accepts(text)).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })
})

test.each([
  ['a name twice', '{"model":"a","model":"b"}'],
  ['a name twice, once escaped', '{"model":"a","\\u006dodel":"b"}'],
  ['a name that is not ASCII', latin1('{"mödel":"a"}')],
  ['a byte order mark', latin1('\ufeff{"model":"a"}')],
  ['a trailing comma', '{"model":"a",}'],
  ['a comment', '{"model":"a"/* b */}'],
  ['single quotes', "{'model':'a'}"],
  ['two values', '{"model":"a"}{"model":"b"}'],
  ['an array', '[{"model":"a"}]'],
  ['a string', '"model"'],
  ['nothing', ''],
  ['a NUL in a string', '{"model":"a\0"}'],
  ['a line feed in a string', '{"model":"a\n"}'],
  ['an escape that does not exist', '{"model":"\\x61"}'],
  ['half an escape', '{"model":"\\u00"}'],
  ['a string that does not end', '{"model":"a'],
  ['a number with a leading zero', '{"n":01}'],
  ['a number with a plus', '{"n":+1}'],
  ['NaN', '{"n":NaN}'],
  ['Infinity', '{"n":Infinity}'],
  ['a hexadecimal number', '{"n":0x10}'],
  ['a bracket that closes a brace', '{"a":[}]'],
  ['too deep', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`],
  ['very deep', `{"a":${'['.repeat(1_000_000)}`],
  ['too many members', `{${Array.from({ length: 300 }, (_, i) => `"k${i}":1`).join(',')}}`],
])('a body with %s is refused', (_, text) => {
  expect(() => scanBody(text)).toThrow(BodyError)
})

test('nesting up to the limit is accepted', () => {
  expect(accepts(`{"a":${'['.repeat(63)}${']'.repeat(63)}}`)).toBe(true)
})

test('a name that repeats below the top level is refused when its member is read', () => {
  const body = scanBody('{"tools":[{"type":"web_search","type":"function"}],"other":{"a":{"__proto__":1}}}')
  expect(() => memberValue(body, 'tools')).toThrow('appears twice')
  expect(memberValue(body, 'other')).toEqual(JSON.parse('{"a":{"__proto__":1}}'))
  expect(memberValue(body, 'absent')).toBe(undefined)
})

test.each([
  ['{"messages":[{"role":"user","content":"image_url"}]}', false],
  ['{"messages":[{"content":[{"type":"image_url","image_url":{"url":"x"}}]}]}', true],
  ['{"messages":[{"content":[{"image\\u005furl":{"url":"x"}}]}]}', true],
])('names that refer to more than text are noticed: %s', (text, watched) => {
  expect(scanBody(text).watched).toBe(watched)
})

test.each([
  ['two million names', `{"a":{${Array.from({ length: 2_000_000 }, (_, i) => `"${i}":0`).join(',')}}}`],
  ['a million messages', `{"messages":[${'{},'.repeat(1_000_000)}{}]}`],
  ['a string of 32 MB full of escapes', `{"a":"${'\\n'.repeat(16_000_000)}"}`],
])('%s are passed in bounded time', (_, text) => {
  const before = performance.now()
  accepts(text)
  expect(performance.now() - before).toBeLessThan(3_000)
})
