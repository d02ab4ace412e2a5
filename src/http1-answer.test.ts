import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { likelyWire, validAnswer } from '../test/answer-wires.ts'
import { AnswerError, AnswerReader } from './http1-answer.ts'

type Seen = { status: number; headers: string[]; body: string; ended: boolean; reusable: boolean }

/** Reads `wire` in pieces that end at `cuts`, and then the close of the connection. */
function readAnswer(wire: string, cuts: number[] = [], closes = true): Seen {
  const seen: Seen = { status: 0, headers: [], body: '', ended: false, reusable: false }
  let lastSaid = false
  const reader = new AnswerReader({
    onHead(status, headers) {
      seen.status = status
      seen.headers = headers
    },
    onData(bytes, last) {
      expect(lastSaid).toBe(false)
      lastSaid = last
      seen.body += bytes.toString('latin1')
    },
    onEnd() {
      seen.ended = true
    },
  })
  const bytes = Buffer.from(wire, 'latin1')
  const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < bytes.length), bytes.length])].sort(
    (a, b) => a - b,
  )
  let from = 0
  for (const end of ends) {
    reader.read(bytes.subarray(from, end))
    if (lastSaid) expect(seen.ended).toBe(true)
    from = end
  }
  if (closes) reader.close()
  seen.reusable = reader.reusable
  return seen
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'

describe('an answer is read', () => {
  const cases: [name: string, wire: string, body: string, reusable: boolean][] = [
    ['with a content-length', `${HEAD}Content-Length: 5\r\n\r\nhello`, 'hello', true],
    ['without a body', `${HEAD}Content-Length: 0\r\n\r\n`, '', true],
    [
      'in chunks',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n`,
      'hello',
      true,
    ],
    [
      'in chunks with trailers',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n`,
      'hello',
      true,
    ],
    ['until the connection closes', `${HEAD}\r\nhello`, 'hello', false],
    [
      'and the connection not used again',
      `${HEAD}Connection: close\r\nContent-Length: 5\r\n\r\nhello`,
      'hello',
      false,
    ],
    ['from HTTP/1.0', `HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello`, 'hello', false],
    [
      'after interim answers',
      `HTTP/1.1 103 Early\r\nLink: x\r\n\r\n${HEAD}Content-Length: 5\r\n\r\nhello`,
      'hello',
      true,
    ],
    ['with no reason phrase', `HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello`, 'hello', true],
    ['of status 204', `HTTP/1.1 204 No Content\r\n\r\n`, '', true],
  ]
  test.each(cases)('%s, however the bytes are cut', (_, wire, body, reusable) => {
    fc.assert(
      fc.property(fc.array(fc.nat(wire.length), { maxLength: 12 }), (cuts) => {
        const seen = readAnswer(wire, cuts)
        expect(seen).toMatchObject({ body, ended: true, reusable })
      }),
    )
  })

  test('whatever its headers, framing and chunks are, and wherever the bytes are cut', () => {
    fc.assert(
      fc.property(validAnswer, fc.array(fc.nat(4000), { maxLength: 40 }), ({ wire, ...expected }, cuts) => {
        const seen = readAnswer(wire, cuts)
        expect({
          ...seen,
          headers: seen.headers.filter((_, i) => seen.headers[i - (i % 2)] !== 'content-length'),
        }).toMatchObject({ ...expected, ended: true })
      }),
      { numRuns: 500 },
    )
  })

  test('one byte at a time', () => {
    fc.assert(
      fc.property(validAnswer, ({ wire, body }) => {
        expect(
          readAnswer(
            wire,
            Array.from(wire, (_, i) => i),
          ),
        ).toMatchObject({ body, ended: true })
      }),
    )
  })

  test('with bytes beyond ASCII in a header, none of them lost', () => {
    const wire = `${HEAD}X-Name: voil\xc3\xa0\r\nContent-Length: 0\r\n\r\n`
    expect(readAnswer(wire).headers).toContain('voil\xc3\xa0')
  })

  test('with lower-case names and without framing headers', () => {
    expect(readAnswer(`${HEAD}X-Odd:  a b \r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`).headers).toEqual([
      'content-type',
      'application/json',
      'x-odd',
      'a b',
    ])
  })
})

test.each([
  ['both lengths', `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`],
  ['two differing content-lengths', `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`],
  ['two content-lengths', `${HEAD}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`],
  ['a signed content-length', `${HEAD}Content-Length: +5\r\n\r\n`],
  ['a negative content-length', `${HEAD}Content-Length: -5\r\n\r\n`],
  ['an empty content-length', `${HEAD}Content-Length:\r\n\r\n`],
  ['a content-length that overflows', `${HEAD}Content-Length: 9007199254740993\r\n\r\n`],
  ['a list of content-lengths', `${HEAD}Content-Length: 5, 5\r\n\r\n`],
  ['another transfer-encoding', `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n`],
  ['a transfer-encoding like chunked', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n`],
  ['a transfer-encoding twice', `${HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`],
  ['a tab after chunked', `${HEAD}Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n`],
  ['a vertical tab before chunked', `${HEAD}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
  ['a line feed after a value', `${HEAD}X: a\n\r\nContent-Length: 0\r\n\r\n`],
  ['a carriage return after a value', `${HEAD}X: a\r\r\nContent-Length: 0\r\n\r\n`],
  ['a header without a name', `${HEAD}: a\r\nContent-Length: 0\r\n\r\n`],
  ['a header without a colon', `${HEAD}X\r\nContent-Length: 0\r\n\r\n`],
  ['a blank before the first header', `HTTP/1.1 200 OK\r\n X: a\r\nContent-Length: 0\r\n\r\n`],
  ['line feeds alone', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n\r\n\r\n'],
  ['an empty line before it', `\r\n${HEAD}Content-Length: 0\r\n\r\n`],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a folded header', `${HEAD}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
  ['a space before the colon', `HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n`],
  ['a NUL in a header', `${HEAD}X: a\0b\r\n\r\n`],
  ['a bare line feed in a header', `${HEAD}X: a\nContent-Length: 5\r\n\r\n`],
  ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
  ['a chunk that is longer than it said', `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n`],
  ['a chunk size that is not hexadecimal', `${HEAD}Transfer-Encoding: chunked\r\n\r\n0x2\r\nhe\r\n0\r\n\r\n`],
  ['a negative chunk size', `${HEAD}Transfer-Encoding: chunked\r\n\r\n-2\r\nhe\r\n0\r\n\r\n`],
  ['a blank before a chunk size', `${HEAD}Transfer-Encoding: chunked\r\n\r\n 2\r\nhe\r\n0\r\n\r\n`],
  ['a blank after a chunk size', `${HEAD}Transfer-Encoding: chunked\r\n\r\n2 \r\nhe\r\n0\r\n\r\n`],
  ['no chunk size', `${HEAD}Transfer-Encoding: chunked\r\n\r\n;x\r\nhe\r\n0\r\n\r\n`],
  ['a chunk that is shorter than it said', `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nhe\r\n0\r\n\r\n`],
  ['a NUL in a chunk extension', `${HEAD}Transfer-Encoding: chunked\r\n\r\n2;\0\r\nhe\r\n0\r\n\r\n`],
  ['an endless chunk extension', `${HEAD}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(300)}`],
  ['a trailer without a colon', `${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\nHTTP/1.1 200 OK\r\n\r\n`],
  ['a carriage return in a trailer', `${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\rc\r\n\r\n`],
  ['a length in a trailer', `${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n`],
  ['a body to an interim answer', `HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello${HEAD}\r\n`],
  ['an interim answer that is the last', `HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n${HEAD}\r\n`],
  ['endless interim answers before it', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)],
  ['a chunk size that overflows', `${HEAD}Transfer-Encoding: chunked\r\n\r\nfffffffff\r\nhe`],
  ['a chunk line without a carriage return', `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\nhe\r\n0\r\n\r\n`],
  ['bytes after the end', `${HEAD}Content-Length: 5\r\n\r\nhello!`],
  ['an endless head', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}`],
  ['endless trailers', `${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n${'x: y\r\n'.repeat(10_000)}`],
])('an answer with %s is refused, wherever the bytes are cut', (_, wire) => {
  expect(() => readAnswer(wire)).toThrow(AnswerError)
  fc.assert(
    fc.property(fc.array(fc.nat(Math.min(wire.length, 1000)), { maxLength: 12 }), (cuts) => {
      expect(() => readAnswer(wire, cuts)).toThrow(AnswerError)
    }),
    { numRuns: 20 },
  )
})

test('a header full of blanks costs no more time than another', () => {
  const wire = `${HEAD}X: a${' '.repeat(32_000)}b\r\nContent-Length: 0\r\n\r\n`
  const startedAt = performance.now()
  expect(readAnswer(wire).ended).toBe(true)
  expect(performance.now() - startedAt).toBeLessThan(100)
})

test('where the bytes are cut never decides whether an answer is accepted, nor what it says', () => {
  const outcome = (wire: string, cuts: number[]) => {
    try {
      return readAnswer(wire, cuts)
    } catch (error) {
      if (error instanceof AnswerError) return 'refused'
      throw error
    }
  }
  fc.assert(
    fc.property(likelyWire, fc.array(fc.nat(1000), { maxLength: 20 }), (wire, cuts) => {
      expect(outcome(wire, cuts)).toEqual(outcome(wire, []))
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['204', 'Content-Length: 5'],
  ['204', 'Transfer-Encoding: chunked'],
  ['304', 'Content-Length: 5'],
  ['304', 'Transfer-Encoding: chunked'],
])('an answer of status %s with %s ends its connection: a body may follow after all', (status, framing) => {
  const seen = readAnswer(`HTTP/1.1 ${status} X\r\n${framing}\r\n\r\n`)
  expect(seen).toMatchObject({ ended: true, body: '', reusable: false })
})

test.each([
  ['in the head', HEAD],
  ['in a body of known length', `${HEAD}Content-Length: 5\r\n\r\nhell`],
  ['in a chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhell`],
  ['before the last chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`],
  ['in the last chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n`],
])('an answer cut off %s does not count as complete', (_, wire) => {
  expect(readAnswer(wire).ended).toBe(false)
})
