import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { BusMessage } from '../../src/bus.ts'
import type { Budget } from '../../src/domain/budget.ts'
import { openLedger } from '../../src/ledger/create-ledger.ts'
import type { Admission, Ledger } from '../../src/ledger/ledger.ts'
import { createLog } from '../../src/log.ts'
import { createMetrics } from '../../src/metrics.ts'
import { callRequest, hardBudget, localBus, outcome } from '../ledger.ts'
import {
  authorityOf,
  type Carry,
  keyOf,
  leasedOf,
  type ModelAuthority,
  type ModelRow,
  modelAuthority,
  type Side,
} from './model-authority.ts'
import type { Random } from './random.ts'

export const WINDOW_MS = 60_000
const LIMIT = 400n
const EPOCH = Date.UTC(2026, 10, 21)
/** Longer than a node waits for an answer, so that a question may be carried out when nobody waits for it any more. */
const LATEST_MS = 12_000

type Network = 'works' | 'is slow' | 'is down' | 'loses answers' | 'is late'

/** What a call did, as the simulation saw it from outside. */
type Call = {
  node: Node
  admission: Admission
  windows: string[]
  hold: bigint
  cost: bigint | null
  attempts: bigint
}

type Node = {
  id: string
  dataDir: string
  send(message: BusMessage): void
  /** Counts its starts and crashes: what belongs to an earlier life reaches nobody. */
  life: number
  ledger: Ledger | null
  network: Network
}

/** What may be broken on purpose, to see that the invariants notice. */
export type Sabotage = {
  authority?: (side: Side, model: ModelAuthority) => Side
  budget?: (budget: Budget) => Budget
  settle?: (ledger: Ledger, admission: Admission, costNanoUsd: bigint) => void
  beforeRestart?: (dataDir: string) => void
}

/**
 * Some nodes, each with the real ledger, a real journal and a monotonic clock of its own; one authority; a bus that
 * brings messages late or not at all; and networks that fail, lose answers, or carry questions out long after they were
 * asked: all of them follow from a seed. `check` holds after every step.
 */
export async function simulatedWorld(random: Random, sabotage: Sabotage, count = 3) {
  let nowMs = 0
  const now = () => new Date(EPOCH + nowMs)
  const windowAt = (at: Date) => {
    const start = new Date(at.getTime() - (at.getTime() % WINDOW_MS))
    return { start, end: new Date(start.getTime() + WINDOW_MS) }
  }
  const model = modelAuthority(now, windowAt, tell)
  const budgets = (['hard', 'hard', 'soft'] as const).map((kind) => hardBudget({ kind, limitNanoUsd: LIMIT }))
  for (const { id, kind } of budgets) model.budgets.set(id, { id, kind, limit: LIMIT })
  /** How far each window may stand over its limit: what calls cost above their hold, and how far it was lowered. */
  const excused = new Map<string, bigint>()
  /** The part of it that calls of one node cost above their hold. */
  const excusedOf = new Map<string, bigint>()
  const calls: Call[] = []
  let ending = false
  const nodes: Node[] = []
  for (let index = 0; index < count; index++) {
    const dataDir = mkdtempSync(join(tmpdir(), 'claviger-simulation-'))
    nodes.push({ id: `node_${index}`, dataDir, send: () => {}, life: 0, ledger: null, network: 'works' })
  }
  for (const node of nodes) await start(node)

  function tell(message: BusMessage): void {
    for (const node of nodes) {
      if (random.chance(0.1)) continue
      setTimeout(() => node.send(message), random.int(30))
    }
  }

  async function start(node: Node): Promise<void> {
    const born = ++node.life
    node.network = 'works'
    const side = model.sideOf(node.id)
    const carry: Carry = async (question) => {
      const { network } = node
      if (born !== node.life || network === 'is down') throw new Error('the network is down')
      if (network === 'is slow') await underWay(node, random.int(300))
      if (network === 'is late' && random.chance(0.4)) await underWay(node, random.int(LATEST_MS))
      const answer = question()
      if (born !== node.life || network === 'loses answers') throw new Error('the answer is lost')
      return answer
    }
    const { bus, send } = localBus()
    node.send = send
    const startedAt = nowMs
    node.ledger = await openLedger({
      dataDir: node.dataDir,
      bus,
      metrics: createMetrics(),
      log: createLog({ logLevel: 'silent' }, () => {}),
      authority: authorityOf((sabotage.authority ?? ((same) => same))(side, model), carry),
      monotonic: () => nowMs - startedAt,
      rowsInMemory: 10,
    })
  }

  /** While a question is under way calls come, for what it gives back or asks for. */
  async function underWay(node: Node, ms: number): Promise<void> {
    await sleep(ms / 2)
    if (node.ledger && !ending)
      for (let calls = random.int(4); calls > 0; calls--) void admit({ node, ledger: node.ledger })
    await sleep(ms / 2)
  }

  /** Goes on for as long as the call waits for money; what became of its node meanwhile is seen then. */
  async function admit({ node, ledger }: Live): Promise<void> {
    const { life } = node
    const applying = budgets.filter(() => random.chance(0.7))
    const hold = BigInt(random.int(30))
    for (let waits = 0; waits < 8; waits++) {
      const preparing = ledger.prepare(applying, hold)
      if (!preparing) break
      await preparing
      if (life !== node.life) return
    }
    const admission = ledger.admit(
      callRequest({ budgets: applying.map(sabotage.budget ?? ((same) => same)), holdNanoUsd: hold }),
    )
    if ('refused' in admission) return
    const windows = windowsOf(admission)
    calls.push({ node, admission, windows, hold, cost: null, attempts: 0n })
    await ledger.journaled(admission)
  }

  function excuse({ node, windows }: Call, amount: bigint): void {
    for (const key of windows) {
      add(excused, key, amount)
      add(excusedOf, `${node.id} ${key}`, amount)
    }
  }

  const open = (node: Node) => calls.filter((call) => call.node === node && call.cost === null)

  function settle({ node, ledger }: Live): void {
    const still = open(node)
    if (still.length === 0) return
    const call = random.pick(still)
    const above = random.chance(0.05) ? BigInt(random.int(10)) : 0n
    call.cost = BigInt(random.int(Number(call.hold) + 1)) + above
    if (call.cost > call.hold) excuse(call, call.cost - call.hold)
    const plainly = () => ledger.settle(call.admission, outcome({ costNanoUsd: call.cost ?? 0n }))
    if (sabotage.settle) sabotage.settle(ledger, call.admission, call.cost)
    else plainly()
    if (random.chance(0.2)) plainly()
  }

  function attempt({ node, ledger }: Live): void {
    const still = open(node)
    if (still.length === 0) return
    const call = random.pick(still)
    const cost = BigInt(random.int(3))
    excuse(call, cost)
    call.attempts += cost
    ledger.recordAttempt(call.admission, outcome({ status: 503, costNanoUsd: cost }))
  }

  function changeLimit(): void {
    const budget = random.pick(budgets)
    const known = model.budgets.get(budget.id)
    if (!known) return
    const limit = BigInt(random.int(Number(LIMIT)))
    if (limit < known.limit) {
      for (const [key, { budgetId }] of model.windows)
        if (budgetId === budget.id) add(excused, key, known.limit - limit)
    }
    model.budgets.set(budget.id, { ...known, limit })
    const message: BusMessage = random.chance(0.7) ? { topic: 'budget', id: budget.id } : { topic: 'all' }
    for (const node of nodes) node.send(message)
  }

  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      nowMs += Math.min(50, left)
      await vi.advanceTimersByTimeAsync(Math.min(50, left))
    }
  }

  async function crash(node: Node): Promise<void> {
    await turn()
    node.life++
    node.ledger = null
    for (const call of open(node)) call.cost = call.hold
  }

  async function restart(node: Node): Promise<void> {
    if (node.ledger) await crash(node)
    sabotage.beforeRestart?.(node.dataDir)
    await start(node)
  }

  const live = (): Live[] => nodes.flatMap((node) => (node.ledger ? { node, ledger: node.ledger } : []))

  async function step(): Promise<void> {
    const running = live()
    const roll = random.int(100)
    if (running.length === 0) await restart(random.pick(nodes))
    else if (roll < 45) void admit(random.pick(running))
    else if (roll < 70) settle(random.pick(running))
    else if (roll < 74) attempt(random.pick(running))
    else if (roll < 86) await pass(random.int(400))
    else if (roll < 89) await pass(random.int(8_000))
    else if (roll < 90) await pass(random.int(WINDOW_MS / 2))
    else if (roll < 94) random.pick(nodes).network = random.pick(NETWORKS)
    else if (roll < 95) changeLimit()
    else if (roll < 96) vi.setSystemTime(Date.now() + (random.int(3) - 1) * 3_600_000)
    else if (roll < 97) await crash(random.pick(running).node)
    else await restart(random.pick(nodes))
    await turn()
  }

  /** All that must be booked in the end is booked: each call once, at its cost or, when its process died, at its hold. */
  async function finish(): Promise<void> {
    ending = true
    for (const node of nodes) await restart(node)
    await pass(LATEST_MS)
    for (const { ledger } of live()) {
      for (let waits = 0; ledger.health().backlogRows > 0; waits++) {
        if (waits > 100) throw new Error('the backlog does not empty')
        await pass(1_000)
      }
    }
    for (const { admission, cost, windows } of calls) {
      const row = model.usage.get(admission.id)
      if (row?.cost !== cost) throw new Error(`${admission.id} cost ${cost} and ${row?.cost} is booked`)
      if (row.windows.join() !== windows.join())
        throw new Error(`${admission.id} is booked in the wrong window`)
    }
    const spent = sum([...model.usage.values()].map((row) => row.cost))
    const truly = sum(calls.map((call) => (call.cost ?? 0n) + call.attempts))
    if (spent !== truly) throw new Error(`calls cost ${truly} and ${spent} is booked`)
    for (const { ledger } of live()) await ledger.close(1_000)
    for (const window of model.windows.values()) {
      if (leasedOf(window) > 0n) throw new Error(`${leasedOf(window)} is still leased`)
    }
  }

  /** The invariants. Throws at the first that does not hold. */
  function check(): void {
    const booked = spentByWindow(model.usage.values())
    const committed = new Map<string, bigint>()
    const needed = new Map<string, bigint>()
    for (const { node, admission, windows, hold, cost, attempts } of calls) {
      for (const key of windows) {
        add(committed, key, (cost ?? hold) + attempts)
        if (!model.usage.has(admission.id)) add(needed, `${node.id} ${key}`, cost ?? hold)
      }
    }
    for (const [key, window] of model.windows) {
      const leased = leasedOf(window)
      const { spent, limit, over } = window
      if (spent !== (booked.get(key) ?? 0n))
        throw new Error(`${key}: spent ${spent}, rows say ${booked.get(key)}`)
      if (spent + leased > limit + over)
        throw new Error(`${key}: ${spent} + ${leased} is over ${limit} + ${over}`)
      if (model.budgets.get(window.budgetId)?.kind === 'soft') continue
      const most = limit + (excused.get(key) ?? 0n)
      const truly = committed.get(key) ?? 0n
      if (truly > most) throw new Error(`${key}: calls hold and cost ${truly}, the most is ${most}`)
      for (const { id } of nodes) {
        const used = needed.get(`${id} ${key}`) ?? 0n
        const aside = (window.leases.get(id)?.amount ?? 0n) + (excusedOf.get(`${id} ${key}`) ?? 0n)
        if (used > aside) throw new Error(`${key}: ${id} uses ${used}, and ${aside} is set aside for it`)
      }
    }
    for (const { node, ledger } of live()) {
      if (ledger.health().openCalls !== open(node).length)
        throw new Error('a call left `open` twice, or never')
    }
  }

  return {
    step,
    check,
    finish,
    calls,
    [Symbol.dispose]() {
      for (const { dataDir } of nodes) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

type Live = { node: Node; ledger: Ledger }

const NETWORKS: Network[] = [
  'works',
  'works',
  'works',
  'is slow',
  'is slow',
  'is down',
  'loses answers',
  'is late',
]

/** What the call is charged to. The cast holds because an Admission is the ledger's own call, with its windows. */
function windowsOf(admission: Admission): string[] {
  const { windows } = admission as Admission & { windows: { budgetId: string; start: Date }[] }
  return windows.map(({ budgetId, start }) => keyOf(budgetId, start))
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function spentByWindow(rows: Iterable<ModelRow>): Map<string, bigint> {
  const spent = new Map<string, bigint>()
  for (const { windows, cost } of rows) for (const key of windows) add(spent, key, cost)
  return spent
}

function add(sums: Map<string, bigint>, key: string, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount)
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
