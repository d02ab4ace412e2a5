import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { outcome } from '../ledger.ts'
import { leasedOf } from './model-authority.ts'
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
      authority: (authority, model) => ({
        ...authority,
        async settle(batch, keys) {
          const known = new Map(model.usage)
          model.usage.clear()
          const answer = await authority.settle(batch, keys)
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
      authority: (authority, model) => ({
        ...authority,
        async take(requests) {
          const answer = await authority.take(requests)
          for (const state of answer.windows)
            state.leaseNanoUsd = model.budgets.get(state.budgetId)?.limit ?? 0n
          return answer
        },
      }),
    },
    /the most is/,
  ],
  [
    'an authority that forgets to lower the lease',
    {
      authority: (authority, model) => ({
        ...authority,
        async settle(batch, keys) {
          const before = [...model.windows.values()].map((window) => [window, leasedOf(window)] as const)
          const answer = await authority.settle(batch, keys)
          for (const [window, leased] of before) window.leases.set('node', leased)
          for (const state of answer.windows) {
            state.leaseNanoUsd = before.find(([window]) => window.budgetId === state.budgetId)?.[1] ?? 0n
          }
          return answer
        },
      }),
    },
    /is over|the most is/,
  ],
  [
    'a hard budget that is taken for a soft one',
    { budget: (budget) => ({ ...budget, kind: 'soft' }) },
    /the most is/,
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
    'a node that loses its journal',
    {
      beforeRestart(dataDir) {
        const journal = join(dataDir, 'journal')
        for (const name of readdirSync(journal)) rmSync(join(journal, name))
      },
    },
    /is booked|the most is/,
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

/** The first thing that goes wrong, in words. */
async function simulateAll(sabotage: Sabotage): Promise<string> {
  for (let seed = 1; seed <= SEEDS; seed++) {
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
