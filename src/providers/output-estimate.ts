/** Counts what a stream carried when its provider does not say: high rather than low. */
export type OutputEstimate = {
  /** One event with output went by; its line had so many bytes. */
  delta(bytes: number): void
  events(): number
  tokens(): number
}

/** Tokens of text have about four bytes; code, other scripts and JSON's escapes make them shorter. */
const BYTES_PER_TOKEN = 3
/** So many events show how large the envelope is that providers wrap around each piece of output. */
const ENOUGH = 8
const SMALL_ENVELOPE = 150

/**
 * Each event carries at least one token, and more if it is longer than the shortest one: providers differ in how
 * much they put into one event.
 */
export function outputEstimate(): OutputEstimate {
  let deltas = 0
  let bytes = 0
  let shortest = Number.POSITIVE_INFINITY
  return {
    delta(lineBytes) {
      deltas++
      bytes += lineBytes
      if (lineBytes < shortest) shortest = lineBytes
    },
    events: () => deltas,
    tokens() {
      if (deltas === 0) return 0
      const envelope = deltas < ENOUGH ? Math.min(shortest, SMALL_ENVELOPE) : shortest
      return deltas + Math.ceil((bytes - deltas * envelope) / BYTES_PER_TOKEN)
    },
  }
}
