import { Counter, Registry } from 'prom-client'
import type { BusMessage } from '../../src/bus.ts'
import { openLedger } from '../../src/ledger/create-ledger.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { createLog } from '../../src/log.ts'
import { hardBudget, localBus } from '../ledger.ts'
import { createBooks } from './books.ts'
import { createCallers } from './callers.ts'
import { CLOCK_ERROR_MS, checkInvariants, type View } from './invariants.ts'
import { createLimits } from './limits.ts'
import { type MemoryDisk, memoryDisk, whileAlive } from './memory-disk.ts'
import { authorityOf, type Carry, leasedOf, modelAuthority, UNTRUSTED_FOR_MS } from './model-authority.ts'
import type { Mutation } from './mutations.ts'
import { type Random, randomFrom } from './random.ts'
import { settled, virtualTime } from './virtual-time.ts'

const WINDOW_MS = 60_000
const LIMIT = 400n
const EPOCH = Date.UTC(2026, 10, 21)
const HOUR_MS = 3_600_000
/** Longer than a node waits for an answer, so that a question may be carried out when nobody waits for it any more. */
const LATEST_MS = 12_000
/** Longer than a node counts as live, and short enough that nodes are often out of it. */
const TRUSTED_MS = 15_000
/** A node that is told to ask how all budgets are may ask in vain, and goes on for as long as it takes itself to be trusted. */
const HEARD_MS = TRUSTED_MS + CLOCK_ERROR_MS
/** Small, so that rows spill to the journal and are read back from it in every world. */
const SIZES = { rowsInMemory: 10, batchBytes: 8_192 }
/** Real time, and none of it passes while a ledger closes. */
const CLOSE_MS = 60_000

type Network = 'works' | 'is slow' | 'is down' | 'loses answers' | 'is late'
const NETWORKS: Network[] = [
  ...(['works', 'works', 'works', 'is slow', 'is slow'] as const),
  ...(['is down', 'loses answers', 'is late'] as const),
]

export type Node = {
  id: string
  disk: MemoryDisk
  send(message: BusMessage): void
  /** Counts its starts and crashes: what belongs to an earlier life reaches nobody. */
  life: number
  ledger: Ledger | null
  network: Network
}
export type LiveNode = Node & { ledger: Ledger }

/** What happened in a world; the same for the same seed, mutation and number of steps. */
export type Tally = { steps: number; admitted: number; refused: number; virtualMs: number; figures: string }

/**
 * Some nodes, each with the real ledger, a journal on a disk of its own that may be full, and a monotonic clock of its
 * own; one authority; a bus that brings messages late or not at all; and networks that fail, lose answers, or carry
 * questions out long after they were asked. All of it follows from the seed. The invariants hold after every step, and
 * in the end all is booked and given back.
 */
export async function runWorld(seed: number, steps: number, mutation: Mutation = {}): Promise<Tally> {
  using time = virtualTime(EPOCH)
  const world = await createWorld(randomFrom(seed), time, mutation)
  for (let step = 1; step <= steps; step++) {
    try {
      await world.step()
      world.check()
    } catch (error) {
      throw new Error(`seed ${seed}, step ${step}: ${(error as Error).message}`, { cause: error })
    }
  }
  try {
    await world.finish()
  } catch (error) {
    throw new Error(`seed ${seed}, the end after ${steps} steps: ${(error as Error).message}`, {
      cause: error,
    })
  }
  return { steps, virtualMs: time.now(), ...world.tally() }
}

async function createWorld(
  random: Random,
  time: ReturnType<typeof virtualTime>,
  mutation: Mutation,
  count = 3,
) {
  const now = () => new Date(EPOCH + time.now())
  const windowStart = (ms: number) => new Date(ms - (ms % WINDOW_MS))
  const windowAt = (at: Date) => {
    const start = windowStart(at.getTime())
    return { start, end: new Date(start.getTime() + WINDOW_MS) }
  }
  const model = modelAuthority(now, windowAt, tell, TRUSTED_MS)
  const kinds = ['hard', 'hard', 'soft'] as const
  const budgets = kinds.map((kind, index) => hardBudget({ id: `bud_${index}`, kind, limitNanoUsd: LIMIT }))
  for (const { id, kind } of budgets) model.budgets.set(id, { id, kind, limit: LIMIT })
  const limits = createLimits(() => now().getTime())
  for (const { id, kind } of budgets) if (kind === 'hard') limits.set(id, LIMIT, 0)
  const books = createBooks('bud_0', limits)
  let bookedUpTo = 0
  let ending = false
  const nodes: Node[] = []
  for (let index = 0; index < count; index++)
    nodes.push({
      id: `node_${index}`,
      disk: memoryDisk(),
      send: () => {},
      life: 0,
      ledger: null,
      network: 'works',
    })
  const callers = createCallers({
    random,
    books,
    budgets,
    mutation,
    windowStart,
    nowMs: () => now().getTime(),
  })
  for (const node of nodes) await start(node)

  function tell(message: BusMessage): void {
    for (const node of nodes) {
      if (random.chance(0.1)) continue
      setTimeout(() => node.send(message), random.int(30))
    }
  }

  /** With a network that works: a start waits for its first answer as long as it takes. */
  async function start(node: Node): Promise<void> {
    const born = ++node.life
    node.network = 'works'
    const side = model.sideOf(node.id)
    const carry: Carry = async (question) => {
      const { network } = node
      if (born !== node.life || network === 'is down') throw DOWN
      if (network === 'is slow') await underWay(node, random.int(300))
      if (network === 'is late' && random.chance(0.4)) await underWay(node, random.int(LATEST_MS))
      const answer = question()
      if (born !== node.life || network === 'loses answers') throw LOST
      return answer
    }
    const { bus, send } = localBus()
    node.send = send
    const startedAt = time.now()
    const disk = whileAlive(node.disk, () => born === node.life)
    node.ledger = await (mutation.open ?? openLedger)({
      ...SIZES,
      dataDir: node.id,
      disk: mutation.disk?.(disk) ?? disk,
      bus,
      metrics: { registry: new Registry(), budgetAlerts: ALERTS },
      log: LOG,
      authority: authorityOf(mutation.authority?.(side, model) ?? side, carry),
      monotonic: mutation.clock ?? (() => time.now() - startedAt),
    })
  }

  /** While a question is under way calls come, for what it gives back or asks for. */
  async function underWay(node: Node, ms: number): Promise<void> {
    await sleep(ms / 2)
    if (isLive(node) && !ending) for (let calls = random.int(4); calls > 0; calls--) callers.admit(node)
    await sleep(ms / 2)
  }

  function changeLimit(): void {
    const budget = random.pick(budgets)
    const limit = BigInt(random.int(Number(LIMIT)))
    for (const [key, window] of model.windows) {
      const book = books.windowOf(key)
      if (window.budgetId === budget.id && limit > book.peak) book.peak = limit
    }
    model.budgets.set(budget.id, { id: budget.id, kind: budget.kind, limit })
    const isTold = random.chance(0.7)
    const message: BusMessage = isTold ? { topic: 'budget', id: budget.id } : { topic: 'all' }
    if (budget.kind === 'hard') limits.set(budget.id, limit, isTold ? 0 : HEARD_MS)
    for (const node of nodes) node.send(message)
  }

  function writeOff(): void {
    for (const { id } of nodes) if (model.writeOff(id)) books.writeOff(id)
  }

  /** One node is alone until it may be written off, and is; then it is back. */
  async function outage(node: Node): Promise<void> {
    node.network = 'is down'
    await pass(TRUSTED_MS + UNTRUSTED_FOR_MS + random.int(5_000))
    writeOff()
    node.network = 'works'
  }

  const pass = (ms: number) => time.advance(ms)

  function crash(node: Node): void {
    node.life++
    node.ledger = null
    books.crash(node.id)
  }

  async function restart(node: Node): Promise<void> {
    if (node.ledger) crash(node)
    mutation.beforeRestart?.(node.disk)
    await start(node)
  }

  const live = () => nodes.filter(isLive)

  async function step(): Promise<void> {
    const running = live()
    const roll = random.int(1_000)
    if (running.length === 0) await restart(random.pick(nodes))
    else if (roll < 460) callers.admit(random.pick(running))
    else if (roll < 730) callers.settle(random.pick(running))
    else if (roll < 755) callers.attempt(random.pick(running))
    else if (roll < 770) callers.extend(random.pick(running))
    else if (roll < 885) await pass(random.int(400))
    else if (roll < 890) writeOff()
    else if (roll < 910) await pass(random.int(8_000))
    else if (roll < 913) await outage(random.pick(nodes))
    else if (roll < 950) random.pick(nodes).network = random.pick(NETWORKS)
    else if (roll < 960) changeLimit()
    else if (roll < 970) time.shiftWallClock((random.int(3) - 1) * HOUR_MS)
    else if (roll < 980) random.pick(nodes).disk.full = random.chance(0.4)
    else if (roll < 990) crash(random.pick(running))
    else await restart(random.pick(nodes))
    await settled()
  }

  const view: View = { model, books, budgets, live: [], nowMs: 0, windowStart }

  function check(): void {
    callers.check()
    for (; bookedUpTo < model.booked.length; bookedUpTo++) {
      const row = model.booked[bookedUpTo]
      if (row) books.book(row)
    }
    checkInvariants(Object.assign(view, { live: live(), nowMs: now().getTime() }))
  }

  /** All that must be booked in the end is booked: each call once, at its cost or, when its process died, at its hold. */
  async function finish(): Promise<void> {
    ending = true
    for (const node of nodes) node.disk.full = false
    for (const node of nodes) await restart(node)
    await pass(LATEST_MS)
    for (const { ledger } of live()) {
      for (let waits = 0; ledger.health().backlogRows > 0; waits++) {
        if (waits > 100) throw new Error('I5: the backlog does not empty')
        await pass(1_000)
      }
    }
    check()
    books.finish()
    for (const { ledger } of live()) await ledger.close(CLOSE_MS)
    for (const window of model.windows.values())
      if (leasedOf(window) > 0n) throw new Error(`I5: ${leasedOf(window)} is still leased`)
    for (const { id, disk } of nodes)
      if (disk.list(`${id}/journal`).length > 0) throw new Error(`I5: the journal of ${id} is not empty`)
  }

  return {
    step,
    check,
    finish,
    tally: () => ({
      ...callers.tally(),
      figures: [...model.windows.values()].map(({ spent, over }) => `${spent}+${over}`).join(),
    }),
  }
}

const ALERTS = new Counter({ name: 'alerts', help: 'none', labelNames: ['kind'], registers: [] })
const LOG = createLog({ logLevel: 'silent' }, () => {})
/** Made once: where they come from is of no use, and costs more than a step. */
const DOWN = new Error('the network is down')
const LOST = new Error('the answer is lost')

function isLive(node: Node): node is LiveNode {
  return node.ledger !== null
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
