import { expect, test } from 'vitest'
import type { BusMessage } from '../../src/bus.ts'
import { openLedger } from '../../src/ledger/create-ledger.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { createLog } from '../../src/log.ts'
import { createMetrics } from '../../src/metrics.ts'
import { callRequest, hardBudget, localBus, outcome } from '../ledger.ts'
import { memoryDisk } from './memory-disk.ts'
import { authorityOf, type Carry, modelAuthority } from './model-authority.ts'
import { type Random, randomFrom } from './random.ts'
import { settled, virtualTime } from './virtual-time.ts'

/*
 * Three nodes that use up one budget at 5,000 calls a second, in a time of their own: how often they ask for money does
 * not depend on how busy the machine is.
 */

const EPOCH = Date.UTC(2026, 10, 26)
const WINDOW = { start: new Date(0), end: new Date('9999-12-31T00:00:00Z') }
const CALLS_PER_MS = 5
const SECONDS_AFTER = 4
const LOWERED_AT_MS = 2_000
/** A call by the bytes of its body, by its tokens, and what it costs. */
const CALL = { byBytes: 6_470_000n, counted: 3_540_000n, cost: 2_340_000n }
const LIMIT = 40_000_000_000n

test.each([
  { callMs: 3, seed: 1 },
  { callMs: 3, seed: 2 },
  { callMs: 500, seed: 3 },
  { callMs: 500, seed: 4 },
  { callMs: 500, seed: 7 },
])(
  'three nodes that use a budget up speak of it 18 times in any second at most, and are never out of reach: calls of $callMs ms, seed $seed',
  async ({ callMs, seed }) => {
    const { asked, refusals, spent, waitedMostMs } = await useUp(seed, callMs)
    const all = [...asked.values()].flat()
    expect(mostInASecond(all)).toBeLessThanOrEqual(18)
    for (const times of asked.values()) expect(mostInASecond(times)).toBeLessThanOrEqual(6)
    expect([...refusals]).toEqual(['budget'])
    expect(LIMIT - spent).toBeGreaterThanOrEqual(0n)
    // Longer calls are still on their way when this is counted.
    if (callMs < 10) expect(LIMIT - spent).toBeLessThan(CALL.counted)
    expect(waitedMostMs).toBeLessThan(1_200)
  },
  60_000,
)

test('of a budget whose limit falls under them they speak 20 times in any second at most, however many calls end', async () => {
  const { asked, refusals } = await useUp(5, 1_000, LIMIT / 40n)
  expect([...refusals]).toEqual(['budget'])
  const most = mostInASecond([...asked.values()].flat())
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThanOrEqual(20)
}, 60_000)

/** When each node asked for money or gave some back, up to some seconds after the first refusal. */
async function useUp(seed: number, callMs: number, loweredTo: bigint | null = null) {
  const random = randomFrom(seed)
  using time = virtualTime(EPOCH)
  timersAreLate(random)
  const buses: ReturnType<typeof localBus>[] = []
  const tell = (message: BusMessage) => {
    for (const { send } of buses) setTimeout(() => send(message), 1 + random.int(3))
  }
  const model = modelAuthority(
    () => new Date(EPOCH + time.now()),
    () => WINDOW,
    tell,
  )
  const budget = hardBudget({ window: 'total', limitNanoUsd: LIMIT })
  model.budgets.set(budget.id, { id: budget.id, kind: 'hard', limit: LIMIT })
  const asked = new Map<string, number[]>()
  const nodes: Ledger[] = []
  for (const nodeId of ['node_a', 'node_b', 'node_c']) {
    const local = localBus()
    buses.push(local)
    const times: number[] = []
    asked.set(nodeId, times)
    const authority = authorityOf(model.sideOf(nodeId), wire(random))
    const opening = openLedger({
      dataDir: nodeId,
      disk: memoryDisk(),
      bus: local.bus,
      metrics: createMetrics(),
      log: createLog({ logLevel: 'silent' }, () => {}),
      monotonic: () => time.now(),
      authority: {
        ...authority,
        take(requests) {
          times.push(time.now())
          return authority.take(requests)
        },
        giveBack(given, recalled) {
          times.push(time.now())
          return authority.giveBack(given, recalled)
        },
      },
    })
    for (let turns = 0; turns < 20; turns++) {
      await settled()
      await time.advance(5)
    }
    nodes.push(await opening)
  }

  const refusals = new Set<string>()
  let refusedAtMs = Number.POSITIVE_INFINITY
  let waitedMostMs = 0
  const call = async (ledger: Ledger) => {
    const fromMs = time.now()
    // As `letIn` of the gateway: by its bytes, and where those do not fit, by its tokens. Let in the turn it is ready in.
    let holdNanoUsd = CALL.byBytes
    for (let waits = 0; waits < 16; waits++) {
      const preparing = ledger.prepare([budget], holdNanoUsd)
      if (preparing) await preparing
      else if ((ledger.room([budget]) ?? 0n) >= holdNanoUsd || holdNanoUsd === CALL.counted) break
      else holdNanoUsd = CALL.counted
    }
    waitedMostMs = Math.max(waitedMostMs, time.now() - fromMs)
    const answer = ledger.admit(callRequest({ budgets: [budget], holdNanoUsd }))
    if ('refused' in answer) {
      refusals.add(answer.refused)
      refusedAtMs = Math.min(refusedAtMs, time.now())
    } else setTimeout(() => ledger.settle(answer, outcome({ costNanoUsd: CALL.cost })), callMs)
  }
  while (time.now() < Math.min(refusedAtMs, 30_000) + SECONDS_AFTER * 1_000) {
    await time.advance(1)
    if (loweredTo !== null && time.now() === LOWERED_AT_MS) {
      model.budgets.set(budget.id, { id: budget.id, kind: 'hard', limit: loweredTo })
      tell({ topic: 'budget', id: budget.id })
    }
    for (let calls = 0; calls < CALLS_PER_MS; calls++) void call(random.pick(nodes))
    await settled()
  }
  const spent = [...model.windows.values()].reduce((sum, window) => sum + window.spent, 0n)
  return { asked, refusals, spent, waitedMostMs }
}

/** Of these times, the most that lie in any second. */
function mostInASecond(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((ms) => ms >= from && ms < from + 1_000).length))
}

/** As on a real machine, where two timers of the same length do not end in the order in which they began. */
function timersAreLate(random: Random): void {
  const { setTimeout } = globalThis
  const late = (run: () => void, ms = 0) =>
    setTimeout(run, Math.max(1, Math.trunc(ms)) + random.int(200) / 100)
  Object.assign(globalThis, { setTimeout: late })
}

/** Takes some milliseconds there, and one back. */
function wire(random: Random): Carry {
  return async (question) => {
    await new Promise<void>((resolve) => setTimeout(resolve, 1 + random.int(3)))
    const answer = question()
    await new Promise<void>((resolve) => setTimeout(resolve, 1))
    return answer
  }
}
