/** Money in nano-USD (10⁻⁹ USD), exact. PostgreSQL keeps it as int8: at most 9.2 billion USD. */
export type NanoUsd = bigint

export const MAX_NANO_USD: NanoUsd = 2n ** 63n - 1n
const NANO_DIGITS = 9

/**
 * Parses a decimal amount of USD such as `"25"` or `"0.000125"`.
 * Returns null when it is not a plain non-negative decimal, has more than nine decimals, or does not fit.
 */
export function parseUsd(text: string): NanoUsd | null {
  const match = /^(\d{1,10})(?:\.(\d{1,9}))?$/.exec(text)
  if (!match) return null
  const nano = BigInt(`${match[1]}${(match[2] ?? '').padEnd(NANO_DIGITS, '0')}`)
  return nano <= MAX_NANO_USD ? nano : null
}

/** Formats nano-USD as a plain decimal of USD, without trailing zeros past the cents: `"25.00"`, `"0.000125"`. */
export function formatUsd(nano: NanoUsd): string {
  const sign = nano < 0n ? '-' : ''
  const digits = (nano < 0n ? -nano : nano).toString().padStart(NANO_DIGITS + 1, '0')
  const fraction = digits.slice(-NANO_DIGITS).replace(/0{1,7}$/, '')
  return `${sign}${digits.slice(0, -NANO_DIGITS)}.${fraction}`
}

/** Integer division that rounds up: the one rounding a call's cost gets. Both arguments are non-negative. */
export function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}
