import type { AppError } from '../domain/errors.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { Dialect } from '../domain/operations.ts'
import type { InboundResponse } from '../http1-inbound.ts'
import type { EgressError, Exchange } from '../http1-pool.ts'
import type { AttemptOutcome } from '../ledger/ledger.ts'
import { type Meter as MeterName, type UsageWatch, watchUsage } from '../providers/usage-watch.ts'
import type { Admitted } from './admit.ts'
import type { AnswerHead } from './answer-head.ts'
import { errorEvent, responsesErrorEvent } from './errors.ts'
import { type Attempt, countedOutcome, deferredOutcome, failedOutcome, reportedOutcome } from './outcome.ts'
import { upstreamError } from './upstream-error.ts'

/** What a meter needs to know of its call. */
export type MeteredCall = {
  readonly response: InboundResponse
  readonly dialect: Dialect
  readonly requestId: string
  readonly admitted: Admitted
  readonly meter: MeterName
  readonly background: boolean
  readonly attempt: Attempt
  readonly exchange: Exchange
  /** Called once, with how it ended. */
  settle(outcome: AttemptOutcome): void
}

/** A caller that takes no bytes for this long is cut off. */
const STALL_SECONDS = 60
const OBJECT_ID = /"id"\s*:\s*"(resp_[\w-]{1,200})"/
const KEPT_FOR_ID = 4096
/** In a text of the model the quotes would have been escaped. */
const NUMBERED = /"sequence_number":\s*(\d{1,15})/g

/**
 * Passes an answer's bytes on, untouched, and counts beside them what it used. It settles the call exactly once,
 * however that ends: complete, broken off by the provider, left by the caller, or cut from here.
 */
export class Meter {
  private readonly call: MeteredCall
  private readonly head: AnswerHead
  private readonly watch: UsageWatch
  private ended = false
  private wrote = false
  private stalledSeconds = -1
  private beginning = ''
  /** The last two chunks of a stream whose events are numbered. */
  private recent: [string, string] = ['', '']

  /** Sends the head of the answer, with `headers` beside those of the provider. */
  constructor(call: MeteredCall, head: AnswerHead, headers: readonly string[]) {
    this.call = call
    this.head = head
    this.watch = watchUsage(call.meter, head.eventStream)
    head.headers.push(...headers)
    call.response.writeHead(head.status, head.headers)
    // A stream's head goes out at once, unless its first event comes with it.
    if (head.eventStream) setImmediate(() => this.flushHead())
  }

  onData(bytes: Buffer, last: boolean): void {
    const text = bytes.toString('latin1')
    this.watch.push(bytes, text)
    if (this.call.background && this.beginning.length < KEPT_FOR_ID) this.beginning += text
    if (this.call.meter === 'openai-responses') this.recent = [this.recent[1], text]
    if (last && !this.wrote) {
      // The whole answer in one piece: its head and body leave in one write.
      this.endWell(text)
      return
    }
    this.wrote = true
    if (!this.call.response.write(text, 'latin1')) this.hold()
  }

  onEnd(): void {
    if (!this.ended) this.endWell('')
  }

  /** The caller need not wait for the sums: nobody can end the call in another way before they are made. */
  private endWell(rest: string): void {
    this.ended = true
    this.call.response.end(rest, 'latin1')
    this.finish(null)
  }

  /** The answer broke off. It never ends as if it were whole. */
  onError(error: EgressError): void {
    if (this.ended) return
    const failure = upstreamError(error)
    this.finish(failure.code)
    this.breakOff(failure)
  }

  callerGone(): void {
    if (this.ended) return
    this.call.exchange.abort()
    this.finish('caller_gone')
  }

  cut(error: AppError): void {
    if (this.ended) return
    this.call.exchange.abort()
    this.finish(error.code)
    this.breakOff(error)
  }

  tick(): void {
    if (this.stalledSeconds < 0 || ++this.stalledSeconds < STALL_SECONDS) return
    if (!this.ended) {
      this.call.exchange.abort()
      this.finish('caller_stalled')
    }
    this.call.response.destroy()
  }

  costSoFar(): NanoUsd {
    const { admitted, attempt, meter } = this.call
    if (this.ended || meter === 'free') return 0n
    const outputTokens = this.watch.countedOutputTokens() ?? 0
    return countedOutcome(admitted, attempt, this.head.status, null, outputTokens).costNanoUsd
  }

  outputEvents(): number {
    return this.ended ? 0 : this.watch.outputEvents()
  }

  private flushHead(): void {
    if (!this.wrote && !this.ended) this.call.response.flushHeaders()
  }

  private hold(): void {
    if (this.stalledSeconds >= 0) return
    this.stalledSeconds = 0
    this.call.exchange.pause()
    this.call.response.once('drain', () => {
      if (this.ended) return
      this.stalledSeconds = -1
      this.call.exchange.resume()
    })
  }

  private finish(errorCode: string | null): void {
    this.ended = true
    // Its last bytes still have to leave.
    if (this.stalledSeconds < 0) this.stalledSeconds = 0
    this.call.settle(this.outcome(errorCode))
  }

  private outcome(errorCode: string | null): AttemptOutcome {
    const { admitted, attempt, background, meter } = this.call
    const { status } = this.head
    if (background) {
      const objectId = OBJECT_ID.exec(this.beginning)?.[1] ?? null
      return deferredOutcome(admitted, attempt, status, errorCode, objectId)
    }
    const usage = this.watch.finish()
    if (usage) return reportedOutcome(admitted, attempt, status, errorCode, usage)
    if (meter === 'free') return failedOutcome(admitted, attempt, status, errorCode)
    return countedOutcome(admitted, attempt, status, errorCode, this.watch.countedOutputTokens())
  }

  private breakOff(error: AppError): void {
    const { response, dialect, meter, requestId } = this.call
    if (!this.head.eventStream || response.writableNeedDrain) {
      response.destroy()
      return
    }
    // An event that was under way is closed first, so that the error stands by itself.
    const event =
      meter === 'openai-responses'
        ? responsesErrorEvent(error, requestId, this.nextNumber())
        : errorEvent(error, dialect, requestId)
    response.write(`\n\n${event}`, 'utf8', () => response.destroy())
  }

  /** The number of the event after the last one that went by. */
  private nextNumber(): number {
    const numbers = [...this.recent.join('').matchAll(NUMBERED)].map(([, digits]) => Number(digits) + 1)
    return numbers.at(-1) ?? 0
  }
}
