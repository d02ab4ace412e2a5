import { setFlagsFromString } from 'node:v8'

/**
 * Lets what belongs to a call be freed soon after it. A burst of calls makes V8 believe that their objects live long,
 * and it never unlearns that: it then makes them where only a full collection looks, and whatever they refer to waits
 * for that with them. Measured after a cold burst of 256 calls: collections of 17 instead of 2 ms, for good.
 */
export function keepCallsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
