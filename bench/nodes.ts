import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { databaseDirIn, databaseUrlIn, startClaviger, startNode, withoutBudgets } from './claviger.ts'
import { type LoadResult, runLoad } from './load.ts'
import { buildNatives } from './native.ts'
import { startMock } from './peers.ts'
import { killAll, moveToCore, stopAll, stopThese } from './processes.ts'
import { cpuSecondsOf } from './procfs.ts'
import { type Asked, askedBy, QUESTIONS, since } from './questions.ts'
import { watchQuestions } from './questions-log.ts'
import { gatewayCore, helperCore, model } from './settings.ts'
import type { Target } from './target.ts'

/*
 * What sharing budgets costs: hard budgets at four levels, all gateways on one core.
 *
 *   node bench/nodes.ts --repetitions 5            one gateway alone and beside two others in turn; then one of three and
 *                                                  all three, with and without budgets in turn; four minutes
 *   node bench/nodes.ts --rate 5000                so many calls a second on three gateways together, whatever the
 *                                                  answers do: how often they ask the database, by question
 *   node bench/nodes.ts --rate 5000 --limit-usd 120   the same with a budget of them all that runs out meanwhile
 */

const NODES = 3
const CONNECTIONS = 33
const SECONDS = 4
const WARM_SECONDS = 20
/** At a fixed rate, after a round at full speed. Connections open in these seconds, which are not counted. */
const SETTLE_SECONDS = 2
/** No call waits for a connection: what waits, waits for the gateway. */
const OPEN_CONNECTIONS = 256

const { values: options } = parseArgs({
  options: {
    repetitions: { type: 'string', default: '5' },
    rate: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    'limit-usd': { type: 'string' },
  },
})

if (options['limit-usd'] && !options.rate) throw new Error('--limit-usd goes with --rate.')

const tempDir = mkdtempSync(join(tmpdir(), 'claviger-bench-'))
chmodSync(tempDir, 0o711)
process.on('exit', killAll)
process.once('SIGINT', () => cleanUp().finally(() => process.exit(130)))

type Sample = { cpuUs: number; perSecond: number; asked: number }

try {
  moveToCore(process.pid, helperCore)
  buildNatives()
  await startMock()
  const first = await startClaviger(tempDir, {
    fourLevels: true,
    limitUsd: options['limit-usd'],
    lowPriority: false,
  })
  if (options.rate) await atRate(await withOthers(first), Number(options.rate), Number(options.seconds))
  else await costOfSharing(first, Number(options.repetitions))
} finally {
  await cleanUp()
}

async function withOthers(first: Target): Promise<Target[]> {
  const all = [first]
  while (all.length < NODES) all.push(await startNode(tempDir, all.length))
  return all
}

async function costOfSharing(first: Target, repetitions: number): Promise<void> {
  await warmUp([first])
  // In turn, since a machine is faster in one minute than in the next.
  const alone: Sample[] = []
  const sharing: Sample[] = []
  for (let repetition = 0; repetition < repetitions; repetition++) {
    alone.push(await sampleOf(first))
    const [, ...others] = await withOthers(first)
    sharing.push(await sampleOf(first, others))
    await stopThese(others.flatMap(({ pids }) => pids))
  }
  const [, ...others] = await withOthers(first)
  const all = [first, ...others]
  await warmUp(all)
  const held: Loads = { one: [], all: [] }
  const free: Loads = { one: [], all: [] }
  for (let repetition = 0; repetition < repetitions; repetition++) {
    await sampleBoth(held, first, others)
    await withoutBudgets(tempDir, () => sampleBoth(free, first, others))
  }
  console.log('| budgets | gateways | loaded | CPU µs per request | req/s per core | questions a second |')
  console.log('|---|--:|--:|--:|--:|--:|')
  console.log(row('four levels', 1, 1, alone))
  console.log(row('four levels', NODES, 1, sharing))
  console.log(row('four levels, later', NODES, 1, held.one))
  console.log(row('four levels, later', NODES, NODES, held.all))
  console.log(row('none, later', NODES, 1, free.one))
  console.log(row('none, later', NODES, NODES, free.all))
  const cost = { one: costOf(held.one, free.one), all: costOf(held.all, free.all) }
  console.log(
    `\nTo be one of three: ${percent(costOf(sharing, alone) / cpuOf(alone))} of a request. Holding in four budgets: ` +
      `${percent(cost.one / cpuOf(held.one))} where one of three is loaded, ${percent(cost.all / cpuOf(held.all))} where all are.`,
  )
}

/** Of one gateway. What others had of the budgets was given back, or they take their part of it, before it is counted. */
async function sampleOf(first: Target, others: Target[] = []): Promise<Sample> {
  await load([first], SETTLE_SECONDS)
  return sample([first], others)
}

type Loads = Record<'one' | 'all', Sample[]>

async function sampleBoth(found: Loads, first: Target, others: Target[]): Promise<void> {
  // Every gateway hears of the change, and takes what it needs of the new budgets.
  await sleep(SETTLE_SECONDS * 1000)
  await load([first, ...others], SETTLE_SECONDS)
  found.one.push(await sample([first], others))
  found.all.push(await sample([first, ...others]))
}

/** What something costs: the median of the differences of samples that were taken one after the other. */
function costOf(having: Sample[], without: Sample[]): number {
  return median(having.map(({ cpuUs }, index) => cpuUs - (without[index]?.cpuUs ?? Number.NaN)))
}

/** New gateways run code that is not compiled yet, and first learn of keys and limits. */
function warmUp(targets: Target[]): Promise<LoadResult[]> {
  return load(targets, WARM_SECONDS)
}

/** At full speed. */
function load(targets: Target[], seconds: number): Promise<LoadResult[]> {
  const connections = Math.floor(CONNECTIONS / targets.length)
  return Promise.all(
    targets.map((target) => runLoad(target, { mode: 'closed', seconds, connections, model })),
  )
}

function cpuOf(found: Sample[]): number {
  return median(found.map(({ cpuUs }) => cpuUs))
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** Loads all of `loaded` at once. `idle` gateways count with what they use. */
async function sample(loaded: Target[], idle: Target[] = []): Promise<Sample> {
  const targets = [...loaded, ...idle]
  const pids = targets.flatMap((target) => target.pids)
  const before = { cpu: cpuSecondsOf(pids), asked: await askedBy(targets) }
  const results = await load(loaded, SECONDS)
  const cpu = cpuSecondsOf(pids) - before.cpu
  const requests = sumOf(results, 'requests')
  const bad = sumOf(results, 'failed') + sumOf(results, 'refused')
  if (bad > 0) throw new Error(`${bad} of ${requests} calls failed`)
  const asked = since(before.asked, await askedBy(targets)).all / SECONDS
  return { cpuUs: (cpu * 1e6) / requests, perSecond: requests / cpu, asked }
}

async function atRate(targets: Target[], ratePerSecond: number, seconds: number): Promise<void> {
  // What is counted here does not depend on cores; that all calls are answered in time does.
  for (const pid of targets.flatMap(({ pids }) => pids)) moveToCore(pid, gatewayCore, helperCore)
  await warmUp(targets)
  const watch = await watchQuestions(databaseDirIn(tempDir), databaseUrlIn(tempDir, 'postgres'))
  const results = await Promise.all(
    targets.map((target) =>
      runLoad(target, {
        mode: 'rate',
        ratePerSecond: ratePerSecond / targets.length,
        seconds: seconds + SETTLE_SECONDS,
        settleSeconds: SETTLE_SECONDS,
        connections: OPEN_CONNECTIONS,
        model,
      }),
    ),
  )
  const counted = watch.stop().slice(SETTLE_SECONDS, SETTLE_SECONDS + seconds)
  const requests = sumOf(results, 'requests')
  const slowest = Math.max(...results.map(({ fromIntended }) => fromIntended.p99Us))
  console.log(
    `${NODES} gateways, ${(requests / seconds).toFixed(0)} calls a second in all for ${seconds} s: ` +
      `${sumOf(results, 'refused')} refused, ${sumOf(results, 'failed')} failed, ` +
      `${sumOf(results, 'unanswered')} not answered; 99 % within ${(slowest / 1000).toFixed(1)} ms\n`,
  )
  console.log('| question | a second | most in one second |')
  console.log('|---|--:|--:|')
  for (const question of QUESTIONS) console.log(askedRow(question, counted, (asked) => asked[question]))
  console.log(askedRow('**asks for money**', counted, ({ take, give_back }) => take + give_back))
  console.log(askedRow('all', counted, ({ all }) => all))
  if (options['limit-usd'])
    console.log(
      `\nasks for money, by second: ${counted.map(({ take, give_back }) => take + give_back).join(' ')}`,
    )
}

function askedRow(name: string, counted: Asked[], of: (asked: Asked) => number): string {
  const figures = counted.map(of)
  const mean = figures.reduce((sum, figure) => sum + figure, 0) / figures.length
  return `| ${name} | ${mean.toFixed(1)} | ${Math.max(...figures)} |`
}

function sumOf(results: LoadResult[], name: 'requests' | 'failed' | 'refused' | 'unanswered'): number {
  return results.reduce((sum, result) => sum + result[name], 0)
}

function row(budgets: string, gateways: number, loaded: number, found: Sample[]): string {
  const of = (name: keyof Sample) => median(found.map((sample) => sample[name]))
  const cells = [
    budgets,
    gateways,
    loaded,
    of('cpuUs').toFixed(1),
    of('perSecond').toFixed(0),
    of('asked').toFixed(1),
  ]
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
