import type { KeySnapshot } from '../db/key-snapshots.ts'
import type { AppError } from '../domain/errors.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { PolicyQuestion } from '../domain/policy.ts'
import type { Admitted } from './admit.ts'

/** A call that is being forwarded. What ends it from outside (a revoked key, a stalled reader) finds it here. */
export type LiveCall = {
  readonly hash: string
  /** Replaced when the key changed: what counts is what it is now. */
  key: KeySnapshot
  readonly ip: string | null
  readonly admitted: Admitted
  /** What policies were asked of it. */
  readonly asked: PolicyQuestion
  /** Where it stands in the list. */
  place: number
  /** What it is taken to have cost so far, by our own count. */
  costSoFar(): NanoUsd
  /** How many events of its stream carried output so far. */
  outputEvents(): number
  /** Ends the call at once, with a reason that the caller can see. */
  cut(error: AppError): void
  /** A second has passed. */
  tick(): void
}

/**
 * The calls under way. Not a Set: V8 chains the old tables of a Set that is added to and deleted from all the time,
 * and they keep half of all finished calls alive until the next full collection.
 */
export class LiveCalls {
  private readonly calls: LiveCall[] = []

  get size(): number {
    return this.calls.length
  }

  add(call: LiveCall): void {
    call.place = this.calls.length
    this.calls.push(call)
  }

  remove(call: LiveCall): void {
    if (call.place < 0) return
    const last = this.calls.pop()
    if (last && last !== call) {
      this.calls[call.place] = last
      last.place = call.place
    }
    call.place = -1
  }

  /** A copy: what is done to a call may remove it. */
  all(): LiveCall[] {
    return [...this.calls]
  }
}
