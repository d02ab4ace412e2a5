import type { BusMessage } from '../../src/bus.ts'
import type {
  Answer,
  LeaseRequest,
  LeaseRow,
  Needed,
  TakenState,
  WindowKey,
  WindowState,
} from '../../src/db/ledger.ts'
import type { NodeBeat, NodeStart } from '../../src/db/nodes.ts'
import { type Authority, createTurns } from '../../src/ledger/authority.ts'

/*
 * The authority's rules in memory, written from the same words as `0020_lease_slices.sql`. A test runs both side by side
 * and compares them; the simulation runs thousands of steps against this one.
 */

export type ModelBudget = { id: string; kind: 'hard' | 'soft'; limit: bigint }
export type ModelWindow = {
  budgetId: string
  start: Date
  end: Date
  limit: bigint
  spent: bigint
  over: bigint
  leases: Map<string, ModelLease>
}
export type ModelLease = { amount: bigint; turn: bigint; takenAt: number; givenBackAt: number | null }
export type ModelNode = { run: bigint; heartbeatAt: number; trustedUntil: number; stopped: boolean }
/** Of a call or of one attempt of it: its request is that of the call. */
export type ModelRow = {
  id: string
  requestId: string
  attempt: number
  nodeId: string
  cost: bigint
  windows: string[]
  estimated: boolean
}

export type ModelAuthority = {
  budgets: Map<string, ModelBudget>
  windows: Map<string, ModelWindow>
  usage: Map<string, ModelRow>
  /** What was booked, in order. */
  booked: ModelRow[]
  nodes: Map<string, ModelNode>
  /** What one node's questions do, the moment they arrive. */
  sideOf(nodeId: string): Side
  /** Gives back all that is set aside for a node. Null while it may still let calls in. */
  writeOff(nodeId: string): WrittenOff[] | null
}

export type WrittenOff = WindowKey & { amountNanoUsd: bigint }

/** The authority as one node's questions meet it. */
export type Side = {
  readonly nodeId: string
  start(): NodeStart
  beat(): NodeBeat
  stop(): void
  take(turn: bigint, requests: readonly LeaseRequest[]): Answer<TakenState>
  settle(turn: bigint, batch: Buffer, keys: readonly WindowKey[]): Answer
  giveBack(turn: bigint, given: readonly Needed[], recalled: boolean): Answer
  leases(): LeaseRow[]
}

/** Carries a question to the authority and its answer back: late, or not at all. */
export type Carry = <T>(question: () => T) => Promise<T>

export function authorityOf(side: Side, carry: Carry = async (question) => question()): Authority {
  const turns = createTurns()
  const inTurn = <T>(question: (turn: bigint) => T): Promise<T> => {
    const turn = turns.next()
    return carry(() => question(turn))
  }
  return {
    nodeId: side.nodeId,
    async start() {
      const started = await carry(() => side.start())
      turns.begin(started.run)
      return started
    },
    beat: () => carry(() => side.beat()),
    // No database is restored here.
    comeBack: () => carry(() => side.beat()),
    stop: () => carry(() => side.stop()),
    take: (requests) => inTurn((turn) => side.take(turn, requests)),
    settle: (batch, keys) => inTurn((turn) => side.settle(turn, batch, keys)),
    giveBack: (given, recalled) => inTurn((turn) => side.giveBack(turn, given, recalled)),
    leases: () => carry(() => side.leases()),
    // Rate limits have a simulation of their own.
    shares: async () => [],
    returnPastShares: async () => {},
  }
}

const LIVE_MS = 10_000
const TRUSTED_MS = 300_000
/** It is written off only so long after it was trusted last, since it does not know the time exactly. */
export const UNTRUSTED_FOR_MS = 10_000

export function modelAuthority(
  now: () => Date,
  windowAt: (at: Date) => { start: Date; end: Date },
  tell: (message: BusMessage) => void = () => {},
  trustedMs = TRUSTED_MS,
): ModelAuthority {
  const nodes = new Map<string, ModelNode>()
  const budgets = new Map<string, ModelBudget>()
  const windows = new Map<string, ModelWindow>()
  const usage = new Map<string, ModelRow>()
  const booked: ModelRow[] = []

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

  const isLive = (node: ModelNode | undefined) =>
    node !== undefined && !node.stopped && now().getTime() - node.heartbeatAt < LIVE_MS
  const liveNodes = () => [...nodes.values()].filter(isLive).length

  function take(nodeId: string, turn: bigint, requests: readonly LeaseRequest[]): TakenState[] {
    const live = BigInt(Math.max(1, liveNodes()))
    return requests.flatMap((request) => {
      const { budgetId, known } = request
      const budget = budgets.get(budgetId)
      if (!budget) return []
      const window = windowNow(budget)
      if (known && request.surrenders && known.windowStart < window.start) {
        const before = existing(known).leases.get(nodeId)
        if (before && before.turn < turn) before.amount = least(before.amount, known.neededNanoUsd)
      }
      const lease = leaseOf(window, nodeId)
      const inTurn = lease.turn < turn
      const needed = known?.windowStart.getTime() === window.start.getTime() ? known.neededNanoUsd : 0n
      if (inTurn && request.surrenders) lease.amount = least(lease.amount, needed)
      window.limit = budget.limit
      const left = budget.kind === 'soft' ? 0n : most(0n, leftOf(window))
      window.over = most(0n, window.spent + leasedOf(window) - window.limit)
      const free = lease.amount - needed
      const short = request.wantNanoUsd - free
      const share = least(request.wishNanoUsd - free, left / (2n * live))
      const granted = !inTurn ? 0n : live === 1n || short > left ? left : most(0n, most(short, share))
      lease.amount += granted
      if (inTurn) lease.turn = turn
      lease.takenAt = now().getTime()
      const missingNanoUsd = budget.kind === 'soft' ? 0n : most(0n, short - granted)
      const since = request.askedSince?.getTime()
      const recallable =
        missingNanoUsd > 0n &&
        [...window.leases].some(
          ([id, other]) =>
            id !== nodeId &&
            other.amount > 0n &&
            isLive(nodes.get(id)) &&
            (since === undefined || other.givenBackAt === null || other.givenBackAt <= since),
        )
      if (recallable && since === undefined) tell({ topic: 'recall', id: budgetId, node: nodeId })
      const state = stateOf(window, nodeId, budget)
      const leftNanoUsd = budget.kind === 'soft' ? 0n : leftOf(window)
      const outOfReachNanoUsd = missingNanoUsd === 0n ? 0n : outOfReach(window, nodeId, since)
      return { ...state, leftNanoUsd, missingNanoUsd, recallable, outOfReachNanoUsd }
    })
  }

  function outOfReach({ leases }: ModelWindow, nodeId: string, since: number | undefined): bigint {
    let sum = 0n
    for (const [id, { amount, takenAt, givenBackAt }] of leases) {
      if (id === nodeId) continue
      const unanswered = since !== undefined && (givenBackAt ?? takenAt) <= since
      if (unanswered || !isLive(nodes.get(id))) sum += amount
    }
    return sum
  }

  function leaseOf(window: ModelWindow, nodeId: string): ModelLease {
    const known = window.leases.get(nodeId)
    if (known) return known
    const added = { amount: 0n, turn: 0n, takenAt: now().getTime(), givenBackAt: null }
    window.leases.set(nodeId, added)
    return added
  }

  function settle(nodeId: string, turn: bigint, batch: Buffer, keys: readonly WindowKey[]): WindowState[] {
    const rows = (JSON.parse(batch.toString()) as StoredBatchRow[]).filter((row) => !usage.has(row.id))
    for (const row of rows) {
      const charged = row.budget_ids.map((id, at) => keyOf(id, new Date(row.budget_window_starts[at] ?? '')))
      const cost = BigInt(row.cost_nano_usd)
      const { id, request_id: requestId, attempt } = row
      const estimated = row.estimated === true
      const added = { id, requestId, attempt, nodeId, cost, windows: charged, estimated }
      usage.set(row.id, added)
      booked.push(added)
      for (const key of charged) {
        const window = windows.get(key)
        if (!window) throw new Error(`no window ${key}`)
        const lease = window.leases.get(nodeId)
        if (lease) lease.amount -= least(lease.amount, cost)
        window.spent += cost
        window.over = most(0n, window.spent + leasedOf(window) - window.limit)
      }
    }
    return keys.map((key) => {
      const window = existing(key)
      const lease = window.leases.get(nodeId)
      if (lease) lease.turn = most(lease.turn, turn)
      return stateOf(window, nodeId, budgets.get(key.budgetId))
    })
  }

  function giveBack(
    nodeId: string,
    turn: bigint,
    given: readonly Needed[],
    recalled: boolean,
  ): WindowState[] {
    return given.flatMap(({ neededNanoUsd, ...key }) => {
      const window = windows.get(keyOf(key.budgetId, key.windowStart))
      if (!window) return []
      const lease = window.leases.get(nodeId)
      if (lease) {
        if (lease.turn < turn) lease.amount = least(lease.amount, neededNanoUsd)
        lease.turn = most(lease.turn, turn)
        lease.givenBackAt = now().getTime()
        window.over = most(0n, window.spent + leasedOf(window) - window.limit)
        if (lease.amount === 0n) window.leases.delete(nodeId)
      }
      if (recalled) tell({ topic: 'returned', id: key.budgetId, node: nodeId })
      return stateOf(window, nodeId, budgets.get(key.budgetId))
    })
  }

  function leases(nodeId: string): LeaseRow[] {
    return [...windows.values()].flatMap(({ budgetId, start, leases }) => {
      const lease = leases.get(nodeId)
      return lease === undefined ? [] : { budgetId, windowStart: start, amountNanoUsd: lease.amount }
    })
  }

  function writeOff(nodeId: string): WrittenOff[] | null {
    const node = nodes.get(nodeId)
    if (node && !node.stopped && node.trustedUntil + UNTRUSTED_FOR_MS > now().getTime()) return null
    const given: WrittenOff[] = []
    for (const window of windows.values()) {
      const lease = window.leases.get(nodeId)
      if (!lease) continue
      window.leases.delete(nodeId)
      window.over = most(0n, window.spent + leasedOf(window) - window.limit)
      given.push({ budgetId: window.budgetId, windowStart: window.start, amountNanoUsd: lease.amount })
    }
    return given
  }

  /** It is there: until when is it trusted? */
  function heard(node: ModelNode | undefined): Date {
    const heartbeatAt = now().getTime()
    const trustedUntil = heartbeatAt + trustedMs
    if (node) Object.assign(node, { heartbeatAt, trustedUntil })
    return new Date(trustedUntil)
  }

  const answer = <State>(windows: State[]): Answer<State> => ({ databaseNow: now(), windows })

  function sideOf(nodeId: string): Side {
    return {
      nodeId,
      start() {
        const run = (nodes.get(nodeId)?.run ?? 0n) + 1n
        const node = { run, heartbeatAt: 0, trustedUntil: 0, stopped: false }
        nodes.set(nodeId, node)
        return { databaseNow: now(), run, trustedUntil: heard(node) }
      },
      beat() {
        const trustedUntil = heard(nodes.get(nodeId))
        return { databaseNow: now(), trustedUntil, liveNodes: liveNodes() }
      },
      stop() {
        const node = nodes.get(nodeId)
        if (node) node.stopped = true
      },
      take: (turn, requests) => answer(take(nodeId, turn, requests)),
      settle: (turn, batch, keys) => answer(settle(nodeId, turn, batch, keys)),
      giveBack: (turn, given, recalled) => answer(giveBack(nodeId, turn, given, recalled)),
      leases: () => leases(nodeId),
    }
  }

  return { budgets, windows, usage, booked, nodes, sideOf, writeOff }
}

type StoredBatchRow = {
  id: string
  request_id: string
  attempt: number
  cost_nano_usd: string
  budget_ids: string[]
  budget_window_starts: string[]
  estimated?: boolean
}

export function keyOf(budgetId: string, start: Date): string {
  return `${budgetId} ${start.toISOString()}`
}

/** The id of the budget in a key. */
export function budgetIn(key: string): string {
  return key.slice(0, key.indexOf(' '))
}

export function leasedOf({ leases }: ModelWindow): bigint {
  return [...leases.values()].reduce((sum, { amount }) => sum + amount, 0n)
}

function leftOf(window: ModelWindow): bigint {
  return window.limit - window.spent - leasedOf(window)
}

function stateOf(window: ModelWindow, nodeId: string, budget: ModelBudget | undefined): WindowState {
  return {
    budgetId: window.budgetId,
    windowStart: window.start,
    windowEnd: window.end,
    limitNanoUsd: window.limit,
    spentNanoUsd: window.spent,
    leaseNanoUsd: window.leases.get(nodeId)?.amount ?? 0n,
    leftNanoUsd: leftOf(window),
    totalLimitNanoUsd: budget?.limit ?? window.limit,
    totalSpentNanoUsd: window.spent,
    resetsAt: null,
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
