import { withoutBlanks } from './http1-request.ts'

/** What an answer is made of, as it arrives. Nothing is called after `onEnd`. */
export type AnswerReceiver = {
  /** Header names are in lower case: `[name, value, name, value, …]`. */
  onHead(status: number, headers: string[]): void
  /** The bytes are the reader's again after the call: copy what you keep. `last`: `onEnd` follows at once. */
  onData(bytes: Buffer, last: boolean): void
  onEnd(): void
}

/** The answer breaks HTTP/1.1: nothing after it on this connection can be trusted. */
export class AnswerError extends Error {
  override name = 'AnswerError'
}

const MAX_HEAD_BYTES = 32 * 1024
const USUAL_HEAD_BYTES = 1024
const MAX_CHUNK_LINE = 256
const MAX_INTERIM_ANSWERS = 16
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
/** All lines at once: an expression for each name and each value costs several times as much. */
const HEADER_LINES = /(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/y
const TRAILER =
  /^(?!content-length:|transfer-encoding:)[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/i
const CHUNK_SIZE =
  /^([0-9a-fA-F]{1,8})(?:;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"[\t\x20!#-[\]-\x7e]*"))?)*$/

const HEAD = 0
const LENGTH = 1
const CHUNK_LINE = 2
const CHUNK_DATA = 3
const CHUNK_END = 4
const TRAILERS = 5
const UNTIL_CLOSE = 6
const DONE = 7

/**
 * Reads one HTTP/1.1 answer (RFC 9112) from a connection, strictly: what is ambiguous about where it ends is refused.
 * Body bytes go to the receiver as they come, without their chunk framing.
 */
export class AnswerReader {
  private state = HEAD
  /** The beginning of a line or head of which the end has not come yet. */
  private held = ''
  private left = 0
  private persistent = true
  private trailerBytes = 0
  private interimAnswers = 0
  private receiver: AnswerReceiver

  constructor(receiver: AnswerReceiver) {
    this.receiver = receiver
  }

  /** The answer is complete, and the connection can take the next request. */
  get reusable(): boolean {
    return this.state === DONE && this.persistent
  }

  get done(): boolean {
    return this.state === DONE
  }

  /** Stops telling the receiver anything: it has gone. */
  abandon(): void {
    this.receiver = NOBODY
  }

  get headRead(): boolean {
    return this.state !== HEAD
  }

  read(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      switch (this.state) {
        case HEAD:
          at = this.readHead(bytes, at)
          break
        case LENGTH:
        case CHUNK_DATA:
          at = this.readBody(bytes, at)
          break
        case UNTIL_CLOSE:
          this.receiver.onData(at === 0 ? bytes : bytes.subarray(at), false)
          return
        case DONE:
          throw new AnswerError('bytes after the end of the answer')
        default:
          at = this.readLine(bytes, at)
      }
    }
  }

  /** The peer closed the connection. Returns whether the answer is complete by that. */
  close(): boolean {
    if (this.state === UNTIL_CLOSE) this.end()
    return this.state === DONE
  }

  private readHead(bytes: Buffer, at: number): number {
    const before = this.held.length
    const most = Math.min(bytes.length, at + MAX_HEAD_BYTES - before)
    let text = this.held + bytes.toString('latin1', at, Math.min(most, at + USUAL_HEAD_BYTES))
    let end = text.indexOf('\r\n\r\n', Math.max(0, before - 3))
    if (end < 0 && most > at + USUAL_HEAD_BYTES) {
      text = this.held + bytes.toString('latin1', at, most)
      end = text.indexOf('\r\n\r\n', Math.max(0, before - 3))
    }
    if (end < 0) {
      if (text.length >= MAX_HEAD_BYTES) throw new AnswerError('the head of the answer is too large')
      this.held = text
      return bytes.length
    }
    this.held = ''
    this.takeHead(text, end)
    return at + end + 4 - before
  }

  private takeHead(text: string, end: number): void {
    const firstLine = text.indexOf('\r\n')
    const match = STATUS_LINE.exec(text.slice(0, firstLine))
    if (!match) throw new AnswerError('the status line is malformed')
    const lines = text.slice(0, end + 2)
    HEADER_LINES.lastIndex = firstLine + 2
    if (!HEADER_LINES.test(lines)) throw new AnswerError('a header is malformed')
    // Once for all names: each costs as much as all of them.
    const lower = lines.toLowerCase()
    const status = Number(match[2])
    this.persistent = match[1] === '1'
    const headers: string[] = []
    let contentLength = -1
    let chunked = false
    for (let line = firstLine + 2; line < end; ) {
      const lineEnd = text.indexOf('\r\n', line)
      const colon = text.indexOf(':', line)
      const name = lower.slice(line, colon)
      const value = withoutBlanks(text, colon + 1, lineEnd)
      line = lineEnd + 2
      if (name === 'content-length') {
        if (contentLength >= 0 || !/^\d{1,15}$/.test(value))
          throw new AnswerError('the content-length is malformed')
        contentLength = Number(value)
      } else if (name === 'transfer-encoding') {
        // Some readers do not know the word before a tab.
        if (chunked || value.toLowerCase() !== 'chunked' || text[lineEnd - 1] === '\t')
          throw new AnswerError('the transfer-encoding is not chunked')
        chunked = true
      } else if (name === 'connection') {
        if (/\bclose\b/i.test(value)) this.persistent = false
      } else {
        headers.push(name, value)
      }
    }
    if (chunked && contentLength >= 0) throw new AnswerError('both content-length and transfer-encoding')
    if (status < 200) {
      if (status === 101) throw new AnswerError('an upgrade nobody asked for')
      const ambiguous = chunked || contentLength >= 0 || !this.persistent
      if (ambiguous) throw new AnswerError('an interim answer has a body or is the last')
      if (++this.interimAnswers > MAX_INTERIM_ANSWERS) throw new AnswerError('too many interim answers')
      return
    }
    const bodiless = status === 204 || status === 304
    if (contentLength >= 0 && !bodiless) headers.push('content-length', String(contentLength))
    this.left = contentLength
    this.state = chunked ? CHUNK_LINE : contentLength >= 0 ? LENGTH : UNTIL_CLOSE
    // An answer without a body that speaks of one may be followed by it: what comes next could be taken for an answer.
    const bodyUnclear = bodiless ? chunked || contentLength > 0 : this.state === UNTIL_CLOSE
    if (bodyUnclear) this.persistent = false
    this.receiver.onHead(status, headers)
    if (bodiless || contentLength === 0) this.end()
  }

  private readBody(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.left)
    this.left -= end - at
    const whole = this.left === 0
    const last = whole && (this.state === LENGTH || endsChunks(bytes, end))
    if (whole && this.state === CHUNK_DATA) this.state = CHUNK_END
    this.receiver.onData(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end), last)
    if (whole && this.state === LENGTH) this.end()
    return end
  }

  private readLine(bytes: Buffer, at: number): number {
    const newline = bytes.indexOf(10, at)
    const end = newline < 0 ? bytes.length : newline + 1
    const line = this.held + bytes.toString('latin1', at, end)
    if (line.length > (this.state === TRAILERS ? MAX_HEAD_BYTES : MAX_CHUNK_LINE)) {
      throw new AnswerError('a line between chunks is too long')
    }
    this.held = newline < 0 ? line : ''
    if (newline < 0) return end
    if (!line.endsWith('\r\n')) throw new AnswerError('a line ends without a carriage return')
    this.takeLine(line.slice(0, -2))
    return end
  }

  private takeLine(line: string): void {
    if (this.state === CHUNK_END) {
      if (line !== '') throw new AnswerError('a chunk is longer than it said')
      this.state = CHUNK_LINE
    } else if (this.state === CHUNK_LINE) {
      const match = CHUNK_SIZE.exec(line)
      if (!match) throw new AnswerError('a chunk size is malformed')
      this.left = Number.parseInt(match[1] ?? '', 16)
      this.state = this.left === 0 ? TRAILERS : CHUNK_DATA
      this.trailerBytes = 0
    } else {
      this.trailerBytes += line.length
      if (this.trailerBytes > MAX_HEAD_BYTES) throw new AnswerError('the trailers are too large')
      if (line === '') this.end()
      else if (!TRAILER.test(line)) throw new AnswerError('a trailer is malformed')
    }
  }

  private end(): void {
    this.state = DONE
    this.receiver.onEnd()
  }
}

const NOBODY: AnswerReceiver = { onHead() {}, onData() {}, onEnd() {} }

const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n')

function endsChunks(bytes: Buffer, at: number): boolean {
  return bytes.length - at === LAST_CHUNK.length && bytes.compare(LAST_CHUNK, 0, LAST_CHUNK.length, at) === 0
}
