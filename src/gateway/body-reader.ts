import { AppError } from '../domain/errors.ts'
import type { InboundRequest, InboundResponse } from '../http1-inbound.ts'

/** The caller hung up: there is nobody to answer. */
export class CallerGone extends Error {
  override name = 'CallerGone'
}

const EMPTY = Buffer.alloc(0)
/** Bodies up to this size are always read: nobody's large ones may keep out everybody's calls. */
const SMALL_BYTES = 64 * 1024

/** Reads bodies, each bounded, and all large ones that are under way together bounded as well. */
export class BodyReader {
  private readonly maxBytes: number
  private readonly maxTotalBytes: number
  private totalBytes = 0

  constructor(maxBytes: number, maxTotalBytes: number) {
    this.maxBytes = maxBytes
    this.maxTotalBytes = maxTotalBytes
  }

  /** Reads the whole body. Its bytes count as under way until the response is closed. */
  read(request: InboundRequest, response: InboundResponse, announced: number): Buffer | Promise<Buffer> {
    // What came in one piece with its head is small, and takes no memory that was not taken before.
    if (request.body && request.body.length <= this.maxBytes) return request.body
    return new Promise((resolve, reject) => {
      if (announced > this.maxBytes) return reject(this.tooLarge())
      // Who hung up before now is not heard of again.
      if (response.destroyed) return reject(new CallerGone())
      let first: Buffer | null = null
      let more: Buffer[] | null = null
      let size = 0
      let reading = true
      const stop = (error: Error) => {
        reading = false
        reject(error)
      }
      request.on('data', (chunk: Buffer) => {
        if (!reading) return
        size += chunk.length
        this.totalBytes += chunk.length
        if (size > this.maxBytes) return stop(this.tooLarge())
        if (size > SMALL_BYTES && this.totalBytes > this.maxTotalBytes) return stop(busy())
        if (first === null) first = chunk
        else if (more === null) more = [first, chunk]
        else more.push(chunk)
      })
      request.on('end', () => {
        reading = false
        resolve(more === null ? (first ?? EMPTY) : Buffer.concat(more, size))
      })
      response.on('close', () => {
        this.totalBytes -= size
        if (reading) stop(new CallerGone())
      })
    })
  }

  private tooLarge(): AppError {
    return new AppError('request_too_large', `The body is larger than ${this.maxBytes} bytes.`)
  }
}

function busy(): AppError {
  return new AppError('unavailable', 'Too many large requests are being read. Try again in a moment.', {
    retryAfterSeconds: 1,
  })
}
