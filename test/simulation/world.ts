import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { Budget } from '../../src/domain/budget.ts'
import type { Authority } from '../../src/ledger/authority.ts'
import { openLedger } from '../../src/ledger/create-ledger.ts'
import type { Admission, Ledger } from '../../src/ledger/ledger.ts'
import { createLog } from '../../src/log.ts'
import { createMetrics } from '../../src/metrics.ts'
import { callRequest, hardBudget, localBus, outcome } from '../ledger.ts'
import { keyOf, leasedOf, type ModelAuthority, type ModelRow, modelAuthority } from './model-authority.ts'
import type { Random } from './random.ts'

export const WINDOW_MS = 60_000
const LIMIT = 400n
const EPOCH = Date.UTC(2026, 10, 21)

/** What a call did, as the simulation saw it from outside. */
type Call = { admission: Admission; windows: string[]; hold: bigint; cost: bigint | null; attempts: bigint }

/** What may be broken on purpose, to see that the invariants notice. */
export type Sabotage = {
  authority?: (authority: Authority, model: ModelAuthority) => Authority
  budget?: (budget: Budget) => Budget
  settle?: (ledger: Ledger, admission: Admission, costNanoUsd: bigint) => void
  beforeRestart?: (dataDir: string) => void
}

/**
 * One node with the real ledger and a real journal, one authority, a network that fails or loses answers, and clocks:
 * all of them follow from a seed. `check` holds after every step.
 */
export async function simulatedWorld(random: Random, sabotage: Sabotage) {
  const dataDir = mkdtempSync(join(tmpdir(), 'claviger-simulation-'))
  let nowMs = 0
  let network: 'works' | 'is down' | 'loses answers' = 'works'
  let life = 0
  const now = () => new Date(EPOCH + nowMs)
  const windowAt = (at: Date) => {
    const start = new Date(at.getTime() - (at.getTime() % WINDOW_MS))
    return { start, end: new Date(start.getTime() + WINDOW_MS) }
  }
  const model = modelAuthority(now, windowAt)
  const { bus, send } = localBus()
  const budgets = (['hard', 'hard', 'soft'] as const).map((kind) => hardBudget({ kind, limitNanoUsd: LIMIT }))
  for (const { id, kind } of budgets) model.budgets.set(id, { id, kind, limit: LIMIT })
  /** How far each window may stand over its limit: what calls cost above their hold, and how far it was lowered. */
  const excused = new Map<string, bigint>()
  const calls: Call[] = []
  let ledger = await start()

  async function start(): Promise<Ledger> {
    const born = ++life
    const sound = model.forNode('node')
    const authority = (sabotage.authority ?? ((same) => same))(sound, model)
    const through = async <T>(question: () => Promise<T>): Promise<T> => {
      if (born !== life || network === 'is down') throw new Error('the network is down')
      const answer = await question()
      if (network === 'loses answers') throw new Error('the answer is lost')
      return answer
    }
    return openLedger({
      dataDir,
      bus,
      metrics: createMetrics(),
      log: createLog({ logLevel: 'silent' }, () => {}),
      authority: {
        start: () => through(() => authority.start()),
        beat: () => through(() => authority.beat()),
        stop: () => through(() => authority.stop()),
        take: (requests) => through(() => authority.take(requests)),
        settle: (batch, keys) => through(() => authority.settle(batch, keys)),
        giveBack: (leases) => through(() => authority.giveBack(leases)),
        leases: () => through(() => authority.leases()),
      },
      monotonic: () => nowMs,
      rowsInMemory: 10,
    })
  }

  async function admit(): Promise<void> {
    const applying = budgets.filter(() => random.chance(0.7))
    const hold = BigInt(random.int(30))
    await ledger.prepare(applying)
    const admission = ledger.admit(
      callRequest({ budgets: applying.map(sabotage.budget ?? ((same) => same)), holdNanoUsd: hold }),
    )
    if ('refused' in admission) return
    await ledger.journaled(admission)
    const windows = applying.map(({ id }) => keyOf(id, windowAt(now()).start))
    calls.push({ admission, windows, hold, cost: null, attempts: 0n })
  }

  function excuse(windows: readonly string[], amount: bigint): void {
    for (const key of windows) excused.set(key, (excused.get(key) ?? 0n) + amount)
  }

  const open = () => calls.filter((call) => call.cost === null)

  function settle(): void {
    const still = open()
    if (still.length === 0) return
    const call = random.pick(still)
    const above = random.chance(0.05) ? BigInt(random.int(10)) : 0n
    call.cost = BigInt(random.int(Number(call.hold) + 1)) + above
    if (call.cost > call.hold) excuse(call.windows, call.cost - call.hold)
    const plainly = () => ledger.settle(call.admission, outcome({ costNanoUsd: call.cost ?? 0n }))
    if (sabotage.settle) sabotage.settle(ledger, call.admission, call.cost)
    else plainly()
    if (random.chance(0.2)) plainly()
  }

  function attempt(): void {
    const still = open()
    if (still.length === 0) return
    const call = random.pick(still)
    const cost = BigInt(random.int(3))
    excuse(call.windows, cost)
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
        if (budgetId === budget.id) excuse([key], known.limit - limit)
    }
    model.budgets.set(budget.id, { ...known, limit })
    send(random.chance(0.7) ? { topic: 'budget', id: budget.id } : { topic: 'all' })
  }

  async function pass(ms: number): Promise<void> {
    nowMs += ms
    await vi.advanceTimersByTimeAsync(ms)
  }

  async function restart(): Promise<void> {
    await turn()
    sabotage.beforeRestart?.(dataDir)
    for (const call of open()) call.cost = call.hold
    network = 'works'
    ledger = await start()
  }

  async function step(): Promise<void> {
    const roll = random.int(100)
    if (roll < 45) await admit()
    else if (roll < 75) settle()
    else if (roll < 80) attempt()
    else if (roll < 90) await pass(random.int(400))
    else if (roll < 92) await pass(random.int(2 * WINDOW_MS))
    else if (roll < 94) network = random.pick(['works', 'works', 'is down', 'loses answers'])
    else if (roll < 96) changeLimit()
    else if (roll < 98) vi.setSystemTime(Date.now() + (random.int(3) - 1) * 3_600_000)
    else await restart()
    await turn()
  }

  /** All that must be booked in the end is booked: each call once, at its cost or, when its process died, at its hold. */
  async function finish(): Promise<void> {
    await restart()
    for (let waits = 0; ledger.health().backlogRows > 0; waits++) {
      if (waits > 100) throw new Error('the backlog does not empty')
      await pass(1_000)
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
    await ledger.close(1_000)
    for (const window of model.windows.values()) {
      if (leasedOf(window) > 0n) throw new Error(`${leasedOf(window)} is still leased`)
    }
  }

  /** The invariants. Throws at the first that does not hold. */
  function check(): void {
    const booked = spentByWindow(model.usage.values())
    const committed = new Map<string, bigint>()
    for (const { windows, hold, cost, attempts } of calls) {
      for (const key of windows) committed.set(key, (committed.get(key) ?? 0n) + (cost ?? hold) + attempts)
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
    }
    if (ledger.health().openCalls !== open().length) throw new Error('a call left `open` twice, or never')
  }

  return {
    step,
    check,
    finish,
    calls,
    [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function spentByWindow(rows: Iterable<ModelRow>): Map<string, bigint> {
  const spent = new Map<string, bigint>()
  for (const { windows, cost } of rows)
    for (const key of windows) spent.set(key, (spent.get(key) ?? 0n) + cost)
  return spent
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
