import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startClaviger } from './claviger.ts'
import { runLoad } from './load.ts'
import { buildNatives } from './native.ts'
import { startMock } from './peers.ts'
import { killAll, moveToCore, stopAll } from './processes.ts'
import { cpuSecondsByPid, cpuSecondsSince } from './procfs.ts'
import { type Question, questionsAbout } from './reads-questions.ts'
import { helperCore, model, ports } from './settings.ts'
import type { Target } from './target.ts'
import { fillYear, issueTokens, lookAround, ownerOf, type Who, YEAR } from './year.ts'

/*
 * How long a dashboard waits for each of its lists and sums, and what calls through the gateway notice of it.
 * `node bench/reads.ts --dir DIR` (README.md): the first time it fills DIR, later it finds it filled.
 */

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    ...YEAR,
    only: { type: 'string', default: '' },
    as: { type: 'string', default: 'owner,team admin,builder' },
    beside: { type: 'boolean', default: false },
    rate: { type: 'string', default: '200' },
  },
})

const REPEATS = 30
/** A question that takes long is asked fewer times. */
const LONGEST_MS = 20_000
const BESIDE_SECONDS = 20
const baseUrl = `http://127.0.0.1:${ports.claviger}`

const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'claviger-reads-'))
mkdirSync(dir, { recursive: true })
chmodSync(dir, 0o711)
process.on('exit', killAll)
process.once('SIGINT', () => cleanUp().finally(() => process.exit(130)))

try {
  moveToCore(process.pid, helperCore)
  buildNatives()
  await startMock()
  const target = await startClaviger(dir, { lowPriority: false })
  const owner = ownerOf(dir, baseUrl)
  await fillYear(dir, owner, options)
  const { subject, people } = await lookAround(owner)
  const tokens = await issueTokens(owner, people)
  const questions = questionsAbout(subject).filter(({ name }) => name.includes(options.only))
  if (options.beside) await measureBeside(target, tokens.owner, questions)
  else await measureAll(target, tokens, questions)
} finally {
  await cleanUp()
}

async function measureAll(target: Target, tokens: Record<Who, string>, questions: Question[]): Promise<void> {
  const names = (Object.keys(tokens) as Who[]).filter((name) => options.as.split(',').includes(name))
  console.log(`| p50 / p95 / CPU in ms, as | ${names.join(' | ')} |\n|---|${'--:|'.repeat(names.length)}`)
  for (const question of questions) {
    const cells: string[] = []
    for (const name of names) cells.push(await timesOf(target, tokens[name], question))
    console.log(`| ${question.name} | ${cells.join(' | ')} |`)
  }
}

/** The CPU time is of the program and of its database, for each request: what it takes on a machine with nothing else to do. */
async function timesOf(target: Target, token: string, question: Question): Promise<string> {
  const first = await ask(token, question)
  if (first.status !== 200) return `(${first.status})`
  const times: number[] = []
  const pids = () => [...target.pids, ...target.helperPids()]
  const before = cpuSecondsByPid(pids())
  const end = performance.now() + LONGEST_MS
  while (times.length < REPEATS && performance.now() < end) times.push((await ask(token, question)).ms)
  const cpuMs = (cpuSecondsSince(before, pids()) * 1000) / times.length
  times.sort((one, other) => one - other)
  const at = (share: number) =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(0)
  return `${at(0.5)} / ${at(0.95)} / ${cpuMs.toFixed(0)}`
}

async function ask(
  token: string,
  { operation, params = {}, query = {}, body }: Question,
): Promise<{ status: number; ms: number }> {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => params[name] ?? '')
  const start = performance.now()
  const answer = await fetch(`${baseUrl}/api${path}?${new URLSearchParams(query)}`, {
    method: operation.method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  await answer.arrayBuffer()
  return { status: answer.status, ms: performance.now() - start }
}

/** Calls at a fixed rate, alone and beside people who look at their dashboards, in turn; medians of three. */
async function measureBeside(target: Target, token: string, questions: Question[]): Promise<void> {
  console.log(
    '| calls through the gateway | p50 ms | p99 ms | p99.9 ms | failed | reads a second |\n|---|--:|--:|--:|--:|--:|',
  )
  const load = {
    mode: 'rate',
    ratePerSecond: Number(options.rate),
    seconds: BESIDE_SECONDS,
    connections: 32,
    settleSeconds: 2,
    model,
  } as const
  for (let round = 0; round < 3; round++) {
    for (const readers of [0, 1, 4]) {
      const stop = new AbortController()
      let reads = 0
      const reading = Array.from({ length: readers }, async (_, reader) => {
        for (let next = reader * 7; !stop.signal.aborted; next++) {
          const question = questions[next % questions.length]
          if (question) await ask(token, question)
          reads++
        }
      })
      const { fromIntended: us, failed, refused, seconds } = await runLoad(target, load)
      stop.abort()
      await Promise.all(reading)
      const ms = [us.p50Us, us.p99Us, us.p999Us].map((value) => (value / 1000).toFixed(2))
      const name = readers === 0 ? 'alone' : `beside ${readers} reading without a pause`
      console.log(`| ${name} | ${ms.join(' | ')} | ${failed + refused} | ${(reads / seconds).toFixed(1)} |`)
    }
  }
}

async function cleanUp(): Promise<void> {
  await stopAll()
  if (options.dir === undefined) rmSync(dir, { recursive: true, force: true })
}
