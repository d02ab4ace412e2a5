import { isAscii } from 'node:buffer'
import { type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { adopt } from './adopted-socket.ts'
import { BridgedSocket } from './bridged-socket.ts'
import { hasControl } from './control-bytes.ts'
import { type PlainHead, readPlainHead } from './http1-request.ts'

/** What the gateway uses of a request. One of `node:http` is one. */
export type InboundRequest = {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** `[name, value, name, value, …]`, names in lower case. */
  readonly rawHeaders: readonly string[]
  readonly socket: { readonly remoteAddress?: string | undefined }
  /** The whole body, when it came together with the head: then there are no events. */
  readonly body?: InboundBody | null
  /** The bytes are the reader's again after the call. */
  on(event: 'data', listener: (bytes: Buffer) => void): unknown
  on(event: 'end', listener: () => void): unknown
}

/** A body as text of one character per byte, whether all of them are ASCII, and whether any is a control character. */
export type InboundBody = { readonly text: string; readonly ascii: boolean; readonly controls: boolean }

/** What the gateway uses of a response. One of `node:http` is one. */
export type InboundResponse = {
  readonly headersSent: boolean
  readonly writableEnded: boolean
  readonly writableNeedDrain: boolean
  /** The answer has left, or the connection is closed. */
  readonly destroyed: boolean
  shouldKeepAlive: boolean
  /** `headers`: flat, `[name, value, name, value, …]`, from us or from a parser that has checked them. */
  writeHead(status: number, headers: string[]): unknown
  flushHeaders(): void
  writeContinue(): void
  write(text: string, encoding: 'latin1' | 'utf8', left?: () => void): boolean
  end(text: string, encoding: 'latin1' | 'utf8'): unknown
  destroy(): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
  once(event: 'drain', listener: () => void): unknown
}

export type ServeInbound = (request: InboundRequest, response: InboundResponse) => void

export type PlainConnections = {
  /** Closes what is idle now, and the others after their answer. */
  retire(): void
  cut(): void
  /** Resolves when no connection is open, also none that went to `node:http`. To be asked when no new ones come. */
  ended(): Promise<void>
}

/** What every connection is held to, whoever reads it. */
export const INBOUND = {
  headBytes: 16 * 1024,
  headSeconds: 10,
  requestSeconds: 300,
  idleSeconds: 75,
} as const

const SWEEP_MS = 1_000

/**
 * Serves plain requests for the gateway on the server's connections without the objects of `node:http`, which cost
 * more than all that the gateway does. The first request that is not plain, or not for the gateway, takes its
 * connection with it to `node:http`, unread, and there it stays. So whatever is unusual or malformed has one reader,
 * and what is read here is a subset of what that reader accepts.
 */
export function servePlainly(server: Server, serve: ServeInbound): PlainConnections {
  const [takeOver] = server.listeners('connection')
  if (!takeOver) throw new Error('The server does not listen for connections.')
  const world: World = {
    serve,
    connections: new Set(),
    sockets: new Set(),
    giveBack: (bridge) => takeOver.call(server, bridge),
    onEmpty: () => {},
    seconds: 0,
  }
  server.removeAllListeners('connection')
  server.on('connection', (accepted: Socket) => world.connections.add(new Connection(world, accepted)))
  const sweep = setInterval(() => {
    world.seconds++
    for (const connection of world.connections) connection.checkTime()
  }, SWEEP_MS)
  sweep.unref()
  return {
    retire() {
      for (const connection of world.connections) connection.retire()
    },
    cut() {
      for (const socket of world.sockets) socket.destroy()
    },
    async ended() {
      if (world.sockets.size > 0)
        await new Promise<void>((resolve) => {
          world.onEmpty = resolve
        })
      clearInterval(sweep)
    },
  }
}

type World = {
  readonly serve: ServeInbound
  readonly connections: Set<Connection>
  readonly sockets: Set<Socket>
  readonly giveBack: (bridge: BridgedSocket) => void
  onEmpty: () => void
  /** Counted by the sweep: no request needs a timer of its own. */
  seconds: number
}

const HEAD_END = '\r\n\r\n'
const USUAL_HEAD_BYTES = 1024
/** The beginning of a head that may turn out to be plain. */
const BEGINNING = /^(?:GET|POST|DELETE) \/v1[^\r\n]*(?:\r\n[^\r\n]+)*(?:\r\n?)?$/

/**
 * One connection, with one request at a time. What is pipelined behind one that is not answered yet is not served:
 * that answer ends the connection (RFC 9112, 9.3.2), so nothing is charged for whose answer would never arrive.
 */
class Connection {
  readonly socket: Socket
  private readonly world: World
  private request: PlainRequest | null = null
  private response: PlainResponse | null = null
  /** The beginning of a head of which the end has not come yet. */
  private held: Buffer | null = null
  /** It takes no further request. */
  private over = false
  private fresh = true
  /** Set once the connection belongs to `node:http`. */
  private bridge: BridgedSocket | null = null
  private since: number

  constructor(world: World, accepted: Socket) {
    this.world = world
    this.since = world.seconds
    this.socket = adopt(accepted, (bytes) => this.read(bytes))
    this.socket.setNoDelay(true)
    this.socket.on('end', this.halfClosed)
    this.socket.on('drain', this.drained)
    this.socket.on('close', this.closed)
    this.socket.on('error', ignore)
    world.sockets.add(this.socket)
  }

  destroy(): void {
    this.socket.destroy()
  }

  retire(): void {
    if (this.response) this.response.shouldKeepAlive = false
    else this.endSoon()
  }

  checkTime(): void {
    const waited = this.world.seconds - this.since
    const { headSeconds, requestSeconds, idleSeconds } = INBOUND
    if (this.request) {
      if (!this.request.complete && waited > requestSeconds) this.timeOut()
    } else if (this.fresh || this.held) {
      if (waited > headSeconds) this.timeOut()
    } else if (waited > idleSeconds) this.destroy()
  }

  /** The answer is complete: the connection takes the next request, or none. */
  finish(response: PlainResponse): void {
    // Who does not read their answers gets no further ones.
    if (this.socket.writableNeedDrain) this.socket.pause()
    else if (this.socket.isPaused()) this.socket.resume()
    if (!response.shouldKeepAlive || !this.request?.complete) this.endSoon()
    this.request = null
    this.response = null
    this.since = this.world.seconds
  }

  private read(bytes: Buffer): void {
    const { request } = this
    if (this.bridge) this.bridge.feed(bytes)
    else if (this.over) return
    else if (!request) this.readHead(this.held ? Buffer.concat([this.held, bytes]) : bytes)
    else {
      if (!request.take(bytes)) this.endAfterThis()
      request.endLoan(this.request !== request)
    }
  }

  private readHead(bytes: Buffer): void {
    const { headBytes } = INBOUND
    if (!this.held) this.since = this.world.seconds
    let text = bytes.toString('latin1', 0, Math.min(bytes.length, USUAL_HEAD_BYTES))
    let end = text.indexOf(HEAD_END)
    if (end < 0 && bytes.length > USUAL_HEAD_BYTES) {
      text = bytes.toString('latin1', 0, Math.min(bytes.length, headBytes))
      end = text.indexOf(HEAD_END)
    }
    if (end < 0 && text.length < headBytes && BEGINNING.test(text)) {
      this.held = Buffer.from(bytes)
      return
    }
    const head = end < 0 ? null : readPlainHead(text.slice(0, end + 2))
    if (head) this.start(head, bytes.subarray(end + HEAD_END.length))
    else this.giveBack(bytes)
  }

  private start(head: PlainHead, rest: Buffer): void {
    this.held = null
    this.fresh = false
    const request = new PlainRequest(head, this.socket)
    const response = new PlainResponse(this)
    this.request = request
    this.response = response
    if (!request.take(rest) || head.last) this.endAfterThis()
    this.world.serve(request, response)
    request.endLoan(this.request !== request)
  }

  private endAfterThis(): void {
    if (this.response) this.response.shouldKeepAlive = false
    else this.endSoon()
  }

  /** Closes the connection once everything that was written has left. */
  private endSoon(): void {
    if (this.over) return
    this.over = true
    this.socket.destroySoon()
  }

  /** The caller sends no more. An open call has lost its caller; an answer that is complete may still leave. */
  private readonly halfClosed = (): void => {
    if (this.response) this.destroy()
    else this.endSoon()
  }

  private giveBack(bytes: Buffer): void {
    this.held = null
    this.world.connections.delete(this)
    this.socket.off('end', this.halfClosed)
    this.bridge = new BridgedSocket(this.socket)
    this.world.giveBack(this.bridge)
    this.bridge.feed(bytes)
  }

  private timeOut(): void {
    this.over = true
    if (this.response?.headersSent) this.destroy()
    else {
      this.socket.write('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n', 'latin1')
      this.socket.destroySoon()
    }
  }

  private readonly drained = (): void => {
    if (this.response) this.response.drained()
    else if (!this.bridge && this.socket.isPaused()) this.socket.resume()
  }

  private readonly closed = (): void => {
    this.over = true
    this.world.connections.delete(this)
    this.world.sockets.delete(this.socket)
    this.response?.closed()
    if (this.world.sockets.size === 0) this.world.onEmpty()
  }
}

class PlainRequest implements InboundRequest {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  readonly socket: Socket
  body: InboundBody | null = null
  private left: number
  private begun = false
  /** The connection's bytes, until the one who serves the request has had the chance to read them. */
  private lent: Buffer | null = null
  private readonly waiting: Buffer[] = []
  private onData: ((bytes: Buffer) => void) | null = null
  private onEnd: (() => void) | null = null

  constructor(head: PlainHead, socket: Socket) {
    this.method = head.method
    this.url = head.url
    this.rawHeaders = head.rawHeaders
    this.socket = socket
    this.left = head.bodyBytes
  }

  get complete(): boolean {
    return this.left === 0
  }

  /** Takes the connection's next bytes. False when there are more than belong to this request. */
  take(bytes: Buffer): boolean {
    const own = bytes.length > this.left ? bytes.subarray(0, this.left) : bytes
    const whole = own.length === this.left && !this.begun
    this.begun = true
    this.left -= own.length
    if (whole) this.body = { text: own.toString('latin1'), ascii: isAscii(own), controls: hasControl(own) }
    else if (own.length > 0) this.passOn(own)
    return own === bytes
  }

  /**
   * The connection takes its bytes back. Until somebody reads them they are kept, and the caller is held back; those of a
   * request that is `over` are dropped: the next ones there may be somebody else's.
   */
  endLoan(over: boolean): void {
    const { lent } = this
    this.lent = null
    if (!lent || over) return
    this.waiting.push(Buffer.from(lent))
    if (!this.complete) this.socket.pause()
  }

  on(event: 'data' | 'end', listener: (bytes: Buffer) => void): void {
    if (event === 'data') {
      this.onData = listener
      for (const bytes of this.waiting.splice(0)) listener(bytes)
      const { lent } = this
      this.lent = null
      if (lent) listener(lent)
      // To stop reading and go on costs two calls of the kernel.
      if (this.socket.isPaused()) this.socket.resume()
    } else {
      this.onEnd = listener as () => void
      if (this.complete) this.onEnd()
    }
  }

  private passOn(bytes: Buffer): void {
    if (this.onData) this.onData(bytes)
    else this.lent = bytes
    if (this.complete) this.onEnd?.()
  }
}

const KEEPS_ALIVE = `connection: keep-alive\r\nkeep-alive: timeout=${INBOUND.idleSeconds}\r\n\r\n`
const CLOSES = 'connection: close\r\n\r\n'
const LAST_CHUNK = '0\r\n\r\n'

class PlainResponse implements InboundResponse {
  shouldKeepAlive = true
  headersSent = false
  writableEnded = false
  destroyed = false
  private readonly connection: Connection
  private head = ''
  private framing: 'length' | 'chunked' | 'none' = 'length'
  private readonly onClose: (() => void)[] = []
  private onDrain: (() => void) | null = null

  constructor(connection: Connection) {
    this.connection = connection
  }

  get writableNeedDrain(): boolean {
    return this.connection.socket.writableNeedDrain
  }

  writeHead(status: number, headers: readonly string[]): void {
    if (this.headersSent) throw new Error('The head of this response has been sent.')
    this.headersSent = true
    this.framing = status === 204 || status === 304 ? 'none' : 'chunked'
    this.head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`
    for (let i = 0; i < headers.length; i += 2) {
      if (headers[i] === 'content-length') this.framing = 'length'
      this.head += `${headers[i]}: ${headers[i + 1]}\r\n`
    }
  }

  flushHeaders(): void {
    const head = this.takeHead()
    if (head !== '') this.connection.socket.write(head, 'latin1')
  }

  writeContinue(): void {
    this.connection.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')
  }

  write(text: string, encoding: 'latin1' | 'utf8', left?: () => void): boolean {
    const body = this.framed(bytesOf(text, encoding))
    return this.connection.socket.write(this.takeHead() + body, 'latin1', left)
  }

  end(text: string, encoding: 'latin1' | 'utf8'): void {
    if (this.writableEnded || this.destroyed) return
    this.writableEnded = true
    const body = bytesOf(text, encoding)
    if (this.head !== '' && this.framing === 'chunked') {
      // All of it is here, so its length can be told.
      this.framing = 'length'
      this.head += `content-length: ${body.length}\r\n`
    }
    const rest = this.takeHead() + this.framed(body) + (this.framing === 'chunked' ? LAST_CHUNK : '')
    const { socket } = this.connection
    if (rest !== '') socket.write(rest, 'latin1')
    const left = socket.writableLength === 0
    if (!left) socket.write('', 'latin1', () => this.closed())
    this.connection.finish(this)
    if (left) this.closed()
  }

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.connection.destroy()
  }

  on(event: 'close' | 'error', listener: () => void): void {
    if (event === 'close') this.onClose.push(listener)
  }

  once(_event: 'drain', listener: () => void): void {
    this.onDrain = listener
  }

  drained(): void {
    const listener = this.onDrain
    this.onDrain = null
    listener?.()
  }

  closed(): void {
    this.destroyed = true
    for (const listener of this.onClose.splice(0)) listener()
  }

  private takeHead(): string {
    if (this.head === '') return ''
    if (this.framing === 'chunked') this.head += 'transfer-encoding: chunked\r\n'
    const head = this.head + dateLine() + (this.shouldKeepAlive ? KEEPS_ALIVE : CLOSES)
    this.head = ''
    return head
  }

  private framed(body: string): string {
    if (this.framing !== 'chunked' || body === '') return body
    return `${body.length.toString(16)}\r\n${body}\r\n`
  }
}

/** One byte per character, as it is written. */
function bytesOf(text: string, encoding: 'latin1' | 'utf8'): string {
  return encoding === 'latin1' ? text : Buffer.from(text, 'utf8').toString('latin1')
}

let printed = { second: Number.NaN, line: '' }

function dateLine(): string {
  const second = Math.floor(Date.now() / 1000)
  if (second !== printed.second)
    printed = { second, line: `date: ${new Date(second * 1000).toUTCString()}\r\n` }
  return printed.line
}

function ignore(): void {}
