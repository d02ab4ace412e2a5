import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerAnthropic } from './fake-provider/anthropic.ts'
import { type Bill, newExchange } from './fake-provider/exchange.ts'
import { misbehave } from './fake-provider/misbehave.ts'
import { answerOpenAi } from './fake-provider/openai.ts'

/** One request as it arrived, byte for byte. */
export type RecordedCall = {
  method: string
  /** The request target as sent, with its query. */
  path: string
  /** Name, value, name, value …, in the sender's order and case. */
  rawHeaders: string[]
  headers: IncomingMessage['headers']
  body: Buffer
}

/** What a test may decide about the answers. Everything else follows from the request. */
export type FakeBehaviour = {
  /** The text of each answer, streamed word by word. */
  text: string
  /** Merged over the usage the provider counts; what is reported is also what it bills. */
  usage: FakeUsage
  /** The tier the answers report; null reports the one asked for, or the default. */
  serviceTier: string | null
  /** The name the answers give the model; null repeats the one asked for. */
  servedModel: string | null
  /** When set, any other credential is refused with 401. */
  secrets: ReadonlySet<string> | null
  /** Pause between the words of a stream. */
  wordDelayMs: number
  /** Every answer waits for this. */
  gate: Promise<void> | null
}

export type FakeUsage = {
  input?: number
  cached?: number
  cacheWrite5m?: number
  cacheWrite1h?: number
  audioInput?: number
  imageInput?: number
  output?: number
  reasoning?: number
  audioOutput?: number
  webSearches?: number
}

/**
 * A provider on loopback that speaks OpenAI's and Anthropic's protocols, keeps its own bill, and misbehaves when the
 * model's name asks it to (`fake-stalls`, `fake-429`, …: see `fake-provider/misbehave.ts`).
 */
export type FakeProvider = AsyncDisposable & {
  url: string
  port: number
  calls: RecordedCall[]
  /** One line per call it answered with a model's output, in order: the oracle for our own books. */
  bill: Bill[]
  /** Exchanges that have neither ended nor been cut. */
  active(): number
  /** Exchanges the caller cut before their end. */
  aborted(): number
  behave(change: Partial<FakeBehaviour>): void
  /** Forgets calls, bill and behaviour. */
  reset(): void
  close(): Promise<void>
}

const DEFAULT: FakeBehaviour = {
  text: 'The quick brown fox jumps over the lazy dog.',
  usage: {},
  serviceTier: null,
  servedModel: null,
  secrets: null,
  wordDelayMs: 0,
  gate: null,
}

export async function startFakeProvider(port = 0): Promise<FakeProvider> {
  const calls: RecordedCall[] = []
  const bill: Bill[] = []
  const behaviour = { ...DEFAULT }
  let active = 0
  let aborted = 0

  const server = createServer((request, response) => {
    active++
    response.on('close', () => {
      active--
      if (!response.writableFinished) aborted++
    })
    answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const path = request.url ?? '/'
    if (path.startsWith('/fake/')) return control(path, response)
    calls.push({
      method: request.method ?? '',
      path,
      rawHeaders: request.rawHeaders,
      headers: request.headers,
      body,
    })
    const exchange = newExchange(request, response, body, behaviour, bill)
    await behaviour.gate
    if (await misbehave(exchange)) return
    const dialect = exchange.dialect === 'anthropic' ? answerAnthropic : answerOpenAi
    await dialect(exchange)
  }

  /** For a test in another process. These calls are not recorded. */
  function control(path: string, response: ServerResponse): void {
    const found = {
      '/fake/bill': bill,
      '/fake/state': { active: active - 1, aborted, calls: calls.length },
      '/fake/calls': calls.map((call) => ({ ...call, body: call.body.toString('base64') })),
    }[path]
    response
      .writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
      .end(JSON.stringify(found ?? null))
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: boundPort } = server.address() as AddressInfo

  async function close(): Promise<void> {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }

  return {
    url: `http://127.0.0.1:${boundPort}`,
    port: boundPort,
    calls,
    bill,
    active: () => active,
    aborted: () => aborted,
    behave: (change) => Object.assign(behaviour, change),
    reset() {
      calls.length = 0
      bill.length = 0
      aborted = 0
      Object.assign(behaviour, DEFAULT)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

// `node test/fake-provider.ts [port] [behaviour as JSON]` runs it alone, for tests that kill the gateway and for `npm run dev`.
if (import.meta.main) {
  const fake = await startFakeProvider(Number(process.argv[2] ?? 0))
  fake.behave(JSON.parse(process.argv[3] ?? '{}'))
  process.stdout.write(`${JSON.stringify({ url: fake.url, port: fake.port })}\n`)
}
