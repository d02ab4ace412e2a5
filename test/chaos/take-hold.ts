import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { budgetCreate, budgetUpdate } from '../../src/contract/budgets.ts'
import { call } from '../../src/contract/client.ts'
import { keyRevoke, keySuspend } from '../../src/contract/keys.ts'
import { policySet } from '../../src/contract/policies.ts'
import { rateLimitCreate, rateLimitUpdate } from '../../src/contract/rate-limits.ts'
import { startProgram, testDataDirectory } from '../program.ts'
import { embeddedUrl, type Installation, install } from './installation.ts'
import { lastError, type OpenStream, openStream } from './stream.ts'

/*
 * How long it takes until a change is in force everywhere: three gateway processes on one database, a stream open on
 * each, and a change asked of the control plane. The time runs from the moment the change is sent, so it includes
 * making the change. `node test/chaos/take-hold.ts [--rounds 60]` prints the table for docs/gateway.md.
 */

/** Milliseconds from the change, one for each gateway and round. */
export type Measured = {
  change: string
  /** Until the open stream had ended, with an error event; none when the change lets it go on. */
  cut: number[]
  /** Until the first new call was refused. */
  refused: number[]
}

type Change = {
  name: string
  /** What new calls are told, and the error event of the open stream. */
  code: string
  streamsGoOn?: boolean
  /** Prepares a key, and returns how it is changed. */
  make(installation: Installation): Promise<{ secret: string; change: () => Promise<unknown> }>
}

const CHANGES: Change[] = [
  {
    name: 'key revoked',
    code: 'key_revoked',
    async make({ issueKey, client }) {
      const { id, secret } = await issueKey()
      return {
        secret,
        change: () => call(client, keyRevoke, { params: { keyId: id }, body: { reason: 'a test' } }),
      }
    },
  },
  {
    name: 'key suspended',
    code: 'key_suspended',
    async make({ issueKey, client }) {
      const { id, secret } = await issueKey()
      return {
        secret,
        change: () => call(client, keySuspend, { params: { keyId: id }, body: { reason: 'a test' } }),
      }
    },
  },
  {
    name: 'model taken out of the policy',
    code: 'model_not_allowed',
    async make({ issueKey, client }) {
      const { id, secret } = await issueKey()
      const params = { scopeType: 'key' as const, scopeId: id }
      return { secret, change: () => call(client, policySet, { params, body: { models: [] } }) }
    },
  },
  {
    name: 'limit lowered below what is used',
    code: 'budget_exceeded',
    async make({ issueKey, client }) {
      const { id, secret } = await issueKey()
      const scope = { type: 'key' as const, id }
      const { id: budgetId } = await call(client, budgetCreate, {
        body: { scope, name: 'pocket money', period: 'month', limitUsd: '10' },
      })
      const body = { limitUsd: '0.000001' }
      return { secret, change: () => call(client, budgetUpdate, { params: { budgetId }, body }) }
    },
  },
  {
    name: 'rate limit lowered below what counts',
    code: 'rate_limit_exceeded',
    streamsGoOn: true,
    async make({ issueKey, client }) {
      const { id, secret } = await issueKey()
      const scope = { type: 'key' as const, id }
      const { id: rateLimitId } = await call(client, rateLimitCreate, {
        body: { scope, requestsPerMinute: 100_000 },
      })
      const body = { requestsPerMinute: 1 }
      return { secret, change: () => call(client, rateLimitUpdate, { params: { rateLimitId }, body }) }
    },
  },
]

/** Three gateways, of which the first has the control plane as well. */
export async function measureChanges(rounds: number): Promise<Measured[]> {
  await using opened = new AsyncDisposableStack()
  const shared = {
    CLAVIGER_ROOT_KEY: randomBytes(32).toString('base64'),
    CLAVIGER_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    CLAVIGER_DRAIN_SECONDS: '1',
  }
  const installation = opened.use(await install(shared))
  await installation.addModels('fake-hang')
  const urls = [installation.url]
  for (let more = 0; more < 2; more++) {
    const directory = opened.use(testDataDirectory())
    const program = startProgram({
      ...shared,
      DATABASE_URL: embeddedUrl(installation.dataDir),
      CLAVIGER_DATA_DIR: directory.path,
      ROLES: 'gateway',
    })
    opened.defer(async () => {
      program.process.kill('SIGTERM')
      await program.ended
    })
    const said = await program.untilSaid('reachable')
    urls.push(new URL(/health +(\S+)/.exec(said)?.[1] ?? '').origin)
  }
  const measured: Measured[] = []
  for (const change of CHANGES) {
    const all: Measured = { change: change.name, cut: [], refused: [] }
    for (let round = 0; round < rounds; round++) {
      const { cut, refused } = await measureOne(installation, urls, change)
      all.cut.push(...cut)
      all.refused.push(...refused)
    }
    measured.push(all)
  }
  return measured
}

async function measureOne(
  installation: Installation,
  urls: readonly string[],
  { make, code, streamsGoOn = false }: Change,
) {
  const { secret, change } = await make(installation)
  const streams = await Promise.all(urls.map((url) => openStream(url, secret, 'fake-hang')))
  const from = performance.now()
  const since = () => performance.now() - from
  const changed = change()
  const ending = streamsGoOn ? [] : streams
  const cut = Promise.all(ending.map((stream) => untilCut(stream, code).then(since)))
  const refused = Promise.all(urls.map((url) => untilRefused(url, secret, code).then(since)))
  await changed
  const measured = { cut: await cut, refused: await refused }
  if (streamsGoOn) await hangUpAll(streams)
  return measured
}

async function hangUpAll(streams: readonly OpenStream[]): Promise<void> {
  for (const { text } of streams) {
    const ended = await Promise.race([text, sleep(0, null)])
    if (ended !== null) throw new Error(`A stream that should go on has ended: ${ended.slice(-300)}`)
  }
  for (const stream of streams) stream.hangUp()
}

async function untilCut({ text }: OpenStream, code: string): Promise<void> {
  const all = await text
  if (lastError(all)?.code !== code)
    throw new Error(`The stream did not end with the error ${code}: ${all.slice(-300)}`)
}

const EVERY_MS = 10

async function untilRefused(url: string, secret: string, code: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'fake-hang', max_output_tokens: 16, input: 'Hello', stream: true }),
    })
    if (answer.status >= 400) {
      const text = await answer.text()
      if (!text.includes(`"code":"${code}"`)) throw new Error(`A call was not refused with ${code}: ${text}`)
      return
    }
    await answer.body?.cancel()
    await sleep(EVERY_MS)
  }
}

/** Nearest rank. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN
}

/** A table in Markdown, in milliseconds. */
export function tableOf(measured: readonly Measured[]): string {
  const rows = measured.flatMap(({ change, cut, refused }) => [
    ...(cut.length > 0 ? [[change, 'open stream cut', ...figures(cut)]] : []),
    [change, 'new call refused', ...figures(refused)],
  ])
  const head = ['change', 'until', 'times', 'p50', 'p99', 'max']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function figures(times: readonly number[]): string[] {
  const sorted = times.toSorted((one, other) => one - other)
  const shown = [50, 99, 100].map((percent) => `${Math.round(percentile(sorted, percent))} ms`)
  return [String(times.length), ...shown]
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '60' } } })
  process.stdout.write(`${tableOf(await measureChanges(Number(values.rounds)))}\n`)
}
