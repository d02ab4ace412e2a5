import type { NanoUsd } from './money.ts'

/**
 * How much of a budget a node sets aside for itself at a time: so much that it lasts between a minute and an hour, as
 * far as the authority grants it. `free` is what calls could hold after the last time it took some, at `takenAtMs`.
 */
export type Slice = { readonly free: NanoUsd; readonly takenAtMs: number }

export const NO_SLICE: Slice = { free: 0n, takenAtMs: 0 }

const FIRST_WISH_CALLS = 64n
const TOO_SHORT_MS = 60_000
const TOO_LONG_MS = 3_600_000
/** The database counts in 64 bits; a wish beyond any budget is cut well below that. */
const MOST: NanoUsd = 1n << 61n

/** What to wish for now, when calls want `want`: twice as much as last time if that did not last, half if it lasted long. */
export function wishOf({ free, takenAtMs }: Slice, want: NanoUsd, nowMs: number): NanoUsd {
  const lastedMs = nowMs - takenAtMs
  const scaled = lastedMs < TOO_SHORT_MS ? free * 2n : lastedMs > TOO_LONG_MS ? free / 2n : free
  return atMost(scaled > want * FIRST_WISH_CALLS ? scaled : want * FIRST_WISH_CALLS)
}

/** Below this much free, more is fetched while calls go on: nothing when there is hardly more to be had. */
export function lowWaterOf({ free }: Slice, left: NanoUsd): NanoUsd {
  return left > free ? free / 4n : 0n
}

export function atMost(amount: NanoUsd): NanoUsd {
  return amount < MOST ? amount : MOST
}
