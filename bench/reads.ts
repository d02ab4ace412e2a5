import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Client, call } from '../src/contract/client.ts'
import { grantList } from '../src/contract/grants.ts'
import { keyList } from '../src/contract/keys.ts'
import { organizationUpdate } from '../src/contract/organization.ts'
import { providerList } from '../src/contract/providers.ts'
import { tokenCreate } from '../src/contract/tokens.ts'
import { connectOnce } from '../src/db/connect.ts'
import { databaseUrlIn, startClaviger } from './claviger.ts'
import { runLoad } from './load.ts'
import { buildNatives } from './native.ts'
import { startMock } from './peers.ts'
import { killAll, moveToCore, start, stopAll } from './processes.ts'
import { cpuSecondsOf } from './procfs.ts'
import { type Question, questionsAbout, type Subject } from './reads-questions.ts'
import { helperCore, model, ports } from './settings.ts'
import type { Target } from './target.ts'

/*
 * How long a dashboard waits for each of its lists and sums, and what calls through the gateway notice of it.
 * `node bench/reads.ts --dir DIR` (README.md): the first time it fills DIR, later it finds it filled.
 */

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    keys: { type: 'string', default: '10000' },
    users: { type: 'string', default: '500' },
    days: { type: 'string', default: '400' },
    calls: { type: 'string', default: '5000000' },
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
  const owner = clientOf(readFileSync(join(dir, 'owner-token'), 'utf8').trim())
  await fill(owner)
  const { subject, people } = await lookAround(owner)
  const questions = questionsAbout(subject).filter(({ name }) => name.includes(options.only))
  if (options.beside) await measureBeside(target, people.owner, questions)
  else await measureAll(target, people, questions)
} finally {
  await cleanUp()
}

/** Fills the installation once, and waits until all of its days are added up. */
async function fill(owner: Client): Promise<void> {
  if (!existsSync(join(dir, 'filled'))) {
    await call(owner, organizationUpdate, { body: { timeZone: 'Europe/Berlin' } })
    const sizes = (['keys', 'users', 'days', 'calls'] as const).flatMap((name) => [
      `--${name}`,
      options[name],
    ])
    const command = [process.execPath, join(import.meta.dirname, '..', 'scripts', 'seed.ts'), ...sizes]
    const env = {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrlIn(dir),
      CLAVIGER_DATA_DIR: join(dir, 'claviger-data'),
    }
    const { child, output } = start('seed', helperCore, command, { env })
    const code = await new Promise((resolve) => child.once('close', resolve))
    console.log(output())
    if (code !== 0) throw new Error('The seed failed.')
    mkdirSync(join(dir, 'filled'))
  }
  const client = await connectOnce(databaseUrlIn(dir), 'bench')
  try {
    for (let before = -1, quiet = 0; quiet < 5; await sleep(2_000)) {
      const { rows } = await client.query('select count(*)::int as units from usage_units')
      quiet = rows[0].units === before ? quiet + 1 : 0
      before = rows[0].units
    }
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
}

type People = Record<'owner' | 'team admin' | 'builder', string>

/** Tokens of three people, and things of the team of the last two. */
async function lookAround(owner: Client): Promise<{ subject: Subject; people: People }> {
  const holder = async (query: { teamId?: string; role: string }) =>
    (await call(owner, grantList, { query: { ...query, limit: 200 } })).data.find(
      ({ scopeType, userId }) => scopeType === 'team' && userId !== null,
    )
  const admin = await holder({ role: 'admin' })
  const teamId = admin?.teamId ?? ''
  const builder = await holder({ role: 'builder', teamId })
  const token = async (userId: string) =>
    (await call(owner, tokenCreate, { body: { name: `bench ${Date.now()}`, userId, production: true } }))
      .secret
  if (!admin?.userId || !builder?.userId) throw new Error('The seed has a team with an admin and a builder.')
  const { data: keys } = await call(owner, keyList, { query: { teamId, limit: 200 } })
  const { data: providers } = await call(owner, providerList, { query: {} })
  const key = keys.find(({ userId }) => userId === null) ?? keys[0]
  if (!key) throw new Error('The team has no keys.')
  return {
    subject: {
      teamId,
      projectId: key.projectId,
      environmentId: key.environmentId,
      keyId: key.id,
      userId: builder.userId,
      providerId: providers.find(({ name }) => name === 'openai-seed')?.id ?? '',
      keyIds: keys.map(({ id }) => id),
    },
    people: {
      owner: owner.token ?? '',
      'team admin': await token(admin.userId),
      builder: await token(builder.userId),
    },
  }
}

async function measureAll(target: Target, people: People, questions: Question[]): Promise<void> {
  const names = (Object.keys(people) as (keyof People)[]).filter((name) =>
    options.as.split(',').includes(name),
  )
  console.log(`| p50 / p95 / CPU in ms, as | ${names.join(' | ')} |\n|---|${'--:|'.repeat(names.length)}`)
  for (const question of questions) {
    const cells: string[] = []
    for (const name of names) cells.push(await timesOf(target, people[name], question))
    console.log(`| ${question.name} | ${cells.join(' | ')} |`)
  }
}

/** The CPU time is of the program and of its database, for each request: what it takes on a machine with nothing else to do. */
async function timesOf(target: Target, token: string, question: Question): Promise<string> {
  const first = await ask(token, question)
  if (first.status !== 200) return `(${first.status})`
  const times: number[] = []
  const cpuSeconds = () => cpuSecondsOf([...target.pids, ...target.helperPids()])
  const before = cpuSeconds()
  const end = performance.now() + LONGEST_MS
  while (times.length < REPEATS && performance.now() < end) times.push((await ask(token, question)).ms)
  const cpuMs = ((cpuSeconds() - before) * 1000) / times.length
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

function clientOf(token: string): Client {
  return { baseUrl, token, fetch }
}

async function cleanUp(): Promise<void> {
  await stopAll()
  if (options.dir === undefined) rmSync(dir, { recursive: true, force: true })
}
