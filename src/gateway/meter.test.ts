import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Exchange } from '../http1-pool.ts'
import type { AttemptOutcome } from '../ledger/ledger.ts'
import { Meter, type MeteredCall } from './meter.ts'

/** A metered answer to a caller who takes no bytes. */
function unread(): { meter: Meter; response: ServerResponse; settled: AttemptOutcome[] } {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const settled: AttemptOutcome[] = []
  const handler = { onHead() {}, onData() {}, onEnd() {}, onError() {} }
  // No more of a call than a meter of what is free looks at.
  const call = {
    response,
    meter: 'free',
    background: false,
    admitted: { plan: { upstream: { connection: { id: 'prv_test' } }, price: null } },
    attempt: { number: 1, credential: { id: 'crd_test' }, startedAtMs: 0, firstByteAtMs: null },
    exchange: new Exchange('', '', handler),
    settle: (outcome: AttemptOutcome) => settled.push(outcome),
  } as unknown as MeteredCall
  const head = { status: 200, eventStream: false, encoded: false, retryAfterMs: null, headers: [] }
  return { meter: new Meter(call, head, []), response, settled }
}

test('a caller who never takes the last bytes is cut off after a minute, and the call is settled once', () => {
  const { meter, response, settled } = unread()
  meter.onData(Buffer.from('{}'), true)
  meter.onEnd()
  for (let second = 0; second < 59; second++) meter.tick()
  expect(response.destroyed).toBe(false)
  meter.tick()
  expect(response.destroyed).toBe(true)
  expect(settled.map(({ errorCode }) => errorCode)).toEqual([null])
})
