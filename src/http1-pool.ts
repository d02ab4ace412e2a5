import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AnswerReader, type AnswerReceiver } from './http1-answer.ts'

export type EgressErrorKind = 'forbidden' | 'connect' | 'reset' | 'timeout' | 'protocol' | 'busy'

/** Why no answer, or no complete one, came. */
export class EgressError extends Error {
  override name = 'EgressError'
  readonly kind: EgressErrorKind

  constructor(kind: EgressErrorKind, message: string, cause?: unknown) {
    super(message, { cause })
    this.kind = kind
  }
}

export type AnswerHandler = AnswerReceiver & {
  /** Called instead of `onEnd`, at any time before it. */
  onError(error: EgressError): void
}

/** One origin to connect to. */
export type Peer = {
  host: string
  port: number
  secure: boolean
  /** Set when no connection may be opened at all. */
  forbidden: EgressError | null
  lookup: LookupFunction
}

const MAX_CONNECTIONS = 8192
/** A small body leaves with its head in one piece. */
const ONE_PIECE = 32 * 1024

// In seconds, counted by `sweep`, which runs once a second: no request needs a timer of its own.
const CONNECT_SECONDS = 10
const HEAD_SECONDS = 300
const IDLE_BODY_SECONDS = 120
const IDLE_SECONDS = 30
/**
 * Without TLS: servers of one's own (Node's, uvicorn, and so vLLM) end a connection after five idle seconds, and a call
 * that meets that end fails, since it may have been read.
 */
const IDLE_PLAIN_SECONDS = 3
/** Old connections are replaced, so that a change in DNS is followed. */
const MAX_AGE_SECONDS = 600

/**
 * Keep-alive connections to one origin. The most recently used one is taken first, so that those that are not
 * needed grow old and close.
 */
export class ConnectionPool {
  readonly peer: Peer
  seconds = 0
  session: Buffer | undefined
  private closed = false
  private readonly idle: Connection[] = []
  private readonly all = new Set<Connection>()

  constructor(peer: Peer) {
    this.peer = peer
  }

  send(head: string, body: string, handler: AnswerHandler): Exchange {
    const exchange = new Exchange(head, body, handler)
    let connection = this.idle.pop()
    while (connection?.dead) connection = this.idle.pop()
    const refusal = connection ? null : this.refusal()
    if (refusal) {
      process.nextTick(() => exchange.fail(refusal))
      return exchange
    }
    connection ??= this.open()
    connection.send(exchange)
    return exchange
  }

  release(connection: Connection): void {
    this.idle.push(connection)
  }

  forget(connection: Connection): void {
    this.all.delete(connection)
  }

  sweep(): void {
    this.seconds++
    for (const connection of this.all) connection.checkTime(this.seconds)
    if (this.idle.some((connection) => connection.dead)) {
      const alive = this.idle.filter((connection) => !connection.dead)
      this.idle.splice(0, this.idle.length, ...alive)
    }
  }

  close(): void {
    this.closed = true
    for (const connection of this.all) connection.destroy()
  }

  private refusal(): EgressError | null {
    if (this.peer.forbidden) return this.peer.forbidden
    if (this.closed)
      return new EgressError('busy', 'no connection is opened any more: the gateway is shutting down')
    return this.all.size >= MAX_CONNECTIONS ? new EgressError('busy', 'too many connections are open') : null
  }

  private open(): Connection {
    const connection = new Connection(this)
    this.all.add(connection)
    return connection
  }
}

/** One request and what comes of it. */
export class Exchange {
  readonly head: string
  readonly body: string
  connection: Connection | null = null
  private handler: AnswerHandler | null

  constructor(head: string, body: string, handler: AnswerHandler) {
    this.head = head
    this.body = body
    this.handler = handler
  }

  get receiver(): AnswerReceiver | null {
    return this.handler
  }

  /** Stops reading, so that the sender is held back. */
  pause(): void {
    this.connection?.socket.pause()
  }

  resume(): void {
    this.connection?.socket.resume()
  }

  /** Gives up: the connection is closed, and the handler hears nothing more. */
  abort(): void {
    this.handler = null
    this.connection?.abandon()
  }

  fail(error: EgressError): void {
    const handler = this.handler
    this.handler = null
    handler?.onError(error)
  }
}

/** Bytes are read into here and consumed before the next read: no allocation per read, whatever the connection. */
const INCOMING = Buffer.allocUnsafeSlow(128 * 1024)

class Connection {
  readonly socket: Socket
  dead = false
  private readonly pool: ConnectionPool
  private exchange: Exchange | null = null
  private reader: AnswerReader | null = null
  private connected = false
  private activeAt: number
  private readonly openedAt: number

  constructor(pool: ConnectionPool) {
    this.pool = pool
    this.openedAt = this.activeAt = pool.seconds
    this.socket = connect(pool, (size) => this.read(size))
    this.socket.on(pool.peer.secure ? 'secureConnect' : 'connect', () => {
      this.connected = true
      this.activeAt = pool.seconds
    })
    let cause: Error | undefined
    this.socket.on('error', (error) => {
      cause = error
    })
    this.socket.on('close', () => this.closed(cause))
  }

  send(exchange: Exchange): void {
    const receiver = exchange.receiver
    if (!receiver) return
    exchange.connection = this
    this.exchange = exchange
    this.reader = new AnswerReader(receiver)
    this.activeAt = this.pool.seconds
    const { head, body } = exchange
    if (body.length <= ONE_PIECE) {
      this.socket.write(head + body, 'latin1')
      return
    }
    this.socket.cork()
    this.socket.write(head, 'latin1')
    this.socket.write(body, 'latin1')
    this.socket.uncork()
  }

  /** Its exchange has been given up. */
  abandon(): void {
    this.reader?.abandon()
    this.destroy()
  }

  destroy(): void {
    this.dead = true
    this.socket.destroy()
  }

  checkTime(now: number): void {
    const silent = now - this.activeAt
    if (!this.exchange) {
      const most = this.pool.peer.secure ? IDLE_SECONDS : IDLE_PLAIN_SECONDS
      if (silent > most || now - this.openedAt > MAX_AGE_SECONDS) this.destroy()
    } else if (this.socket.isPaused()) {
      // Held back by our own reader, who has a time limit of its own.
      this.activeAt = now
    } else if (!this.connected) {
      if (silent > CONNECT_SECONDS) this.fail(new EgressError('connect', 'connecting took too long'))
    } else if (silent > (this.reader?.headRead ? IDLE_BODY_SECONDS : HEAD_SECONDS)) {
      this.fail(new EgressError('timeout', 'nothing was received for too long'))
    }
  }

  private read(size: number): void {
    const reader = this.reader
    if (!reader || this.dead) {
      this.destroy()
      return
    }
    this.activeAt = this.pool.seconds
    try {
      reader.read(INCOMING.subarray(0, size))
    } catch (error) {
      this.fail(
        new EgressError('protocol', error instanceof Error ? error.message : 'malformed answer', error),
      )
      return
    }
    if (reader.done) this.finish(reader)
  }

  private finish(reader: AnswerReader): void {
    if (this.exchange) this.exchange.connection = null
    this.exchange = null
    this.reader = null
    // An answer that came before all of the request had left may mean that the rest is not wanted.
    if (!reader.reusable || this.dead || this.socket.writableLength > 0) {
      this.destroy()
      return
    }
    // The handler may have paused it on the last bytes, and has no exchange any more to resume it by.
    if (this.socket.isPaused()) this.socket.resume()
    this.pool.release(this)
  }

  private fail(error: EgressError): void {
    const exchange = this.exchange
    this.exchange = null
    this.destroy()
    // What follows a whole answer ends the connection, not the exchange: its handler has heard the end.
    if (!this.reader?.done) exchange?.fail(error)
  }

  private closed(cause: Error | undefined): void {
    const closedByUs = this.dead
    this.dead = true
    this.pool.forget(this)
    const exchange = this.exchange
    this.exchange = null
    if (!exchange?.receiver) return
    exchange.connection = null
    if (closedByUs) exchange.fail(new EgressError('reset', 'the gateway is shutting down'))
    else if (!cause && this.reader?.close()) return
    // Also when the peer ended an idle connection at the moment we used it: nothing tells that from a peer that had the
    // request, will charge for it, and broke. A request that may have arrived is never sent twice (RFC 9110, 9.2.2).
    else exchange.fail(errorOf(cause, this.connected))
  }
}

function errorOf(cause: Error | undefined, connected: boolean): EgressError {
  if (cause instanceof EgressError) return cause
  const kind = connected ? 'reset' : 'connect'
  const what = connected
    ? 'the connection was closed before the answer was complete'
    : 'no connection could be made'
  return new EgressError(kind, cause ? `${what}: ${cause.message}` : what, cause)
}

function connect(pool: ConnectionPool, onRead: (size: number) => void): Socket {
  const { host, port, lookup, secure } = pool.peer
  const onread = {
    buffer: INCOMING,
    callback: (size: number) => {
      onRead(size)
      return true
    },
  }
  if (!secure) return connectTcp({ host, port, lookup, onread, noDelay: true, keepAlive: true })
  const options = {
    host,
    port,
    lookup,
    onread,
    noDelay: true,
    keepAlive: true,
    rejectUnauthorized: true,
    // Not implied by `host`, and without it many providers cannot tell which certificate to show.
    ...(isIP(host) === 0 && { servername: host }),
    minVersion: 'TLSv1.2' as const,
    ALPNProtocols: ['http/1.1'],
    ...(pool.session && { session: pool.session }),
  }
  const socket = connectTls(options)
  socket.on('session', (session) => {
    pool.session = session
  })
  return socket
}
