import { expect, test } from 'vitest'
import { RATE_STEPS, type RateSabotage, runRates } from './rates-world.ts'

const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 20)
/** A new one with each run; `SIMULATION_SEED=N` runs one again. */
const FIRST = Number(process.env.SIMULATION_SEED ?? Math.floor(Math.random() * 1e9))

test(
  'whatever the network and the nodes do, no minute on all of them together counts more than the figure',
  async () => {
    const seeds = process.env.SIMULATION_SEED ? 1 : SEEDS
    let admitted = 0
    for (let seed = FIRST; seed < FIRST + seeds; seed++) {
      const world = await runRates(seed, RATE_STEPS).catch((error) => {
        throw new Error(`SIMULATION_SEED=${seed}: ${error.message}`, { cause: error })
      })
      admitted += world.admitted
    }
    expect(admitted / seeds, 'the simulation lets calls in').toBeGreaterThan(100)
  },
  SEEDS * 3_000,
)

const SABOTAGES: [name: string, sabotage: RateSabotage, notice: RegExp][] = [
  ['an authority that grants what others have', { ignoresShares: true }, /is shared of|the most is/],
  [
    'a node that gives back what it counts',
    { request: (request) => ({ ...request, needed: 0, kept: 0 }) },
    /the most is/,
  ],
  ['a late question that is obeyed', { obeysLateQuestions: true }, /the most is|could be had/],
  [
    'shares of the dead that are free before their minute has passed',
    { reclaimsTooEarly: true },
    /the most is/,
  ],
  [
    'a node that goes on with its shares after others took it for dead',
    { hearsNoLapse: true },
    /the most is/,
  ],
  ['a start that forgets what the last run counted', { forgetsPastRuns: true }, /the most is/],
  ['a node that counts beyond its share', { usesWhatItGaveBack: true }, /the most is/],
  ['nodes that do not hear that another is short', { hearsNoRecall: true }, /could be had/],
  ['shares that stay with the dead', { keepsSharesOfTheDead: true }, /could be had/],
]

test.each(SABOTAGES)(
  'the simulation notices %s',
  async (_, sabotage, notice) => {
    expect(await firstFault(sabotage)).toMatch(notice)
  },
  120_000,
)

/** The first thing that goes wrong, in words. */
async function firstFault(sabotage: RateSabotage): Promise<string> {
  for (let seed = 1; seed <= 60; seed++) {
    try {
      await runRates(seed, RATE_STEPS, sabotage)
    } catch (error) {
      return `${seed}: ${(error as Error).message}`
    }
  }
  return 'nothing went wrong'
}
