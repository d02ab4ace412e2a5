import type { Answer, LeaseRequest, LeaseRow, WindowKey, WindowState } from '../../src/db/ledger.ts'
import type { Authority } from '../../src/ledger/authority.ts'

/*
 * The authority's rules in memory, written from the same words as `0002_ledger.sql`. A test runs both side by side and
 * compares them; the simulation runs thousands of steps against this one.
 */

export type ModelBudget = { id: string; kind: 'hard' | 'soft'; limit: bigint }
export type ModelWindow = {
  budgetId: string
  start: Date
  end: Date
  limit: bigint
  spent: bigint
  over: bigint
  leases: Map<string, bigint>
}
export type ModelRow = { id: string; cost: bigint; windows: string[]; estimated: boolean }

export type ModelAuthority = {
  budgets: Map<string, ModelBudget>
  windows: Map<string, ModelWindow>
  usage: Map<string, ModelRow>
  forNode(nodeId: string): Authority
}

export function modelAuthority(
  now: () => Date,
  windowAt: (at: Date) => { start: Date; end: Date },
): ModelAuthority {
  const budgets = new Map<string, ModelBudget>()
  const windows = new Map<string, ModelWindow>()
  const usage = new Map<string, ModelRow>()

  function windowNow(budget: ModelBudget): ModelWindow {
    const { start, end } = windowAt(now())
    const key = keyOf(budget.id, start)
    const known = windows.get(key)
    if (known) return known
    const added = {
      budgetId: budget.id,
      start,
      end,
      limit: budget.limit,
      spent: 0n,
      over: 0n,
      leases: new Map(),
    }
    windows.set(key, added)
    return added
  }

  function existing({ budgetId, windowStart }: WindowKey): ModelWindow {
    const window = windows.get(keyOf(budgetId, windowStart))
    if (!window)
      throw Object.assign(new Error(`no window ${keyOf(budgetId, windowStart)}`), { code: '23503' })
    return window
  }

  function take(nodeId: string, requests: readonly LeaseRequest[]): WindowState[] {
    return requests.flatMap(({ budgetId, known }) => {
      const budget = budgets.get(budgetId)
      if (!budget) return []
      const window = windowNow(budget)
      const lease = window.leases.get(nodeId) ?? 0n
      if (known?.windowStart.getTime() === window.start.getTime()) {
        window.leases.set(nodeId, least(lease, known.neededNanoUsd))
      }
      window.limit = budget.limit
      const left = budget.kind === 'soft' ? 0n : most(0n, window.limit - window.spent - leasedOf(window))
      window.over = most(0n, window.spent + leasedOf(window) - window.limit)
      window.leases.set(nodeId, (window.leases.get(nodeId) ?? 0n) + left)
      return stateOf(window, nodeId, budget)
    })
  }

  function settle(nodeId: string, batch: Buffer, keys: readonly WindowKey[]): WindowState[] {
    const rows = (JSON.parse(batch.toString()) as StoredBatchRow[]).filter((row) => !usage.has(row.id))
    for (const row of rows) {
      const charged = row.budget_ids.map((id, at) => keyOf(id, new Date(row.budget_window_starts[at] ?? '')))
      const cost = BigInt(row.cost_nano_usd)
      usage.set(row.id, { id: row.id, cost, windows: charged, estimated: row.estimated === true })
      for (const key of charged) {
        const window = windows.get(key)
        if (!window) throw new Error(`no window ${key}`)
        const lease = window.leases.get(nodeId) ?? 0n
        if (lease > 0n) window.leases.set(nodeId, lease - least(lease, cost))
        window.spent += cost
        window.over = most(0n, window.spent + leasedOf(window) - window.limit)
      }
    }
    return keys.flatMap((key) => stateOf(existing(key), nodeId, budgets.get(key.budgetId)))
  }

  function giveBack(nodeId: string, leases: readonly (WindowKey & { neededNanoUsd: bigint })[]): void {
    for (const { neededNanoUsd, ...key } of leases) {
      const window = windows.get(keyOf(key.budgetId, key.windowStart))
      const lease = window?.leases.get(nodeId)
      if (!window || lease === undefined) continue
      if (lease > neededNanoUsd) {
        window.leases.set(nodeId, neededNanoUsd)
        window.over = most(0n, window.spent + leasedOf(window) - window.limit)
      }
      if (window.leases.get(nodeId) === 0n) window.leases.delete(nodeId)
    }
  }

  function leases(nodeId: string): LeaseRow[] {
    return [...windows.values()].flatMap(({ budgetId, start, leases }) => {
      const amountNanoUsd = leases.get(nodeId)
      return amountNanoUsd === undefined ? [] : { budgetId, windowStart: start, amountNanoUsd }
    })
  }

  const answer = (windows: WindowState[]): Answer => ({ databaseNow: now(), windows })
  return {
    budgets,
    windows,
    usage,
    forNode: (nodeId) => ({
      take: async (requests) => answer(take(nodeId, requests)),
      settle: async (batch, keys) => answer(settle(nodeId, batch, keys)),
      giveBack: async (given) => giveBack(nodeId, given),
      leases: async () => leases(nodeId),
    }),
  }
}

type StoredBatchRow = {
  id: string
  cost_nano_usd: string
  budget_ids: string[]
  budget_window_starts: string[]
  estimated?: boolean
}

export function keyOf(budgetId: string, start: Date): string {
  return `${budgetId} ${start.toISOString()}`
}

export function leasedOf({ leases }: ModelWindow): bigint {
  return [...leases.values()].reduce((sum, amount) => sum + amount, 0n)
}

function stateOf(window: ModelWindow, nodeId: string, budget: ModelBudget | undefined): WindowState {
  return {
    budgetId: window.budgetId,
    windowStart: window.start,
    windowEnd: window.end,
    limitNanoUsd: window.limit,
    spentNanoUsd: window.spent,
    leaseNanoUsd: window.leases.get(nodeId) ?? 0n,
    totalLimitNanoUsd: budget?.limit ?? window.limit,
    totalSpentNanoUsd: window.spent,
    resetsAt: null,
    raisedThresholds: [],
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
