import type { Bill } from '../fake-provider/exchange.ts'

/** What the provider charges for a call, at the 1 USD per million tokens in and 10 out that test models cost. */
export function priceOf({ usage }: Bill): bigint {
  return BigInt(usage.input) * 1_000n + BigInt(usage.output) * 10_000n
}

export function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
