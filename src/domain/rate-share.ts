/*
 * A rate limit on several nodes: each node may count up to its share of a figure, and the shares together are never
 * more than the figure. What a node counts in its minute, or runs now, stays in its share; so the nodes together never
 * count more than the figure in any minute. Everything here is whole numbers.
 */

export const DIMENSIONS = ['requests', 'tokens', 'concurrent'] as const

/** What a figure limits: requests or tokens in any 60 seconds, or calls at the same time. */
export type Dimension = (typeof DIMENSIONS)[number]

/** One node's share of one figure, as the authority told it last. */
export type Share = {
  /** The figure itself; null when there is none any more, and nothing is limited. */
  most: number | null
  /** The node counts no more than this. */
  amount: number
  /** By how much all shares together are above the figure: it was lowered, or calls used more than they held. */
  over: number
  /** What no node had. */
  left: number
  /** Nodes that are alive, this one too. */
  liveNodes: number
}

/** True when `amount` more fits into the share. While the shares are above the figure nothing fits. */
export function fits(share: Share, counted: number, amount: number): boolean {
  return share.most === null || (share.over === 0 && counted + amount <= share.amount)
}

/** True when no other node can have any of the figure, so that asking for more is in vain. */
export function isWhole({ most, amount, over }: Share): boolean {
  return most !== null && over === 0 && amount >= most
}

/**
 * What the node keeps when it asks. A share of a figure that is `changed`, or that all shares exceed, shrinks to what
 * counts; it grows again with the answer, as far as the figure reaches.
 */
export function keptOnAsking(share: Share, counted: number, changed: boolean): number {
  return changed || share.over > 0 ? Math.min(share.amount, counted) : share.amount
}

/** Of what a node has above its fair part, this part makes room each time another node is short. */
const YIELD = 1 / 8

/**
 * What the node keeps when another is short: what counts, and as much again as it counted just now, because it is
 * about to need that. A node above its fair part gives some of it up even while it needs it: that part becomes free
 * for others as its minute passes or its calls end.
 */
export function keptOnRecall(share: Share, counted: number, countedLately: number): number {
  const kept = Math.min(share.amount, counted + countedLately)
  const fair = Math.ceil((share.most ?? 0) / share.liveNodes)
  return kept <= fair ? kept : kept - Math.max(1, Math.floor((kept - fair) * YIELD))
}

const CALLS_AHEAD = 64

/** What a node would like when it is short by `wanted`: enough for some time, so that it need not ask again soon. */
export function wishOf(wanted: number, counted: number): number {
  return Math.max(wanted * CALLS_AHEAD, counted, 1)
}

/** True when a node should ask for more before it is short: a quarter of its last grant is left, and there is more. */
export function isLow(share: Share, counted: number, lastGrant: number): boolean {
  return share.left > 0 && share.over === 0 && (share.amount - counted) * 4 < lastGrant
}
