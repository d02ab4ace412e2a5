import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type JsonScanOptions, jsonScan } from './json-scan.ts'

/** Scans `text` in pieces that end at `cuts`. */
function scanInPieces(options: JsonScanOptions, text: string, cuts: readonly number[] = []) {
  const bytes = Buffer.from(text)
  const scan = jsonScan(options)
  let from = 0
  for (const cut of [
    ...cuts.map((cut) => cut % bytes.length).sort((one, other) => one - other),
    bytes.length,
  ]) {
    // The caller may reuse the bytes after each push.
    const piece = Buffer.from(bytes.subarray(from, cut))
    scan.push(piece)
    piece.fill(0x22)
    from = cut
  }
  return scan
}

const FOUND: [what: string, options: JsonScanOptions, text: string, usage: string | null][] = [
  ['at the end', { keys: ['usage'] }, '{"id":"x","usage":{"n":1}}', '{"n":1}'],
  ['at the beginning', { keys: ['usage'] }, '{"usage":{"n":1},"id":"x"}', '{"n":1}'],
  ['with blanks', { keys: ['usage'] }, '{\n  "usage" : { "n": 1 }\n}', '{ "n": 1 }'],
  ['a number', { keys: ['usage'] }, '{"usage":12,"b":0}', '12'],
  ['null', { keys: ['usage'] }, '{"usage":null}', 'null'],
  ['twice: the last counts', { keys: ['usage'] }, '{"usage":1,"usage":2}', '2'],
  [
    'inside of a member',
    { root: 'response', keys: ['usage'] },
    '{"type":"x","response":{"a":[1],"usage":{"n":1}}}',
    '{"n":1}',
  ],

  ['not in a text', { keys: ['usage'] }, '{"text":"\\"usage\\":{\\"n\\":1}"}', null],
  [
    'not in a text that ends with a backslash',
    { keys: ['usage'] },
    '{"text":"x\\\\","y":",\\"usage\\":1"}',
    null,
  ],
  ['not as a value', { keys: ['usage'] }, '{"a":"usage","b":1}', null],
  ['not deeper down', { keys: ['usage'] }, '{"content":[{"input":{"usage":{"n":1}}}]}', null],
  [
    'not in the outermost object when a member is meant',
    { root: 'response', keys: ['usage'] },
    '{"usage":1,"response":{}}',
    null,
  ],
  [
    'not in another member',
    { root: 'response', keys: ['usage'] },
    '{"other":{"usage":1},"response":{}}',
    null,
  ],
  ['not in a list', { root: 'response', keys: ['usage'] }, '{"response":[{"usage":1}]}', null],
  ['not when it was cut', { keys: ['usage'] }, '{"usage":{"n":1', null],
]

test.each(FOUND)('a member is found %s', (_, options, text, usage) => {
  expect(scanInPieces(options, text).text('usage')?.trim() ?? null).toBe(usage)
  // Wherever the chunks end.
  for (let cut = 1; cut < text.length; cut++) {
    expect(scanInPieces(options, text, [cut]).text('usage')?.trim() ?? null, `cut at ${cut}`).toBe(usage)
  }
})

test('it finds what a parser finds, in any JSON and however it is cut', () => {
  const anyMembers = fc.dictionary(
    fc.oneof(fc.constantFrom('usage', 'output', 'type', 'id'), fc.string()),
    fc.oneof(
      fc.jsonValue(),
      fc.constant('"usage":{"n":1}'),
      fc.constant({ usage: { n: 2 } }),
      fc.array(fc.record({ type: fc.constantFrom('a', 'b', 'type'), more: fc.jsonValue() })),
    ),
  )
  const anyCuts = fc.array(fc.nat(), { maxLength: 8 })
  fc.assert(
    fc.property(anyMembers, anyCuts, fc.option(fc.constantFrom(0, 2)), (members, cuts, indent) => {
      const value = JSON.parse(JSON.stringify(members))
      const text = JSON.stringify(value, null, indent ?? undefined)
      const scan = scanInPieces({ keys: ['usage', 'id'], itemsOf: 'output' }, text, cuts)
      const found = scan.text('usage')
      expect(found === null ? undefined : JSON.parse(found)).toEqual(value.usage)
      const output = Array.isArray(value.output) ? value.output : []
      const objects = output.filter(
        (item: unknown) => item !== null && typeof item === 'object' && !Array.isArray(item),
      )
      expect(scan.items()).toBe(objects.length)
      expect(scan.items('a')).toBe(objects.filter(({ type }: { type: unknown }) => type === 'a').length)
    }),
    { numRuns: 3000 },
  )
})

test('a value that is no usage is not kept, however long it is', () => {
  const scan = jsonScan({ keys: ['usage'] })
  scan.push(Buffer.from('{"usage":['))
  for (let i = 0; i < 1000; i++) scan.push(Buffer.alloc(1000, '1,'))
  scan.push(Buffer.from('1],"id":1}'))
  expect(scan.text('usage')).toBeNull()
})
