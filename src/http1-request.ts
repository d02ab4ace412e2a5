import { valueFault } from './request-fault.ts'

/** The head of a request that can be read in one way only. */
export type PlainHead = {
  method: string
  url: string
  /** `[name, value, name, value, …]`, names in lower case. */
  rawHeaders: string[]
  bodyBytes: number
  /** The caller closes the connection after this answer. */
  last: boolean
}

/** All lines at once: an expression for each name and each value costs several times as much. */
const HEAD =
  /^(GET|POST|DELETE) (\/v1(?:[/?][\w\-./~%?&=+:,;@!$'()*[\]]*)?) HTTP\/1\.1\r\n(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)+$/
const MOST_HEADERS = 100
const LENGTH = /^\d{1,15}$/

/**
 * Reads the head of a request for the gateway (RFC 9112): its lines, without the empty one. Null when it is not a
 * plain one: a chunked body, an expectation, an upgrade, an odd method or target, very many headers, two of what
 * there may be one of, or anything malformed. Whoever gets null has to ask a complete HTTP parser.
 */
export function readPlainHead(text: string): PlainHead | null {
  const match = HEAD.exec(text)
  if (!match) return null
  // Once for all names: each costs as much as all of them.
  const lower = text.toLowerCase()
  const [, method = '', url = ''] = match
  const rawHeaders: string[] = []
  let host = false
  let bodyBytes = -1
  let last = false
  for (let line = text.indexOf('\r\n') + 2; line < text.length; ) {
    const lineEnd = text.indexOf('\r\n', line)
    const colon = text.indexOf(':', line)
    const name = lower.slice(line, colon)
    const value = withoutBlanks(text, colon + 1, lineEnd)
    line = lineEnd + 2
    rawHeaders.push(name, value)
    switch (name) {
      case 'host':
        if (host || valueFault('host', value) !== null) return null
        host = true
        break
      case 'content-length':
        if (bodyBytes >= 0 || !LENGTH.test(value)) return null
        bodyBytes = Number(value)
        break
      case 'connection': {
        const option = value.toLowerCase()
        if (option !== 'close' && option !== 'keep-alive') return null
        last ||= option === 'close'
        break
      }
      case 'transfer-encoding':
      case 'expect':
      case 'upgrade':
        return null
    }
  }
  if (rawHeaders.length > MOST_HEADERS * 2) return null
  if (!host || (method !== 'POST' && bodyBytes > 0)) return null
  return { method, url, rawHeaders, bodyBytes: Math.max(0, bodyBytes), last }
}

/** Only blanks may stand around a value. `trim` takes away more: a stray line end, or the last byte of an `à`. */
export function withoutBlanks(text: string, from: number, to: number): string {
  while (from < to && isBlank(text, from)) from++
  while (from < to && isBlank(text, to - 1)) to--
  return text.slice(from, to)
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 0x20 || code === 0x09
}
