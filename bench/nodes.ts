import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startClaviger, startNode } from './claviger.ts'
import { runLoad } from './load.ts'
import { buildNatives } from './native.ts'
import { startMock } from './peers.ts'
import { killAll, moveToCore, stopAll } from './processes.ts'
import { cpuSecondsOf } from './procfs.ts'
import { helperCore, model } from './settings.ts'
import type { Target } from './target.ts'

/*
 * What sharing budgets costs: hard budgets at four levels, all on one core, one gateway alone and then one of three.
 * `node bench/nodes.ts [repetitions]`: about two minutes, prints a table.
 */

const NODES = 3
const CONNECTIONS = 33
const SECONDS = 4
const repetitions = Number(process.argv[2] ?? 5)

const tempDir = mkdtempSync(join(tmpdir(), 'claviger-bench-'))
chmodSync(tempDir, 0o711)
process.on('exit', killAll)
process.once('SIGINT', () => cleanUp().finally(() => process.exit(130)))

type Sample = { cpuUs: number; perSecond: number; asked: number }

try {
  moveToCore(process.pid, helperCore)
  buildNatives()
  await startMock()
  const first = await startClaviger(tempDir, { fourLevels: true })
  const alone = await samples([first])
  const others: Target[] = []
  for (let index = 1; index < NODES; index++) others.push(await startNode(tempDir, index))
  const oneOfThree = await samples([first], others)
  const allThree = await samples([first, ...others])
  console.log('| gateways | loaded | CPU µs per request | req/s per core | asks of the authority a second |')
  console.log('|--:|--:|--:|--:|--:|')
  console.log(row(1, 1, alone))
  console.log(row(NODES, 1, oneOfThree))
  console.log(row(NODES, NODES, allThree))
  const cost = median(oneOfThree.map(({ cpuUs }) => cpuUs)) / median(alone.map(({ cpuUs }) => cpuUs)) - 1
  console.log(`\nOne of three against one alone: ${(cost * 100).toFixed(1)} %.`)
} finally {
  await cleanUp()
}

/** Loads all of `loaded` at once. `idle` gateways count with what they use. */
async function samples(loaded: Target[], idle: Target[] = []): Promise<Sample[]> {
  const pids = [...loaded, ...idle].flatMap((target) => target.pids)
  const found: Sample[] = []
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const before = { cpu: cpuSecondsOf(pids), asked: await askedBy([...loaded, ...idle]) }
    const connections = Math.floor(CONNECTIONS / loaded.length)
    const results = await Promise.all(
      loaded.map((target) => runLoad(target, { mode: 'closed', seconds: SECONDS, connections, model })),
    )
    const cpu = cpuSecondsOf(pids) - before.cpu
    const requests = results.reduce((sum, result) => sum + result.requests, 0)
    const bad = results.reduce((sum, result) => sum + result.failed + result.refused, 0)
    if (bad > 0) throw new Error(`${bad} of ${requests} calls failed`)
    const asked = ((await askedBy([...loaded, ...idle])) - before.asked) / SECONDS
    // The first warms up.
    if (repetition > 0) found.push({ cpuUs: (cpu * 1e6) / requests, perSecond: requests / cpu, asked })
  }
  return found
}

/** How often these nodes have asked the authority for anything, or told it what was spent. */
async function askedBy(targets: Target[]): Promise<number> {
  let sum = 0
  for (const { port } of targets) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    for (const [, value] of text.matchAll(/^claviger_ledger_questions_total\S* (\S+)$/gm)) {
      sum += Number(value)
    }
  }
  return sum
}

function row(gateways: number, loaded: number, found: Sample[]): string {
  const of = (name: keyof Sample) => median(found.map((sample) => sample[name]))
  const cells = [gateways, loaded, of('cpuUs').toFixed(1), of('perSecond').toFixed(0), of('asked').toFixed(1)]
  return `| ${cells.join(' | ')} |`
}

function median(values: number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

async function cleanUp(): Promise<void> {
  await stopAll()
  rmSync(tempDir, { recursive: true, force: true })
}
