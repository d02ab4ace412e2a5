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
/** A call by the bytes of its body, by its tokens, and what it costs. */
const CALL = { byBytes: 6_470_000n, counted: 3_540_000n, cost: 2_340_000n }
const LIMIT = 40_000_000_000n

test.each([
  { callMs: 3, seed: 1 },
  { callMs: 3, seed: 2 },
  { callMs: 500, seed: 3 },
  { callMs: 500, seed: 4 },
])(
  'a budget that runs out on three nodes costs at most 20 asks for money in any second: calls of $callMs ms, seed $seed',
  async ({ callMs, seed }) => {
    const { perSecond, spent, waitedMostMs } = await useUp(seed, callMs)
    expect(perSecond.length).toBeGreaterThan(SECONDS_AFTER)
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(20)
    expect(LIMIT - spent).toBeGreaterThanOrEqual(0n)
    // Longer calls are still on their way when this is counted.
    if (callMs < 10) expect(LIMIT - spent).toBeLessThan(CALL.counted)
    expect(waitedMostMs).toBeLessThan(1_500)
  },
  60_000,
)

/** Asks for money in each second, up to some seconds after the first refusal. */
async function useUp(seed: number, callMs: number) {
  const random = randomFrom(seed)
  using time = virtualTime(EPOCH)
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
  const perSecond: number[] = []
  const count = () => {
    const second = Math.floor(time.now() / 1_000)
    perSecond[second] = (perSecond[second] ?? 0) + 1
  }
  const nodes: Ledger[] = []
  for (const nodeId of ['node_a', 'node_b', 'node_c']) {
    const local = localBus()
    buses.push(local)
    const asked = authorityOf(model.sideOf(nodeId), wire(random))
    const opening = openLedger({
      dataDir: nodeId,
      disk: memoryDisk(),
      bus: local.bus,
      metrics: createMetrics(),
      log: createLog({ logLevel: 'silent' }, () => {}),
      monotonic: () => time.now(),
      authority: {
        ...asked,
        take(requests) {
          count()
          return asked.take(requests)
        },
        giveBack(given, recalled) {
          count()
          return asked.giveBack(given, recalled)
        },
      },
    })
    for (let turns = 0; turns < 20; turns++) {
      await settled()
      await time.advance(5)
    }
    nodes.push(await opening)
  }

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
    if ('refused' in answer) refusedAtMs = Math.min(refusedAtMs, time.now())
    else setTimeout(() => ledger.settle(answer, outcome({ costNanoUsd: CALL.cost })), callMs)
  }
  while (time.now() < Math.min(refusedAtMs, 30_000) + SECONDS_AFTER * 1_000) {
    await time.advance(1)
    for (let calls = 0; calls < CALLS_PER_MS; calls++) void call(random.pick(nodes))
    await settled()
  }
  const spent = [...model.windows.values()].reduce((sum, window) => sum + window.spent, 0n)
  // The last second is not over.
  return { perSecond: Array.from(perSecond, (asks) => asks ?? 0).slice(0, -1), spent, waitedMostMs }
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
