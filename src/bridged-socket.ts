import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/**
 * A connection as `node:http` takes it (any duplex stream will do), over a socket whose bytes somebody else reads:
 * whoever that is feeds them in. It has of a socket what an HTTP server asks of one.
 */
export class BridgedSocket extends Duplex {
  private readonly socket: Socket

  constructor(socket: Socket) {
    super({ allowHalfOpen: true })
    this.socket = socket
    socket.on('end', () => this.push(null))
    socket.on('timeout', () => this.emit('timeout'))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress
  }

  /** The bytes are the caller's again after the call. */
  feed(bytes: Buffer): void {
    if (!this.destroyed && !this.push(Buffer.from(bytes))) this.socket.pause()
  }

  setTimeout(timeoutMs: number): this {
    this.socket.setTimeout(timeoutMs)
    return this
  }

  /** Closes the connection once everything that was written has left. */
  destroySoon(): void {
    this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  override _read(): void {
    this.socket.resume()
  }

  override _write(chunk: Buffer, _encoding: string, left: (error?: Error | null) => void): void {
    this.socket.write(chunk, left)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.socket.end(() => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.socket.destroy()
    done(error)
  }
}
