import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { callRequest, hardBudget, localBus, mustAdmit, outcome } from '../../test/ledger.ts'
import {
  authorityOf,
  type Carry,
  type ModelAuthority,
  modelAuthority,
} from '../../test/simulation/model-authority.ts'
import type { BusMessage } from '../bus.ts'
import type { LeaseRequest } from '../db/ledger.ts'
import type { Budget } from '../domain/budget.ts'
import { createLog } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import { openLedger } from './create-ledger.ts'
import type { Ledger } from './ledger.ts'

/** Nodes on a model of the authority, in a time that passes only when a test says so. */
type World = {
  model: ModelAuthority
  budget: Budget
  /** What the nodes asked for, in order. */
  takes: LeaseRequest[]
  start(nodeId: string, carry?: Carry): Promise<Ledger>
  /** Delivers a message to all nodes at once, as if it came from outside. */
  send(message: BusMessage): void
  leaseOf(nodeId: string): bigint
  pass(ms: number): Promise<void>
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const LIMIT = 6_400n
const WINDOW = { start: new Date(0), end: new Date('9999-12-31T00:00:00Z') }

function world(): World {
  let nowMs = 0
  const senders: ((message: BusMessage) => void)[] = []
  const tell = (message: BusMessage) => {
    for (const send of senders) setTimeout(() => send(message), 1)
  }
  const model = modelAuthority(
    () => new Date(nowMs),
    () => WINDOW,
    tell,
  )
  const budget = hardBudget({ window: 'total', limitNanoUsd: LIMIT })
  model.budgets.set(budget.id, { id: budget.id, kind: 'hard', limit: LIMIT })
  const takes: LeaseRequest[] = []
  return {
    model,
    budget,
    takes,
    async start(nodeId, carry) {
      const dataDir = mkdtempSync(join(tmpdir(), 'claviger-leases-'))
      onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
      const { bus, send } = localBus()
      senders.push(send)
      const authority = authorityOf(model.sideOf(nodeId), carry)
      const take = (requests: readonly LeaseRequest[]) => {
        takes.push(...requests)
        return authority.take(requests)
      }
      const log = createLog({ logLevel: 'silent' }, () => {})
      const given = { ...authority, take }
      return openLedger({
        dataDir,
        bus,
        metrics: createMetrics(),
        log,
        authority: given,
        monotonic: () => nowMs,
      })
    },
    send(message) {
      for (const send of senders) send(message)
    },
    leaseOf: (nodeId) =>
      [...model.windows.values()].reduce((sum, { leases }) => sum + (leases.get(nodeId)?.amount ?? 0n), 0n),
    async pass(ms) {
      for (let left = ms; left > 0; left -= 10) {
        nowMs += 10
        await vi.advanceTimersByTimeAsync(10)
      }
    },
  }
}

const request = (budget: Budget, holdNanoUsd: bigint) => callRequest({ budgets: [budget], holdNanoUsd })

test('a slice that nobody uses is given back after half a minute, when there are other nodes', async () => {
  const { budget, start, leaseOf, pass } = world()
  const first = await start('node_a')
  await first.prepare([budget], 10n)
  mustAdmit(first, request(budget, 10n))
  await pass(60_000)
  expect(leaseOf('node_a'), 'it is alone').toBe(LIMIT)
  await start('node_b')
  await pass(60_000)
  expect(leaseOf('node_a'), 'what is held').toBe(10n)
})

test('one node alone asks once, however many calls there are', async () => {
  const { budget, start, takes, pass } = world()
  const ledger = await start('node_a')
  await ledger.prepare([budget], 10n)
  for (let calls = 0; calls < 640; calls++) {
    expect(ledger.prepare([budget], 10n)).toBeNull()
    ledger.settle(mustAdmit(ledger, request(budget, 10n)), outcome({ costNanoUsd: 10n }))
    if (calls % 100 === 0) await pass(300)
  }
  expect(takes).toHaveLength(1)
})

test('of two nodes, one asks again before its slice is used up, and no call waits for that', async () => {
  const { budget, start, takes, leaseOf, pass } = world()
  const ledger = await start('node_a')
  await start('node_b')
  await ledger.prepare([budget], 10n)
  expect(leaseOf('node_a'), '64 calls').toBe(640n)
  for (let calls = 0; calls < 200; calls++) {
    expect(ledger.prepare([budget], 10n), `call ${calls}`).toBeNull()
    ledger.settle(mustAdmit(ledger, request(budget, 10n)), outcome({ costNanoUsd: 10n }))
    await pass(10)
  }
  expect(takes.length).toBeGreaterThan(1)
  expect(takes.length).toBeLessThan(6)
})

test('calls that come when hardly anything is left wait together and are asked for at once', async () => {
  const { budget, start, takes, pass } = world()
  const ledger = await start('node_a')
  const other = await start('node_b')
  await other.prepare([budget], LIMIT - 45n)
  mustAdmit(other, request(budget, LIMIT - 45n))
  await ledger.prepare([budget], 10n)
  mustAdmit(ledger, request(budget, 10n))
  takes.length = 0
  const waiting = Array.from({ length: 20 }, () => ledger.prepare([budget], 10n))
  await pass(350)
  await Promise.all(waiting)
  expect(takes[0]).toMatchObject({ wantNanoUsd: 200n })
  expect(takes.length).toBeLessThanOrEqual(3)
  for (let calls = 0; calls < 3; calls++) mustAdmit(ledger, request(budget, 10n))
  expect(ledger.admit(request(budget, 10n))).toMatchObject({ refused: 'budget', remainingNanoUsd: 5n })
  expect(ledger.prepare([budget], 10n), 'what was said a moment ago holds').toBeNull()
})

test('two nodes that are short at about the same time get one answer of each other node, and ask once more each', async () => {
  const { budget, start, takes, pass } = world()
  let answers = 0
  const near = await start('node_near', (question) => {
    answers++
    return Promise.resolve(question())
  })
  let farMs = 0
  const far = await start('node_far', async (question) => {
    answers++
    if (farMs > 0) await new Promise((resolve) => setTimeout(resolve, farMs))
    return question()
  })
  const short = [await start('node_short'), await start('node_lacking')]
  const holding = [near, far].map((ledger) => ledger.prepare([budget], 3_000n))
  await pass(50)
  await Promise.all(holding)
  farMs = 5
  takes.length = 0
  answers = 0
  const waiting: (Promise<void> | null)[] = []
  for (const ledger of short) {
    waiting.push(ledger.prepare([budget], 2_900n))
    await pass(10)
  }
  await pass(500)
  await Promise.all(waiting)
  expect(takes).toHaveLength(4)
  expect(answers).toBe(2)
  for (const ledger of short) mustAdmit(ledger, request(budget, 2_900n))
})

test('a call is refused after a while when a node does not give back, and at once when that node is gone', async () => {
  let works = true
  const { budget, start, pass } = world()
  const stuck = await start('node_stuck', (question) =>
    works ? Promise.resolve(question()) : new Promise(() => {}),
  )
  await stuck.prepare([budget], 10n)
  const ledger = await start('node_b')
  works = false
  const waiting = ledger.prepare([budget], 10n)
  expect(waiting).not.toBeNull()
  let over = false
  void waiting?.then(() => {
    over = true
  })
  await pass(550)
  expect(over, 'it may still answer').toBe(false)
  await pass(100)
  expect(over).toBe(true)
  await pass(12_000)
  const later = ledger.prepare([budget], 10n)
  await pass(20)
  await later
  expect(ledger.prepare([budget], 10n), 'refused without waiting').toBeNull()
})

/** A node that has spent 5,000 of 6,400 and holds the rest does not answer any more; another is there. */
async function beside(hanging: World): Promise<Ledger> {
  const { model, budget, start, pass } = hanging
  let works = true
  const stuck = await start('node_stuck', (question) =>
    works ? Promise.resolve(question()) : new Promise(() => {}),
  )
  await stuck.prepare([budget], 10n)
  stuck.settle(mustAdmit(stuck, request(budget, 5_000n)), outcome({ costNanoUsd: 5_000n }))
  await pass(1_000)
  expect([...model.windows.values()]).toMatchObject([{ spent: 5_000n }])
  works = false
  return start('node_b')
}

test('what comes back first makes up for a limit that was lowered, and is out of reach for no call', async () => {
  for (const [limit, within] of [
    [6_000n, 1_000n],
    [4_000n, 0n],
  ] as const) {
    const hanging = world()
    const { model, budget, pass } = hanging
    const ledger = await beside(hanging)
    model.budgets.set(budget.id, { id: budget.id, kind: 'hard', limit })
    const waiting = ledger.prepare([budget], within + 1n)
    await pass(1_000)
    await waiting
    expect(ledger.admit(request(budget, within + 1n))).toMatchObject({ refused: 'budget' })
    if (within > 0n)
      expect(ledger.admit(request(budget, within))).toMatchObject({
        refused: 'out_of_reach',
        outOfReachNanoUsd: within,
      })
  }
})

test.each([
  ['a budget that is used up', 'budget', {}],
  ['a budget that is suspended', 'suspended', { suspendAtPercent: 0 }],
] as const)('%s refuses for good, before or after one that is out of reach', async (_, refused, lines) => {
  const hanging = world()
  const { model, budget, pass } = hanging
  const ledger = await beside(hanging)
  const limit = refused === 'budget' ? 0n : LIMIT
  const gone = hardBudget({ window: 'total', limitNanoUsd: limit, ...lines })
  model.budgets.set(gone.id, { id: gone.id, kind: 'hard', limit })
  for (const budgets of [
    [budget, gone],
    [gone, budget],
  ]) {
    const waiting = ledger.prepare(budgets, 10n)
    await pass(1_000)
    await waiting
    expect(ledger.admit(request(budget, 10n))).toMatchObject({ refused: 'out_of_reach' })
    expect(ledger.admit(callRequest({ budgets, holdNanoUsd: 10n }))).toMatchObject({ refused, budget: gone })
  }
})

test('while the database is away a call that others may have money for is not told that there is none', async () => {
  let works = true
  const { model, budget, start, pass } = world()
  const other = hardBudget({ window: 'total', limitNanoUsd: LIMIT })
  model.budgets.set(other.id, { id: other.id, kind: 'hard', limit: LIMIT })
  const [near, far] = [
    await start('node_near', (question) =>
      works ? Promise.resolve(question()) : Promise.reject(new Error('the network is down')),
    ),
    await start('node_far'),
  ]
  await pass(2_500)
  const holding = [near, far].map((ledger) => ledger.prepare([budget, other], 1_000n))
  await pass(50)
  await Promise.all(holding)
  const refusalOf = async (amount: bigint) => {
    const waiting = near.prepare([budget], amount)
    await pass(1_000)
    await waiting
    return near.admit(request(budget, amount))
  }
  works = false
  expect(await refusalOf(LIMIT)).toMatchObject({ refused: 'unanswered', budget })
  expect(near.prepare([budget], LIMIT), 'it is asked again').not.toBeNull()
  await pass(10)
  expect(near.prepare([budget], LIMIT), 'and not at once').toBeNull()
  expect(near.admit(request(budget, LIMIT))).toMatchObject({ refused: 'unanswered' })
  expect(near.admit(request(other, LIMIT)), 'nor about another').toMatchObject({ refused: 'unanswered' })
  expect(await refusalOf(LIMIT + 1n), 'there never is so much').toMatchObject({ refused: 'budget' })
  mustAdmit(near, request(budget, 1_000n))

  works = true
  await pass(1_000)
  mustAdmit(far, request(budget, 1_000n))
  expect(await refusalOf(LIMIT - 1_000n), 'the others hold it for calls').toMatchObject({ refused: 'budget' })
})

test('a give-back that is carried out when nobody waits for it takes nothing that is held since', async () => {
  const { budget, start, leaseOf, pass } = world()
  let late = false
  const ledger = await start('node_a', async (question) => {
    if (late) {
      late = false
      await new Promise((resolve) => setTimeout(resolve, 9_000))
    }
    return question()
  })
  await ledger.prepare([budget], 10n)
  const first = mustAdmit(ledger, request(budget, 10n))
  const other = await start('node_b')
  late = true
  const waiting = other.prepare([budget], 10n)
  await pass(6_000)
  await waiting
  ledger.settle(first, outcome({ costNanoUsd: 0n }))
  await pass(1_000)
  mustAdmit(ledger, request(budget, 3_000n))
  await pass(5_000)
  expect(leaseOf('node_a')).toBeGreaterThanOrEqual(3_000n)
})

test('a limit that was lowered while messages were lost is heard of, even if the first question about it fails', async () => {
  const { model, budget, start, send, pass } = world()
  let network = 'works'
  const ledger = await start('node_a', async (question) => {
    if (network === 'is down') throw new Error('the network is down')
    return question()
  })
  await ledger.prepare([budget], 10n)
  const first = mustAdmit(ledger, request(budget, 10n))
  model.budgets.set(budget.id, { id: budget.id, kind: 'hard', limit: 50n })
  network = 'is down'
  send({ topic: 'all' })
  await pass(100)
  network = 'works'
  for (let ms = 0; ms < 2_000; ms += 100) {
    await ledger.prepare([budget], 1n)
    mustAdmit(ledger, request(budget, 1n))
    await pass(100)
  }
  expect(ledger.room([budget])).toBeLessThanOrEqual(50n - 10n)
  expect(ledger.lowered(first)).toMatchObject([{ budget }])
})

test('a node that was not trusted for a while uses nothing of what it held before it has asked', async () => {
  let works = true
  const { model, budget, start, pass } = world()
  const cut = await start('node_cut', (question) =>
    works ? Promise.resolve(question()) : Promise.reject(new Error('the network is down')),
  )
  await cut.prepare([budget], 10n)
  works = false
  await pass(301_000)
  expect(cut.admit(request(budget, 10n)), 'it is not trusted').toMatchObject({ refused: 'unavailable' })
  for (const { leases } of model.windows.values()) leases.delete('node_cut')
  const other = await start('node_other')
  await other.prepare([budget], LIMIT)
  mustAdmit(other, request(budget, LIMIT))

  works = true
  await pass(5_000)
  expect(cut.admit(request(budget, 10n)), 'what it held was written off').toMatchObject({
    refused: 'budget',
    remainingNanoUsd: 0n,
  })
})
