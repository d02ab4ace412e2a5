import type { IncomingMessage } from 'node:http'

/** Headers of which a second one could be read instead of the first. */
export const SINGLE_HEADERS: ReadonlySet<string> = new Set([
  'anthropic-version',
  'authorization',
  'content-encoding',
  'content-type',
  'expect',
  'host',
  'transfer-encoding',
])

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/**
 * Empty and dot segments, backslashes, fragments, and escapes of what needs none: readers disagree about what such a
 * path names, and a filter in front of us may have let it pass as another one.
 */
const AMBIGUOUS_PATH = /\/\/|\\|#|\/\.{1,2}(?:\/|$)|%(?:00|2[def]|3\d|4[1-9a-f]|5[\dacf]|6[1-9a-f]|7[\dae])/i

/** Why the start of a request can be read in two ways, or null when it cannot. */
export function startFault(request: IncomingMessage): string | null {
  const { httpVersion, url = '', rawHeaders } = request
  if (!url.startsWith('/')) return 'The request target must be a path such as /v1/models.'
  if (httpVersion === '1.1') return null
  if (httpVersion !== '1.0') return 'Speak HTTP/1.1.'
  const chunked = rawHeaders.some((name, index) => index % 2 === 0 && /^transfer-encoding$/i.test(name))
  return chunked ? 'HTTP/1.0 knows no transfer-encoding.' : null
}

/** Why the path or the headers of a request can be read in two ways, or null when they cannot. */
export function headFault({ rawHeaders, url = '' }: IncomingMessage): string | null {
  if (AMBIGUOUS_PATH.test(url.split('?', 1)[0] ?? '')) return 'The path can be read in two ways.'
  const seen = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    if (!SINGLE_HEADERS.has(name)) continue
    const fault = seen.has(name) ? repeated(name) : valueFault(name, rawHeaders[i + 1] as string)
    if (fault) return fault
    seen.add(name)
  }
  return null
}

/** What is wrong with the value of a header that says where a request goes or where it ends. */
export function valueFault(name: string, value: string): string | null {
  if (name === 'host' && !HOST.test(value)) return 'The header "host" is not the name or address of a host.'
  if (name === 'transfer-encoding' && !/^chunked$/i.test(value))
    return 'Send no transfer-encoding but "chunked".'
  return null
}

export function repeated(name: string): string {
  return `The header "${name}" was sent twice.`
}
