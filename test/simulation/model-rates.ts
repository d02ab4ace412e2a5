import type { FigureKey, ShareAnswer, ShareRequest } from '../../src/db/rate-shares.ts'
import type { Dimension } from '../../src/domain/rate-share.ts'

/*
 * The rules of `0021_rate_shares.sql` in memory, written from the same words. A test runs both side by side and compares
 * them; the simulation runs many steps against this one. All times are milliseconds of the database's clock.
 */

export type ModelNode = {
  run: number
  startedAt: number
  trustedUntil: number
  heartbeatAt: number
  stoppedAt: number | null
}
export type ModelShare = { nodeId: string; run: number; amount: number; turn: number }
export type ModelPool = {
  limitId: string
  dimension: Dimension
  most: number | null
  shared: number
  over: number
  awaitedUntil: number
  shares: Map<string, ModelShare>
}
export type Figures = Record<Dimension, number | null>
export type RateMessage = { topic: 'rate-recall' | 'rate-returned'; id: string; nodeId: string }

/** What may be broken on purpose, to see that the invariants notice. */
export type AuthoritySabotage = {
  ignoresShares?: boolean
  obeysLateQuestions?: boolean
  reclaimsTooEarly?: boolean
  forgetsPastRuns?: boolean
  keepsSharesOfTheDead?: boolean
}

export type ModelRates = ReturnType<typeof modelRates>

export function modelRates(now: () => number, sabotage: AuthoritySabotage = {}) {
  const nodes = new Map<string, ModelNode>()
  const limits = new Map<string, Figures>()
  const pools = new Map<string, ModelPool>()
  const messages: RateMessage[] = []

  function take(nodeId: string, run: number, turn: number, requests: readonly ShareRequest[]): ShareAnswer[] {
    const live = Math.max(1, liveNodes())
    return requests.map((asked) => {
      const pool = poolOf(asked)
      const key = `${nodeId} ${run}`
      const mine = pool.shares.get(key)
      const figure = limits.get(asked.limitId)?.[asked.dimension] ?? null
      const had = mine?.amount ?? 0
      let has = had
      let short = false
      if (!mine || mine.turn < turn || sabotage.obeysLateQuestions) {
        has = Math.max(Math.min(had, asked.kept), asked.needed)
        pool.shared += has - had
        if (asked.wanted > (figure ?? 0) - pool.shared) reclaim(pool, key)
        let free = Math.max(0, (figure ?? 0) - (sabotage.ignoresShares ? 0 : pool.shared))
        short = asked.wanted > free
        const wished = Math.max(asked.wanted, asked.wished)
        if (wished === 0) free = 0
        else if (!short && live > 1)
          free = Math.max(asked.wanted, Math.min(wished, Math.floor(free / (2 * live))))
        has += free
        pool.shared += free
        pool.shares.set(key, { nodeId, run, amount: has, turn })
      }
      if (short && pool.shared > has) {
        pool.awaitedUntil = now() + 2_000
        messages.push({ topic: 'rate-recall', id: asked.limitId, nodeId })
      } else if (has < had && pool.awaitedUntil > now()) {
        pool.awaitedUntil = 0
        messages.push({ topic: 'rate-returned', id: asked.limitId, nodeId })
      }
      pool.most = figure
      pool.over = figure === null || sabotage.ignoresShares ? 0 : Math.max(0, pool.shared - figure)
      const left = Math.max(0, (figure ?? 0) - pool.shared)
      const { limitId, dimension } = asked
      return { limitId, dimension, most: figure, amount: has, over: pool.over, left, liveNodes: live }
    })
  }

  function reclaim(pool: ModelPool, asking: string): void {
    if (sabotage.keepsSharesOfTheDead) return
    for (const [key, share] of pool.shares) {
      if (key === asking || now() < endOf(share, pool.dimension)) continue
      pool.shares.delete(key)
      pool.shared -= share.amount
    }
  }

  function endOf({ nodeId, run }: ModelShare, dimension: Dimension): number {
    const node = nodes.get(nodeId)
    if (!node) return Number.NEGATIVE_INFINITY
    const passing = dimension === 'concurrent' ? 1_000 : sabotage.reclaimsTooEarly ? 0 : 62_000
    if (node.run === run) return (node.stoppedAt ?? node.trustedUntil) + passing
    return dimension === 'concurrent' ? Number.NEGATIVE_INFINITY : node.startedAt + passing
  }

  /** `countedLately` answers what calls counted in the last 65 seconds; null when nobody can know. */
  function returnPast(nodeId: string, run: number, countedLately: (key: FigureKey) => number | null): void {
    for (const pool of pools.values()) {
      for (const share of pool.shares.values()) {
        if (share.nodeId !== nodeId || share.run === run) continue
        const counted =
          pool.dimension === 'concurrent' || sabotage.forgetsPastRuns
            ? 0
            : (countedLately(pool) ?? share.amount)
        if (share.amount <= counted) continue
        pool.shared -= share.amount - counted
        share.amount = counted
      }
      const ended = [...pool.shares.values()].some(({ nodeId, run }) => {
        const node = nodes.get(nodeId)
        return node?.run !== run || (node.stoppedAt ?? node.trustedUntil) < now() - 3_600_000
      })
      if (ended) reclaim(pool, `${nodeId} ${run}`)
      if (pool.most !== null) pool.over = Math.max(0, pool.shared - pool.most)
    }
  }

  function liveNodes(): number {
    return [...nodes.values()].filter((node) => node.stoppedAt === null && now() - node.heartbeatAt < 10_000)
      .length
  }

  function poolOf({ limitId, dimension }: FigureKey): ModelPool {
    const key = `${limitId} ${dimension}`
    const known = pools.get(key)
    if (known) return known
    const pool = { limitId, dimension, most: null, shared: 0, over: 0, awaitedUntil: 0, shares: new Map() }
    pools.set(key, pool)
    return pool
  }

  return {
    nodes,
    limits,
    pools,
    messages,
    take,
    returnPast,
    start(nodeId: string, trustedMs: number): number {
      const run = (nodes.get(nodeId)?.run ?? 0) + 1
      const at = now()
      nodes.set(nodeId, {
        run,
        startedAt: at,
        heartbeatAt: at,
        trustedUntil: at + trustedMs,
        stoppedAt: null,
      })
      return run
    },
    beat(nodeId: string, trustedMs: number): void {
      const node = nodes.get(nodeId)
      if (node) Object.assign(node, { heartbeatAt: now(), trustedUntil: now() + trustedMs })
    },
    stop(nodeId: string): void {
      const node = nodes.get(nodeId)
      if (node) node.stoppedAt = now()
    },
  }
}

export const NO_FIGURES: Figures = { requests: null, tokens: null, concurrent: null }

/** What is wrong with the sums, in words. */
export function poolFaults(pools: Iterable<ModelPool>): string[] {
  return [...pools].flatMap(({ limitId, dimension, most, shared, over, shares }) => {
    const sum = [...shares.values()].reduce((total, { amount }) => total + amount, 0)
    const name = `${dimension} of ${limitId}`
    const faults: string[] = []
    if (sum !== shared) faults.push(`${name}: shares are ${sum}, the pool says ${shared}`)
    if (most !== null && shared > most + over)
      faults.push(`${name}: ${shared} is shared of ${most} + ${over}`)
    return faults
  })
}
