import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { budgetCreate } from '../../src/contract/budgets.ts'
import { call } from '../../src/contract/client.ts'
import { formatUsd } from '../../src/domain/money.ts'
import { testDatabase } from '../database.ts'
import { type Program, startProgram, testDataDirectory } from '../program.ts'
import { sum } from './bill.ts'
import { readBooks } from './books.ts'
import { install } from './installation.ts'

const PATIENTLY = { timeout: 20_000 }

const CALLS = 90
const AFFORDED = 7
const OUTPUT_TOKENS = 20
/** The fake provider begins an answer to it, and never ends. */
const BODY = JSON.stringify({
  model: 'fake-hang',
  stream: true,
  max_completion_tokens: OUTPUT_TOKENS,
  messages: [{ role: 'user', content: 'Hello' }],
})
/** As in `race.test.ts`: the bytes and a template at 1 USD per million tokens, the output at 10. */
const WORST_CASE = BigInt(BODY.length + 64) * 1_000n + BigInt(OUTPUT_TOKENS) * 10_000n

/** A gateway of an installation that is there already. */
type Gateway = { program: Program; url: string }

test(`of ${CALLS} calls at once on three gateways exactly ${AFFORDED} fit, and what a killed one held stays charged`, async () => {
  await using database = await testDatabase()
  const shared = {
    DATABASE_URL: database.url,
    CLAVIGER_ROOT_KEY: randomBytes(32).toString('base64'),
    CLAVIGER_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    CLAVIGER_DRAIN_SECONDS: '1',
  }
  await using installation = await install(shared)
  await installation.addModels('fake-hang')
  using two = testDataDirectory()
  using three = testDataDirectory()
  await using programs = new AsyncDisposableStack()
  const startGateway = async (dataDir: string): Promise<Gateway> => {
    const program = startProgram({ ...shared, CLAVIGER_DATA_DIR: dataDir, ROLES: 'gateway' })
    programs.defer(async () => {
      program.process.kill('SIGKILL')
      await program.ended
    })
    const said = await program.untilSaid('reachable')
    return { program, url: new URL(/health +(\S+)/.exec(said)?.[1] ?? '').origin }
  }
  const others = await Promise.all([two.path, three.path].map(startGateway))
  const scope = { type: 'team' as const, id: installation.ids.team }
  const limitUsd = formatUsd(BigInt(AFFORDED + 1) * WORST_CASE - 1n)
  await call(installation.client, budgetCreate, {
    body: { scope, name: 'shared', period: 'total', limitUsd, onShort: 'deny' },
  })
  const { secret } = await installation.issueKey()

  const urls = [installation.url, ...others.map(({ url }) => url)]
  const callAt = async (url: string) => ({ url, answer: await callOn(url, secret) })
  const answers: Awaited<ReturnType<typeof callAt>>[] = []
  for (const url of urls) answers.push(await callAt(url))
  const rest = Array.from({ length: CALLS - urls.length }, (_, index) => urls[index % urls.length] ?? '')
  answers.push(...(await Promise.all(rest.map(callAt))))
  const statuses = answers.map(({ answer }) => answer.status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(AFFORDED)
  expect(statuses.filter((status) => status === 429)).toHaveLength(CALLS - AFFORDED)
  expect((await installation.provider.state()).active).toBe(AFFORDED)

  const [killed] = others
  if (!killed) throw new Error('there is no other gateway')
  const held = answers.filter(({ url, answer }) => url === killed.url && answer.status === 200).length
  expect(held).toBeGreaterThan(0)
  killed.program.process.kill('SIGKILL')
  expect(await killed.program.ended).toBe('SIGKILL')
  // That others had no more was said a moment ago, and holds for up to a second.
  const notYet = () => callOn(installation.url, secret).then(({ status }) => status)
  await expect.poll(notYet, PATIENTLY).toBe(503)
  const out = await callOn(installation.url, secret)
  expect(out.headers.get('retry-after')).toBe('5')
  expect(out.headers.has('x-should-retry')).toBe(false)
  expect(await out.json()).toMatchObject({
    error: { code: 'budget_out_of_reach', claviger: { out_of_reach_usd: expect.any(String) } },
  })
  const metrics = await (await fetch(`${installation.url}/metrics`)).text()
  expect(metrics).toMatch(/^claviger_gateway_refused_total\{code="budget_out_of_reach"\} [1-9]/m)
  await startGateway(two.path)

  await using db = installation.db()
  await expect
    .poll(async () => (await readBooks(db)).rows.filter(({ cost }) => cost > 0n).length, PATIENTLY)
    .toBe(held)
  const { rows, windows } = await readBooks(db)
  for (const row of rows.filter(({ cost }) => cost > 0n)) {
    expect(row).toMatchObject({ cost: WORST_CASE, hold: WORST_CASE, estimated: true })
  }
  expect(windows).toMatchObject([{ spent: BigInt(held) * WORST_CASE, over: 0n }])
  expect((await callOn(installation.url, secret)).status, 'the others still hold the rest').toBe(429)
  expect(sum(rows.map(({ cost }) => cost))).toBe(BigInt(held) * WORST_CASE)
}, 120_000)

function callOn(url: string, secret: string): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: BODY,
  })
}
