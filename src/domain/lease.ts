import type { NanoUsd } from './money.ts'

/**
 * A node's share of one budget window. `granted` is what the authority has set aside for it, as it last said;
 * `held` belongs to open calls; `charged` is settled here, and the authority does not know it yet.
 */
export type Lease = { readonly granted: NanoUsd; readonly held: NanoUsd; readonly charged: NanoUsd }

export const NO_LEASE: Lease = { granted: 0n, held: 0n, charged: 0n }

/** What new calls can hold. Below zero when calls cost more than they held. */
export function freeOf({ granted, held, charged }: Lease): NanoUsd {
  return granted - held - charged
}

/** What must stay set aside whatever happens: open calls, and spend that is still under way to the authority. */
export function neededOf({ held, charged }: Lease): NanoUsd {
  return held + charged
}

export function hold({ granted, held, charged }: Lease, amount: NanoUsd): Lease {
  return { granted, held: held + amount, charged }
}

/** Lets go of a hold that never became a call. */
export function release({ granted, held, charged }: Lease, amount: NanoUsd): Lease {
  return { granted, held: held - amount, charged }
}

/** Spends beside the hold: an attempt that was not the last one. */
export function charge({ granted, held, charged }: Lease, cost: NanoUsd): Lease {
  return { granted, held, charged: charged + cost }
}

/** The true cost takes the hold's place. */
export function settle({ granted, held, charged }: Lease, amount: NanoUsd, cost: NanoUsd): Lease {
  return { granted, held: held - amount, charged: charged + cost }
}

/** The authority has booked `cost` of what was charged. */
export function book({ granted, held, charged }: Lease, cost: NanoUsd): Lease {
  return { granted, held, charged: charged - cost }
}

/**
 * The authority says what is set aside now, less what it has booked. When the answer to a batch was lost, that counts
 * here and in `charged` until the batch is sent again: `freeOf` is too small for a while, and never too large.
 */
export function grant({ held, charged }: Lease, granted: NanoUsd): Lease {
  return { granted, held, charged }
}

/**
 * What other nodes that do not answer could give back for calls. Where more is spent and set aside than the limit allows
 * since that fell, what comes back first makes up for it; and nobody holds more than is not spent, which counts for any
 * 24 hours, where what is left is that of one cell.
 */
export function outOfReachOf({
  outOfReachNanoUsd,
  leftNanoUsd,
  totalLimitNanoUsd,
  totalSpentNanoUsd,
}: {
  outOfReachNanoUsd: NanoUsd
  leftNanoUsd: NanoUsd
  totalLimitNanoUsd: NanoUsd
  totalSpentNanoUsd: NanoUsd
}): NanoUsd {
  const back = leftNanoUsd < 0n ? outOfReachNanoUsd + leftNanoUsd : outOfReachNanoUsd
  let most = totalLimitNanoUsd - totalSpentNanoUsd
  if (back < most) most = back
  return most > 0n ? most : 0n
}

/** Uses nothing beyond what is needed: done before anything is given back, since nobody knows when that arrives. */
export function surrender(lease: Lease): Lease {
  const needed = neededOf(lease)
  return lease.granted > needed ? grant(lease, needed) : lease
}
