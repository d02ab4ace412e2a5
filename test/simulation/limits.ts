/** The limits of hard budgets: those that they have, and those that nodes may still go by. */
export type Limits = ReturnType<typeof createLimits>

type Known = { limit: bigint; before: { limit: bigint; untilMs: number }[] }

export function createLimits(nowMs: () => number) {
  const limits = new Map<string, Known>()

  /** The highest that a node may go by. Null when nothing limits the budget. */
  function most(budgetId: string): bigint | null {
    const known = limits.get(budgetId)
    if (!known) return null
    let most = known.limit
    for (const { limit, untilMs } of known.before) if (limit > most && untilMs > nowMs()) most = limit
    return most
  }

  return {
    most,
    /** From now on; but a node may go by the one before until it has heard of this one, within `heardInMs`. */
    set(budgetId: string, limit: bigint, heardInMs: number): void {
      const last = limits.get(budgetId)
      const before = last ? [...last.before, { limit: last.limit, untilMs: nowMs() + heardInMs }] : []
      limits.set(budgetId, { limit, before: before.filter(({ untilMs }) => untilMs > nowMs()) })
    },
  }
}
