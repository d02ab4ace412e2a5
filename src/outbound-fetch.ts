import type { Egress } from './egress.ts'

type Bounds = { maxBytes?: number; timeoutMs?: number }

const DEFAULT_MAX_BYTES = 1024 ** 2
const DEFAULT_TIMEOUT_MS = 10_000
const METHODS = ['GET', 'POST']
/** These are ours to say: they frame the request. */
const OURS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding'])
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/**
 * `fetch` for libraries that bring none of their own, over the egress that checks every address: no redirect is
 * followed, an answer is bounded in size and time, and without TLS nothing but this machine is asked.
 */
export function outboundFetch(
  egress: Pick<Egress, 'destination'>,
  { maxBytes = DEFAULT_MAX_BYTES, timeoutMs = DEFAULT_TIMEOUT_MS }: Bounds = {},
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    if (!METHODS.includes(request.method)) throw new TypeError(`${request.method} is not sent from here`)
    if (url.protocol !== 'https:' && !LOOPBACK.includes(url.hostname)) {
      throw new TypeError(`${url.origin} is not asked without TLS`)
    }
    const body = Buffer.from(await request.arrayBuffer())
    const head = headOf(request, url, body.length)
    return send(egress, url.origin, head, body, { maxBytes, timeoutMs, signal: request.signal })
  }
}

function headOf(request: Request, url: URL, length: number): string {
  const lines = [...request.headers]
    .filter(([name]) => !OURS.has(name))
    .map(([name, value]) => `${name}: ${value}\r\n`)
  const framing = request.method === 'POST' ? `content-length: ${length}\r\n` : ''
  return (
    `${request.method} ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n` +
    `accept-encoding: identity\r\n${framing}${lines.join('')}\r\n`
  )
}

type Limits = Required<Bounds> & { signal: AbortSignal }

function send(
  egress: Pick<Egress, 'destination'>,
  origin: string,
  head: string,
  body: Buffer,
  { maxBytes, timeoutMs, signal }: Limits,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let answer: { status: number; headers: Headers } | null = null
    const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const fail = (error: unknown) => {
      exchange.abort()
      reject(error)
    }
    const exchange = egress.destination(origin).send(head, body.toString('latin1'), {
      onHead(status, lines) {
        const headers = new Headers()
        for (let i = 0; i < lines.length; i += 2) headers.append(lines[i] ?? '', lines[i + 1] ?? '')
        answer = { status, headers }
      },
      onData(bytes) {
        size += bytes.length
        if (size > maxBytes) return fail(new TypeError(`${origin} answers more than ${maxBytes} bytes`))
        chunks.push(Buffer.from(bytes))
      },
      onEnd() {
        stop.removeEventListener('abort', aborted)
        if (answer === null) return reject(new TypeError(`${origin} answered nothing`))
        const empty = [204, 205, 304].includes(answer.status)
        resolve(new Response(empty ? null : Buffer.concat(chunks), answer))
      },
      onError: reject,
    })
    const aborted = () => fail(stop.reason)
    stop.addEventListener('abort', aborted, { once: true })
    if (stop.aborted) aborted()
  })
}
