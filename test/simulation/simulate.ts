import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { MUTATIONS } from './mutations.ts'
import { noticed, STEPS_PER_WORLD } from './notice.ts'
import { runWorld } from './world.ts'

/*
 * npm run simulate -- --hours 1             worlds of new seeds for an hour, then each mutation; stops at the first
 *                                           world that breaks an invariant
 * npm run simulate -- --seed 7              one world, as the test has it
 * npm run simulate -- --seed 7 --steps 50   its first steps
 */

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '0' },
    seed: { type: 'string' },
    steps: { type: 'string', default: String(STEPS_PER_WORLD) },
  },
})
const SAY_EVERY = 1_000
const stepsPerWorld = Number(values.steps)
const firstSeed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed)
const startedAt = performance.now()
const endsAt = startedAt + Number(values.hours) * 3_600_000
const say = (line: string) => process.stdout.write(`${line}\n`)

say(`seed ${firstSeed}, ${stepsPerWorld} steps a world, all invariants after each (see invariants.ts)`)
let worlds = 0
let virtualMs = 0
do {
  virtualMs += (await runWorld(firstSeed + worlds, stepsPerWorld)).virtualMs
  worlds++
  if (worlds % SAY_EVERY === 0) say(progress())
} while (performance.now() < endsAt)
say(progress())
if (values.hours !== '0') {
  for (const mutation of MUTATIONS)
    say(`${mutation.name}: ${(await noticed(mutation, firstSeed)) ?? 'NOT NOTICED'}`)
}

function progress(): string {
  const seconds = (performance.now() - startedAt) / 1_000
  const steps = worlds * stepsPerWorld
  const hours = Math.round(virtualMs / 3_600_000)
  return `${steps} steps, ${worlds} worlds, ${hours} hours of theirs, ${Math.round(steps / seconds)} steps a second`
}
