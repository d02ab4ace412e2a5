import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { AnswerHandler, EgressError, Exchange } from '../src/http1-pool.ts'

/** A peer that speaks bytes, not HTTP: it does to each request whatever the test says. */
export type RawPeer = AsyncDisposable & {
  port: number
  /** The connections that are open. */
  open: Set<Socket>
  /** How many connections there have been. */
  opened: number
  /** The requests that came in whole, in order. */
  requests: string[]
}

/** Calls `answer` for every whole request, with the number that its connection has, from 0. */
export async function rawPeer(
  answer: (socket: Socket, request: string, connection: number) => void,
  server: Server = createServer(),
  event = 'connection',
): Promise<RawPeer> {
  const peer = { open: new Set<Socket>(), opened: 0, requests: [] as string[] }
  server.on(event, (socket: Socket) => {
    const connection = peer.opened++
    let pending = ''
    peer.open.add(socket)
    socket.on('close', () => peer.open.delete(socket))
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      pending += bytes.toString('latin1')
      const end = endOfRequest(pending)
      if (end < 0) return
      const request = pending.slice(0, end)
      pending = pending.slice(end)
      peer.requests.push(request)
      answer(socket, request, connection)
    })
  })
  server.listen(0)
  await once(server, 'listening')
  return Object.assign(peer, {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of peer.open) socket.destroy()
      await closed
    },
  })
}

function endOfRequest(text: string): number {
  const headEnd = text.indexOf('\r\n\r\n') + 4
  if (headEnd < 4) return -1
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0)
  return text.length >= headEnd + length ? headEnd + length : -1
}

/** What a handler has heard, in words: `head 200`, `data hello`, `end`, `error reset`. */
export type Heard = {
  exchange: Exchange
  events: string[]
  headers: string[]
  body: string
  error: EgressError | null
  /** Resolves at the end or the error. */
  finished: Promise<void>
}

type Sender = { send(head: string, body: string, handler: AnswerHandler): Exchange }

/** Sends a POST and writes down what comes of it. */
export function post(to: Sender, body = '{}', onData?: (exchange: Exchange, bytes: Buffer) => void): Heard {
  const { promise: finished, resolve } = Promise.withResolvers<void>()
  const heard: Omit<Heard, 'exchange'> = { events: [], headers: [], body: '', error: null, finished }
  const exchange = to.send(`POST / HTTP/1.1\r\nhost: peer\r\ncontent-length: ${body.length}\r\n\r\n`, body, {
    onHead(status, headers) {
      heard.events.push(`head ${status}`)
      heard.headers = headers
    },
    onData(bytes) {
      if (onData) return onData(exchange, bytes)
      heard.body += bytes.toString('latin1')
      if (heard.events.at(-1) !== 'data') heard.events.push('data')
    },
    onEnd() {
      heard.events.push('end')
      resolve()
    },
    onError(error) {
      heard.events.push(`error ${error.kind}`)
      heard.error = error
      resolve()
    },
  })
  return Object.assign(heard, { exchange })
}

/** Waits until `condition` holds; fails after fifteen seconds, saying what it waited for. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 15_000; !(await condition()); await pause(2)) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`)
  }
}
