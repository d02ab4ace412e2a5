import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startClaviger } from './claviger.ts'
import { runLoad } from './load.ts'
import { measure } from './measure.ts'
import { buildNatives } from './native.ts'
import { startMock, startNginx, startPortkey, startRelay } from './peers.ts'
import { killAll, listens, moveToCore, stopAll } from './processes.ts'
import { commit, preamble, scenarioSection } from './report.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import { benchDir, type Durations, fullRun, helperCore, ports, quickRun, repoDir } from './settings.ts'
import { medianOf, perCore, type Results } from './statistics.ts'
import { type Target, VARIANTS, type Variant } from './target.ts'

/** `npm run bench`: starts the variants, runs the scenarios, prints the tables. See README.md beside this file. */

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    variants: { type: 'string', default: VARIANTS.join(',') },
    scenarios: { type: 'string', default: scenarios.map(({ name }) => name).join(',') },
    repetitions: { type: 'string' },
  },
})

const READS_HEADING = 'The dashboard on a year of data'

const tempDir = mkdtempSync(join(tmpdir(), 'claviger-bench-'))
// PostgreSQL and nginx leave root for users of their own, who must be able to reach what lies in it.
chmodSync(tempDir, 0o711)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => cleanUp().finally(() => process.exit(130)))
}
process.on('exit', killAll)

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await cleanUp()
}

async function main(): Promise<void> {
  const durations = { ...(options.quick ? quickRun : fullRun) }
  if (options.repetitions) durations.repetitions = Number(options.repetitions)
  await refuseTakenPorts()
  moveToCore(process.pid, helperCore)
  buildNatives()
  const { mock, targets } = await startTargets(new Set(options.variants.split(',')))

  const sections: string[] = []
  const raw: Record<string, unknown> = {}
  let ourMaximum = 0
  for (const scenario of scenarios.filter(({ name }) => options.scenarios.split(',').includes(name))) {
    if (scenario.name === 'rate' && !ourMaximum) ourMaximum = await findMaximum(targets, durations, mock.pid)
    const results = await runScenario(scenario, targets, durations, ourMaximum, mock.pid)
    if (scenario.name === 'json-1k5') ourMaximum = maximumIn(results)
    sections.push(scenarioSection(scenario, results))
    raw[scenario.name] = Object.fromEntries(results)
    console.log(`\n${sections.at(-1)}`)
  }
  const report = [preamble(durations.repetitions), ...sections].join('\n')
  saveRaw(raw)
  if (options.write) writeFileSync(join(repoDir, 'docs/benchmarks.md'), report + otherSections())
}

async function startTargets(wanted: Set<string>) {
  const { target: direct, mock } = await startMock()
  const targets = new Map<Variant, Target>([['direct', direct]])
  if (wanted.has('nginx')) targets.set('nginx', await startNginx(tempDir))
  if (wanted.has('relay')) targets.set('relay', await startRelay())
  if (wanted.has('portkey')) targets.set('portkey', await startPortkey())
  if (wanted.has('claviger')) targets.set('claviger', await startClaviger(tempDir))
  return { mock, targets }
}

/** Warms every variant up, then measures them in turn, so that a change in the machine meets all of them. */
async function runScenario(
  scenario: Scenario,
  targets: Map<Variant, Target>,
  durations: Durations,
  ourMaximum: number,
  mockPid: number,
): Promise<Results> {
  const load = scenario.load(durations, ourMaximum)
  const taking = scenario.variants.flatMap((variant) => targets.get(variant) ?? [])
  const results: Results = new Map(taking.map(({ name }) => [name, []]))
  for (const target of taking) {
    await runLoad(target, {
      ...load,
      seconds: durations.warmupSeconds,
      connections: Math.min(load.connections, 100),
    })
  }
  for (let repetition = 1; repetition <= durations.repetitions; repetition++) {
    for (const target of taking) {
      progress(`${scenario.name} ${repetition}/${durations.repetitions} ${target.name}`)
      results.get(target.name)?.push(await measure(target, load, durations, mockPid))
    }
  }
  progress('')
  return results
}

/** `rate` needs our maximum also when `json-1k5` is not run. */
async function findMaximum(
  targets: Map<Variant, Target>,
  durations: Durations,
  mockPid: number,
): Promise<number> {
  const json = scenarios.find(({ name }) => name === 'json-1k5')
  if (!json) throw new Error('There is no scenario json-1k5.')
  return maximumIn(await runScenario(json, targets, { ...durations, repetitions: 1 }, 0, mockPid))
}

/** Requests per second of one whole core; without Claviger, what it should at least reach. */
function maximumIn(results: Results): number {
  return medianOf(results, 'claviger', perCore) || 0.28 * medianOf(results, 'nginx', perCore)
}

async function refuseTakenPorts(): Promise<void> {
  for (const [name, port] of Object.entries(ports)) {
    if (await listens(port))
      throw new Error(`Port ${port} (for ${name}) is taken; is another benchmark running?`)
  }
}

function saveRaw(raw: Record<string, unknown>): void {
  const dir = join(benchDir, 'results')
  mkdirSync(dir, { recursive: true })
  const name = `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}-${commit()}.json`
  writeFileSync(join(dir, name), `${JSON.stringify(raw, null, 1)}\n`)
}

async function cleanUp(): Promise<void> {
  await stopAll()
  rmSync(tempDir, { recursive: true, force: true })
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

/** What other programs measured is kept: from the heading of `reads.ts` on. */
function otherSections(): string {
  const before = readFileSync(join(repoDir, 'docs/benchmarks.md'), 'utf8')
  const start = before.indexOf(`\n## ${READS_HEADING}`)
  return start < 0 ? '' : before.slice(start)
}
