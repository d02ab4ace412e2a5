import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { MUTATIONS } from './mutations.ts'
import { noticed, STEPS_PER_WORLD } from './notice.ts'
import { RATE_STEPS, runRates } from './rates-world.ts'
import { runWorld } from './world.ts'

/*
 * npm run simulate -- --hours 1             worlds of new seeds for an hour, after every few of money one of rate limits,
 *                                           then each mutation; stops at the first world that breaks an invariant
 * npm run simulate -- --seed 7              one world of each, as the tests have them
 * npm run simulate -- --seed 7 --steps 50   their first steps
 */

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '0' },
    seed: { type: 'string' },
    steps: { type: 'string' },
  },
})
const SAY_EVERY = 1_000
/** Most of the time goes to money, of which there is more to break. */
const MONEY_PER_RATES = 5
const stepsPerWorld = Number(values.steps ?? STEPS_PER_WORLD)
const rateSteps = Number(values.steps ?? RATE_STEPS)
const firstSeed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed)
const startedAt = performance.now()
const endsAt = startedAt + Number(values.hours) * 3_600_000
const say = (line: string) => process.stdout.write(`${line}\n`)

say(`seed ${firstSeed}, ${stepsPerWorld} steps a world, all invariants after each (see invariants.ts)`)
let worlds = 0
let rateWorlds = 0
let virtualMs = 0
do {
  const seed = firstSeed + worlds
  virtualMs += (await runWorld(seed, stepsPerWorld)).virtualMs
  if (worlds % MONEY_PER_RATES === 0) {
    virtualMs += (await runRates(seed, rateSteps).catch(withSeed(seed))).virtualMs
    rateWorlds++
  }
  worlds++
  if (worlds % SAY_EVERY === 0) say(progress())
} while (performance.now() < endsAt)
say(progress())
if (values.hours !== '0') {
  for (const mutation of MUTATIONS)
    say(`${mutation.name}: ${(await noticed(mutation, firstSeed)) ?? 'NOT NOTICED'}`)
}

function withSeed(seed: number) {
  return (error: Error) => {
    throw new Error(`rate limits, seed ${seed}: ${error.message}`, { cause: error })
  }
}

function progress(): string {
  const seconds = (performance.now() - startedAt) / 1_000
  const steps = worlds * stepsPerWorld + rateWorlds * rateSteps
  const hours = Math.round(virtualMs / 3_600_000)
  const both = `${worlds} worlds of money and ${rateWorlds} of rate limits`
  return `${steps} steps, ${both}, ${hours} hours of theirs, ${Math.round(steps / seconds)} steps a second`
}
