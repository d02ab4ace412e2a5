import { isAscii } from 'node:buffer'
import { hasControl } from '../control-bytes.ts'
import { AppError } from '../domain/errors.ts'
import type { InboundBody, InboundRequest, InboundResponse } from '../http1-inbound.ts'

/** The caller hung up: there is nobody to answer. */
export class CallerGone extends Error {
  override name = 'CallerGone'
}

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

  /** Reads the whole body. What came in pieces, or is large, counts as under way until the response is closed. */
  read(
    request: InboundRequest,
    response: InboundResponse,
    announced: number,
  ): InboundBody | Promise<InboundBody> {
    if (announced > this.maxBytes) throw this.tooLarge()
    const { body } = request
    if (!body) return this.readPieces(request, response)
    if (body.text.length > SMALL_BYTES) this.holdRoom(body.text.length, response)
    return body
  }

  private holdRoom(bytes: number, response: InboundResponse): void {
    // Who hung up before now is not heard of again, and the call goes no further than to be written down.
    if (response.destroyed) return
    if (this.totalBytes + bytes > this.maxTotalBytes) throw busy()
    this.totalBytes += bytes
    response.on('close', () => {
      this.totalBytes -= bytes
    })
  }

  private readPieces(request: InboundRequest, response: InboundResponse): Promise<InboundBody> {
    return new Promise((resolve, reject) => {
      // Who hung up before now is not heard of again.
      if (response.destroyed) return reject(new CallerGone())
      let text = ''
      let ascii = true
      let controls = false
      let reading = true
      const stop = (error: Error) => {
        reading = false
        reject(error)
      }
      request.on('data', (bytes) => {
        if (!reading) return
        this.totalBytes += bytes.length
        text += bytes.toString('latin1')
        ascii &&= isAscii(bytes)
        controls ||= hasControl(bytes)
        if (text.length > this.maxBytes) stop(this.tooLarge())
        else if (text.length > SMALL_BYTES && this.totalBytes > this.maxTotalBytes) stop(busy())
      })
      request.on('end', () => {
        reading = false
        resolve({ text, ascii, controls })
      })
      response.on('close', () => {
        this.totalBytes -= text.length
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
