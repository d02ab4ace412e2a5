import { expect, test } from 'vitest'
import { MUTATIONS } from './mutations.ts'
import { noticed, STEPS_PER_WORLD } from './notice.ts'
import { runWorld } from './world.ts'

/*
 * A failure says its seed: `npm run simulate -- --seed N` shows it again, and `-- --hours 1` looks for more.
 */

const STEPS = Number(process.env.SIMULATION_STEPS ?? 1_000_000)
const FIRST_SEED = Number(process.env.SIMULATION_SEED ?? 1)
const PARTS = 10
const WORLDS_PER_PART = Math.ceil(STEPS / STEPS_PER_WORLD / PARTS)

const parts = Array.from({ length: PARTS }, (_, part) => {
  const from = FIRST_SEED + part * WORLDS_PER_PART
  return { from, to: from + WORLDS_PER_PART - 1, steps: WORLDS_PER_PART * STEPS_PER_WORLD }
})

test.each(parts)(
  'money is exact and never over, whatever the network, clocks, disks and crashes do: $steps steps, seeds $from to $to',
  async ({ from, to, steps }) => {
    let admitted = 0
    let refused = 0
    for (let seed = from; seed <= to; seed++) {
      const world = await runWorld(seed, STEPS_PER_WORLD)
      admitted += world.admitted
      refused += world.refused
    }
    expect(admitted, 'calls are let in').toBeGreaterThan(steps / 10)
    expect(refused, 'calls are refused').toBeGreaterThan(steps / 1_000)
  },
  600_000,
)

test('a seed makes the same world again', async () => {
  expect(await runWorld(42, 2_000)).toEqual(await runWorld(42, 2_000))
  expect(await runWorld(43, 2_000)).not.toEqual(await runWorld(42, 2_000))
})

test.each(MUTATIONS)(
  '$name is noticed within $within steps',
  async (mutation) => {
    expect(await noticed(mutation, FIRST_SEED)).toMatch(mutation.notice)
  },
  120_000,
)
