/**
 * One short message between the planes and between processes: something changed, look again.
 * It carries no data; who cares reads the tables. Sent with PostgreSQL's NOTIFY in the transaction that made the
 * change, so it arrives only if the change did, and in every process.
 */
export type BusMessage =
  /** One key changed: its state, secrets, owner or tags. */
  | { topic: 'key'; id: string }
  /** Something above keys changed: a policy, a rate limit, a budget, a binding, an archived team. Drop all snapshots. */
  | { topic: 'access' }
  /** A budget's limit or window changed: the ledger looks again. */
  | { topic: 'budget'; id: string }
  /** A node lacks money of a budget: the others give back what they have free. */
  | { topic: 'recall'; id: string; node: string }
  /** A node that was asked to give back what it had free of a budget has done so. */
  | { topic: 'returned'; id: string; node: string }
  /** A node is short of a rate limit: the others give back what they do not need. Then one of them did. */
  | { topic: 'rate-recall' | 'rate-returned'; id: string; node: string }
  /** Provider connections or credentials changed. */
  | { topic: 'providers' }
  /** Own models, aliases or prices changed. */
  | { topic: 'models' }
  /** The connection was away and messages may be lost: treat everything as changed. */
  | { topic: 'all' }

export type Bus = {
  /** Calls `listener` for each message of this or any other process. Returns the way to stop. */
  subscribe(listener: (message: BusMessage) => void): () => void
  close(): Promise<void>
}
