import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { outcome } from '../ledger.ts'
import { keyOf, leasedOf, type ModelWindow } from './model-authority.ts'
import { randomFrom } from './random.ts'
import { type Sabotage, simulatedWorld } from './world.ts'

const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 20)
const STEPS = 400

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test(
  'whatever the network, the clocks and crashes do, money is exact and never over',
  async () => {
    let admitted = 0
    for (let seed = 1; seed <= SEEDS; seed++) admitted += await simulate(seed, {})
    expect(admitted / SEEDS, 'the simulation lets calls in').toBeGreaterThan(50)
  },
  SEEDS * 3_000,
)

const SABOTAGES: [name: string, sabotage: Sabotage, notice: RegExp][] = [
  [
    'an authority that books a batch again',
    {
      authority: (side, model) => ({
        ...side,
        settle(turn, batch, keys) {
          const known = new Map(model.usage)
          model.usage.clear()
          const answer = side.settle(turn, batch, keys)
          for (const [id, row] of known) model.usage.set(id, row)
          return answer
        },
      }),
    },
    /rows say/,
  ],
  [
    'an authority that grants what is leased already',
    {
      authority: (side, model) => ({
        ...side,
        take(turn, requests) {
          const answer = side.take(turn, requests)
          for (const state of answer.windows)
            state.leaseNanoUsd = model.budgets.get(state.budgetId)?.limit ?? 0n
          return answer
        },
      }),
    },
    /the most is|is set aside/,
  ],
  [
    'an authority that forgets to lower the lease',
    {
      authority: (side, model) => ({
        ...side,
        settle(turn, batch, keys) {
          const before = [...model.windows.values()].map((window) => [window, leasedOf(window)] as const)
          const own = (window: ModelWindow) => window.leases.get(side.nodeId)
          const amounts = before.map(([window]) => own(window)?.amount ?? 0n)
          const answer = side.settle(turn, batch, keys)
          before.forEach(([window], at) => {
            const lease = own(window)
            if (lease) lease.amount = amounts[at] ?? 0n
            for (const state of answer.windows)
              if (state.budgetId === window.budgetId) state.leaseNanoUsd = amounts[at] ?? 0n
          })
          return answer
        },
      }),
    },
    /is over|the most is/,
  ],
  [
    'an authority that takes back more than is given',
    {
      authority: (side) => ({
        ...side,
        giveBack: (turn, given, recalled) =>
          side.giveBack(
            turn,
            given.map((lease) => ({ ...lease, neededNanoUsd: lease.neededNanoUsd / 2n })),
            recalled,
          ),
      }),
    },
    /is set aside/,
  ],
  [
    'an authority that answers a recall twice',
    {
      authority: (side, model) => ({
        ...side,
        giveBack(turn, given, recalled) {
          const own = () =>
            given.map((key) =>
              model.windows.get(keyOf(key.budgetId, key.windowStart))?.leases.get(side.nodeId),
            )
          const before = own().map((lease) => lease?.amount ?? 0n)
          const answer = side.giveBack(turn, given, recalled)
          own().forEach((lease, at) => {
            const returned = (before[at] ?? 0n) - (lease?.amount ?? 0n)
            if (lease && lease.amount >= returned) lease.amount -= returned
          })
          return answer
        },
      }),
    },
    /is set aside/,
  ],
  [
    'an authority that carries out a question that is overtaken',
    {
      authority: (side, model) => ({
        ...side,
        giveBack(turn, given, recalled) {
          for (const key of given) {
            const lease = model.windows.get(keyOf(key.budgetId, key.windowStart))?.leases.get(side.nodeId)
            if (lease) lease.turn = 0n
          }
          return side.giveBack(turn, given, recalled)
        },
      }),
    },
    /the most is|is set aside/,
  ],
  [
    'a node that counts a lease twice when the answer was lost',
    {
      authority(side) {
        const granted = new Map<string, bigint>()
        return {
          ...side,
          take(turn, requests) {
            const answer = side.take(turn, requests)
            for (const state of answer.windows) {
              const key = keyOf(state.budgetId, state.windowStart)
              const before = granted.get(key) ?? 0n
              granted.set(key, state.leaseNanoUsd)
              state.leaseNanoUsd += before
            }
            return answer
          },
        }
      },
    },
    /the most is|is set aside/,
  ],
  [
    'a hard budget that is taken for a soft one',
    { budget: (budget) => ({ ...budget, kind: 'soft' }) },
    /the most is|is set aside/,
  ],
  [
    'a call that may settle twice',
    {
      settle(ledger, admission, costNanoUsd) {
        for (let times = 0; times < 2; times++) {
          ledger.settle({ ...admission, settled: false }, outcome({ costNanoUsd }))
        }
      },
    },
    /left `open` twice/,
  ],
  ['a call that is never settled', { settle: () => {} }, /left `open` twice, or never/],
  [
    'a call that holds more than is written down',
    {
      extend(ledger, admission, extraNanoUsd) {
        if ((ledger.room(admission.request.budgets) ?? extraNanoUsd) < extraNanoUsd) return false
        admission.heldNanoUsd += extraNanoUsd
        return true
      },
    },
    /is booked|the most is|is set aside/,
  ],
  [
    'a call that holds more than is left',
    {
      extend(ledger, admission, extraNanoUsd) {
        ledger.extend(admission, extraNanoUsd)
        return true
      },
    },
    /is booked|the most is|is set aside/,
  ],
  [
    'a node that loses its journal',
    {
      beforeRestart(dataDir) {
        const journal = join(dataDir, 'journal')
        for (const name of readdirSync(journal)) rmSync(join(journal, name))
      },
    },
    /is booked|the most is|is set aside/,
  ],
]

test.each(SABOTAGES)(
  'the simulation notices %s',
  async (_, sabotage, notice) => {
    const seen = await simulateAll(sabotage)
    expect(seen).toMatch(notice)
  },
  60_000,
)

/** The first thing that goes wrong, in words. Some take luck to be seen; the first seed that sees one is the last. */
async function simulateAll(sabotage: Sabotage): Promise<string> {
  for (let seed = 1; seed <= SEEDS * 5; seed++) {
    try {
      await simulate(seed, sabotage)
    } catch (error) {
      return (error as Error).message
    }
  }
  return 'nothing went wrong'
}

async function simulate(seed: number, sabotage: Sabotage): Promise<number> {
  using world = await simulatedWorld(randomFrom(seed), sabotage)
  for (let step = 0; step < STEPS; step++) {
    await world.step()
    world.check()
  }
  await world.finish()
  world.check()
  vi.clearAllTimers()
  return world.calls.length
}
