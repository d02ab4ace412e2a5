import fc from 'fast-check'

/** An answer as its bytes (one character each), and what a reader has to make of it. */
export type ValidAnswer = { wire: string; status: number; headers: string[]; body: string; reusable: boolean }

const latin1 = (from: number, to: number, maxLength: number) =>
  fc.array(fc.integer({ min: from, max: to }), { maxLength }).map((codes) => String.fromCharCode(...codes))

const tokenText = fc.string({
  unit: fc.constantFrom(...'abcXYZ019!#$%&*+-.^_`|~'),
  minLength: 1,
  maxLength: 12,
})
const valueText = latin1(0x20, 0xff, 30).map((text) =>
  text.replace(/\x7f/g, '').replace(/^[ \t]+|[ \t]+$/g, ''),
)
const bodyText = latin1(0, 255, 300)
const header = fc.record({
  name: tokenText.map((text) => `x-${text}`),
  before: fc.constantFrom('', ' ', '\t ', '  '),
  value: valueText,
  after: fc.constantFrom('', ' ', '\t'),
})
const headerLines = fc.array(header, { maxLength: 6 })
const chunkExtension = fc.constantFrom('', '', '', ';a', ';a=b', ';a="b c"', ';a=b;c=d')

type Framing = 'length' | 'chunked' | 'close'

export const validAnswer: fc.Arbitrary<ValidAnswer> = fc
  .record({
    interim: fc.array(
      fc.constantFrom('HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early\r\nLink: <a>\r\n\r\n'),
      {
        maxLength: 2,
      },
    ),
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
    status: fc.constantFrom(200, 201, 400, 429, 503),
    reason: fc.constantFrom('', ' ', ' OK', ' Too Many Requests'),
    lines: headerLines,
    framing: fc.constantFrom<Framing>('length', 'chunked', 'close'),
    body: bodyText,
    cuts: fc.array(fc.nat(300), { maxLength: 5 }),
    extension: chunkExtension,
    trailers: fc.boolean(),
    closes: fc.boolean(),
  })
  .map(({ interim, version, status, reason, lines, framing, body, cuts, extension, trailers, closes }) => {
    const fields = lines.map(({ name, before, value, after }) => `${name}:${before}${value}${after}\r\n`)
    if (closes) fields.push('Connection: close\r\n')
    const framed = {
      length: () => `Content-Length: ${body.length}\r\n\r\n${body}`,
      chunked: () => `Transfer-Encoding: chunked\r\n\r\n${inChunks(body, cuts, extension, trailers)}`,
      close: () => `\r\n${body}`,
    }
    return {
      wire: `${interim.join('')}HTTP/${version} ${status}${reason}\r\n${fields.join('')}${framed[framing]()}`,
      status,
      headers: lines.flatMap(({ name, value }) => [name.toLowerCase(), value]),
      body,
      reusable: framing !== 'close' && version === '1.1' && !closes,
    }
  })

function inChunks(body: string, cuts: number[], extension: string, trailers: boolean): string {
  const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < body.length), body.length])]
  let from = 0
  let wire = ''
  for (const end of ends.sort((a, b) => a - b).filter((end) => end > 0)) {
    wire += `${(end - from).toString(16)}${extension}\r\n${body.slice(from, end)}\r\n`
    from = end
  }
  return `${wire}0\r\n${trailers ? 'X-Trailer: a b\r\n' : ''}\r\n`
}

/** The bytes on which readers of HTTP have disagreed. */
const TROUBLE = [
  '\r',
  '\n',
  '\0',
  ' ',
  '\t',
  '\x0b',
  '\x85',
  '\xa0',
  ':',
  ';',
  ',',
  '+',
  '-',
  '0',
  '5',
  'x',
  '\r\n',
]
const TROUBLE_LINES = [
  'Content-Length: 5\r\n',
  'Content-Length : 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: xchunked\r\n',
  'Transfer-Encoding: chunked\t\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Connection: keep-alive\r\n',
  'Connection: close, x\r\n',
  ' folded\r\n',
  'Upgrade: x\r\n',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\n',
]

/** A valid answer, or one that was one before something was put into it, or taken out. */
export const likelyWire: fc.Arbitrary<string> = fc
  .record({
    answer: validAnswer,
    at: fc.nat(1000),
    change: fc.oneof(
      fc.constant(''),
      fc.constantFrom(...TROUBLE),
      fc.constantFrom(...TROUBLE_LINES).map((line) => `line ${line}`),
    ),
    removes: fc.constantFrom(0, 0, 1, 2),
  })
  .map(({ answer: { wire }, at, change, removes }) => {
    if (!change.startsWith('line ')) {
      const place = at % (wire.length + 1)
      return wire.slice(0, place) + change + wire.slice(place + removes)
    }
    const starts = [...wire.matchAll(/\r\n/g)].map(({ index }) => index + 2)
    const start = starts[at % starts.length] ?? 0
    return wire.slice(0, start) + change.slice('line '.length) + wire.slice(start)
  })
