import type { KeySnapshot } from '../db/key-snapshots.ts'
import { AppError } from '../domain/errors.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { Dialect } from '../domain/operations.ts'
import type { PolicyQuestion } from '../domain/policy.ts'
import type { InboundResponse } from '../http1-inbound.ts'
import type { AnswerHandler, EgressError, Exchange } from '../http1-pool.ts'
import type { AttemptOutcome } from '../ledger/ledger.ts'
import type { Admitted } from './admit.ts'
import { type AnswerHead, readAnswerHead } from './answer-head.ts'
import { usableKey } from './authenticate.ts'
import { chooseCredential, mayUse, parkFaulty } from './credential-choice.ts'
import { idHeaders, sendError } from './errors.ts'
import type { Gateway } from './gateway.ts'
import type { LiveCall } from './live-calls.ts'
import { Meter, type MeteredCall } from './meter.ts'
import { countIn } from './metrics.ts'
import type { ServedOperation } from './operations.ts'
import { type AnyAttempt, type Attempt, countedOutcome, deferredOutcome, failedOutcome } from './outcome.ts'
import { policyRefusal } from './plan.ts'
import type { UsableCredential } from './provider-directory.ts'
import { see } from './sightings.ts'
import { faultOf, upstreamError } from './upstream-error.ts'

/** What goes upstream, whichever credential carries it. */
export type Outgoing = {
  operation: ServedOperation
  /** What follows the operation's path: the id of a stored object, with its query. */
  below: string
  /** The caller's header lines that go on. */
  headerLines: string
  /** One byte per character; null when the operation has no body. */
  body: string | null
  background: boolean
  /** What policies were asked of the call. */
  asked: PolicyQuestion
}

/** Whom to answer, and how. */
export type Caller = {
  response: InboundResponse
  dialect: Dialect
  requestId: string
  hash: string
  key: KeySnapshot
  ip: string | null
  /** Headers that every answer gets. */
  headers: readonly string[]
}

const MAX_ATTEMPTS = 3
/** The longest that a call waits before it asks the same credential again. */
const LONGEST_WAIT_MS = 5_000
const FIRST_WAIT_MS = 250
const MAX_ERROR_BYTES = 256 * 1024
const BODY_TYPE = 'content-type: application/json\r\ncontent-length: '

/** Sends an admitted call upstream and its answer back. Retries and other credentials are for before the first byte only. */
export function forward(gateway: Gateway, caller: Caller, admitted: Admitted, outgoing: Outgoing): void {
  new Forwarding(gateway, caller, admitted, outgoing).start()
}

class Forwarding implements LiveCall, AnswerHandler {
  readonly hash: string
  readonly ip: string | null
  readonly admitted: Admitted
  readonly asked: PolicyQuestion
  key: KeySnapshot
  place = -1
  private readonly gateway: Gateway
  private readonly caller: Caller
  private readonly outgoing: Outgoing
  private attempt: Attempt | null = null
  private attempts = 0
  private tried: string[] = []
  private exchange: Exchange | null = null
  private meter: Meter | null = null
  private errorHead: AnswerHead | null = null
  private errorBody = ''
  private waiting: NodeJS.Timeout | null = null
  private settled = false

  constructor(gateway: Gateway, caller: Caller, admitted: Admitted, outgoing: Outgoing) {
    this.gateway = gateway
    this.caller = caller
    this.admitted = admitted
    this.outgoing = outgoing
    this.hash = caller.hash
    this.key = caller.key
    this.ip = caller.ip
    this.asked = outgoing.asked
  }

  start(): void {
    const { response } = this.caller
    this.gateway.live.add(this)
    response.on('close', () => this.callerGone())
    // Who hung up before now is not heard of again.
    const credential = response.destroyed ? null : this.choose()
    if (credential) this.send(credential)
    else if (response.destroyed) this.callerGone()
    else this.endWith(noCredential(), false)
  }

  // ---- Called by the exchange

  onHead(status: number, raw: string[]): void {
    const attempt = this.attempt as Attempt
    attempt.firstByteAtMs = performance.now()
    see(attempt.credential.seen, status, raw)
    const head = readAnswerHead(status, raw)
    if (status >= 300 && status < 400)
      this.giveUp(unusable('The provider answered with a redirect, which is not followed.'), false)
    else if (head.encoded)
      this.giveUp(unusable('The provider encoded its answer, which was not asked for.'), status < 400)
    else if (status >= 400) this.errorHead = head
    else {
      this.gateway.circuits.succeeded(attempt.credential.id, this.admitted.plan.upstreamModel)
      this.meter = new Meter(this.metered(attempt), head, this.ownHeaders())
    }
  }

  onData(bytes: Buffer, last: boolean): void {
    if (this.meter) this.meter.onData(bytes, last)
    else {
      this.errorBody += bytes.toString('latin1')
      if (this.errorBody.length > MAX_ERROR_BYTES)
        this.giveUp(unusable('The provider answered with an error that is too large.'), false)
    }
  }

  onEnd(): void {
    if (this.meter) this.meter.onEnd()
    else if (this.errorHead) this.errorAnswered(this.errorHead, this.errorBody)
  }

  onError(error: EgressError): void {
    if (this.meter) this.meter.onError(error)
    else this.unanswered(error)
  }

  // ---- Called by the gateway

  cut(error: AppError): void {
    if (this.meter) this.meter.cut(error)
    else this.giveUp(error, this.atWork)
  }

  tick(): void {
    this.meter?.tick()
  }

  costSoFar(): NanoUsd {
    if (this.meter) return this.meter.costSoFar()
    const { admitted, attempt, settled } = this
    return attempt && !settled && this.atWork ? countedOutcome(admitted, attempt, 0, null, 0).costNanoUsd : 0n
  }

  outputEvents(): number {
    return this.meter?.outputEvents() ?? 0
  }

  private unanswered(error: EgressError): void {
    const { credential } = this.attempt as Attempt
    this.gateway.app.log.warn(
      { err: error, credentialId: credential.id, requestId: this.caller.requestId },
      'a provider did not answer',
    )
    countIn(this.gateway.metrics.upstreamErrors, error.kind)
    this.circuitFailed(credential)
    const failure = upstreamError(error)
    // Only a request that never left may be sent again: the provider may be at work on any other.
    if (error.kind === 'connect' && this.retry(credential, failure.status, failure.code, null, true)) return
    const sent = error.kind === 'reset' || error.kind === 'timeout' || error.kind === 'protocol'
    this.endWith(failure, sent && this.atWork)
  }

  private callerGone(): void {
    if (this.meter) this.meter.callerGone()
    else if (!this.settled) {
      const { atWork } = this
      this.stop()
      this.endWith(new AppError('internal', 'The caller hung up.'), atWork, 499, 'caller_gone')
    }
    this.gateway.live.remove(this)
  }

  // ---- Attempts

  private send(credential: UsableCredential): void {
    const { gateway, outgoing, admitted } = this
    const { operation, body } = outgoing
    this.tried.push(credential.id)
    this.attempt = {
      number: ++this.attempts,
      credential,
      startedAtMs: performance.now(),
      firstByteAtMs: null,
    }
    this.errorHead = null
    this.errorBody = ''
    gateway.circuits.started(credential.id, admitted.plan.upstreamModel, Date.now())
    const start = credential.headFor(operation.name, operation.method, outgoing.below)
    const length = body === null ? '\r\n' : `${BODY_TYPE}${body.length}\r\n\r\n`
    this.exchange = credential.upstream.destination.send(
      start + outgoing.headerLines + length,
      body ?? '',
      this,
    )
  }

  /** A provider's error answer is whole: try again, or pass it on as it is. */
  private errorAnswered(head: AnswerHead, body: string): void {
    const { credential } = this.attempt as Attempt
    const fault = faultOf(head.status, body)
    this.exchange = null
    if (fault !== 'none') countIn(this.gateway.metrics.upstreamErrors, fault)
    if (fault === 'failed') this.circuitFailed(credential)
    if (head.retryAfterMs !== null && fault === 'busy') {
      this.gateway.circuits.rest(
        credential.id,
        this.admitted.plan.upstreamModel,
        Date.now(),
        head.retryAfterMs,
      )
    }
    if (fault === 'spent' || fault === 'refused')
      parkFaulty(this.gateway, credential, fault, this.caller.requestId)
    const same = (fault === 'busy' && head.retryAfterMs !== null) || fault === 'failed'
    if (fault !== 'none' && this.retry(credential, head.status, `upstream_${fault}`, head.retryAfterMs, same))
      return
    if (fault === 'spent' || fault === 'refused') this.endWith(noCredential(), false)
    // Somebody else's 401 would read as if the caller's own key were wrong.
    else if (head.status === 401)
      this.endWith(unusable("The provider does not permit this to Claviger's credential."), false)
    else this.passError(head, body, fault === 'none' ? 'upstream_rejected' : `upstream_${fault}`)
  }

  private passError(head: AnswerHead, body: string, code: string): void {
    const { response } = this.caller
    const attempt = this.attempt as Attempt
    this.settle(failedOutcome(this.admitted, attempt, head.status, code))
    const shown = attempt.credential.conceal(body)
    response.writeHead(head.status, [...withLength(head.headers, shown.length), ...this.ownHeaders()])
    response.end(shown, 'latin1')
  }

  /** Tries once more, with another credential if there is one. Returns false when the call has to end. */
  private retry(
    failed: UsableCredential,
    status: number,
    code: string,
    retryAfterMs: number | null,
    same: boolean,
  ): boolean {
    if (this.attempts >= MAX_ATTEMPTS) return false
    const other = this.choose()
    const waitMs = other ? 0 : (retryAfterMs ?? FIRST_WAIT_MS * 2 ** (this.attempts - 1))
    if (!other && (!same || waitMs > LONGEST_WAIT_MS)) return false
    this.gateway.app.ledger.recordAttempt(
      this.admitted.admission,
      failedOutcome(this.admitted, this.attempt as Attempt, status, code),
    )
    this.exchange = null
    this.attempt = null
    if (other) this.sendAgain(null)
    else this.waiting = setTimeout(() => this.sendAgain(failed), waitMs)
    return true
  }

  /** As long as a new call would be let in: its key, their policies or a credential may be withdrawn by now. */
  private async sendAgain(failed: UsableCredential | null): Promise<void> {
    try {
      this.key = await usableKey(this.gateway, this.hash, this.ip)
    } catch (error) {
      // Why a key may not be used, or that it cannot be looked up: always one of these.
      this.endWith(error as AppError, false)
      return
    }
    if (this.settled) return
    const refusal = policyRefusal(this.key, this.asked)
    const credential = this.choose() ?? (failed && mayUse(this.gateway, this.key, failed.id))
    if (refusal || !credential) this.endWith(refusal ?? noCredential(), false)
    else this.send(credential)
  }

  private choose(): UsableCredential | null {
    return chooseCredential(this.gateway, this.admitted.plan, this.key, this.tried)
  }

  private circuitFailed(credential: UsableCredential): void {
    this.gateway.circuits.failed(credential.id, this.admitted.plan.upstreamModel, Date.now())
  }

  // ---- Ends

  /** Ends the call from here, whatever the provider still says. */
  private giveUp(error: AppError, charged: boolean): void {
    this.stop()
    this.endWith(error, charged)
  }

  /** The provider may be doing the work: it has the request, and has not refused it. */
  private get atWork(): boolean {
    return this.exchange !== null && this.errorHead === null && this.outgoing.operation.meter !== 'free'
  }

  private stop(): void {
    this.exchange?.abort()
    this.exchange = null
    if (this.waiting) clearTimeout(this.waiting)
  }

  /** `charged`: the provider may have done the work. In the background it goes on with it. */
  private endWith(error: AppError, charged: boolean, status = error.status, code: string = error.code): void {
    if (this.settled) return
    const attempt = this.attempt ?? this.unsent()
    this.settle(
      !charged
        ? failedOutcome(this.admitted, attempt, status, code)
        : this.outgoing.background
          ? deferredOutcome(this.admitted, attempt, status, code, null)
          : countedOutcome(this.admitted, attempt, status, code, 0),
    )
    const { response, dialect, requestId, headers } = this.caller
    if (!response.destroyed && !response.headersSent) {
      sendError(response, error, { dialect, requestId, param: null, headers, bodyRead: true })
    }
  }

  private unsent(): AnyAttempt {
    const startedAtMs = performance.now()
    return { number: this.attempts + 1, credential: null, startedAtMs, firstByteAtMs: null }
  }

  private settle(outcome: AttemptOutcome): void {
    if (this.settled) return
    this.settled = true
    const { gateway, admitted, key } = this
    const { upstream, price, upstreamModel } = admitted.plan
    gateway.metrics.calls.count(upstream.connection.name, price && upstreamModel, outcome)
    if (outcome.objectId !== null && outcome.providerId !== null && outcome.credentialId !== null) {
      const { providerId, credentialId } = outcome
      const { projectId, environmentId } = key
      gateway.storedObjects.remember(outcome.objectId, { projectId, environmentId, providerId, credentialId })
    }
    gateway.app.ledger.settle(admitted.admission, outcome)
  }

  private metered(attempt: Attempt): MeteredCall {
    const { response, dialect, requestId } = this.caller
    const { operation, background } = this.outgoing
    const exchange = this.exchange as Exchange
    const settle = (outcome: AttemptOutcome) => this.settle(outcome)
    return {
      response,
      dialect,
      requestId,
      admitted: this.admitted,
      meter: operation.meter,
      background,
      attempt,
      exchange,
      settle,
    }
  }

  private ownHeaders(): string[] {
    const { caller, admitted } = this
    const headers = [...idHeaders(caller.dialect, caller.requestId), ...caller.headers]
    if (admitted.clampedTo !== null) headers.push('x-claviger-output-clamped', String(admitted.clampedTo))
    if (this.attempts > 1) headers.push('x-claviger-attempts', String(this.attempts))
    return headers
  }
}

/** These headers, flat, with this length in place of the one they may have. */
function withLength(headers: readonly string[], length: number): string[] {
  return headers.map((value, i) =>
    i % 2 === 1 && headers[i - 1] === 'content-length' ? String(length) : value,
  )
}

function unusable(message: string): AppError {
  return new AppError('upstream_failed', message)
}

function noCredential(): AppError {
  return new AppError(
    'no_credential',
    'No credential for this model can be used right now: the provider refuses them, or is failing.',
    { retryAfterSeconds: 10 },
  )
}
