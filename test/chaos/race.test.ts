import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { formatUsd } from '../../src/domain/money.ts'
import { type GatewayWorld, gatewayWorld } from '../gateway-world.ts'

const PATIENTLY = { timeout: 10_000 }

const CALLS = 200
const AFFORDED = 7
const OUTPUT_TOKENS = 20
const BODY = JSON.stringify({
  model: 'tiny',
  max_completion_tokens: OUTPUT_TOKENS,
  messages: [{ role: 'user', content: 'Hello' }],
})
/** The most input that so many bytes can be, with what a provider's template adds. */
const INPUT_TOKENS = BODY.length + 64
/** At `tiny`'s prices of 1 and 10 USD per million tokens. */
const WORST_CASE = BigInt(INPUT_TOKENS) * 1_000n + BigInt(OUTPUT_TOKENS) * 10_000n
const ONE_NANO_USD_SHORT_OF_ANOTHER = formatUsd(BigInt(AFFORDED + 1) * WORST_CASE - 1n)

let world: GatewayWorld

beforeAll(async () => {
  world = await gatewayWorld()
  await world.addModel('tiny')
})

afterAll(() => world[Symbol.asyncDispose]())

beforeEach(() => {
  world.fake.reset()
  world.fake.behave({ usage: { input: INPUT_TOKENS, output: OUTPUT_TOKENS } })
})

const TERMS = { limitUsd: ONE_NANO_USD_SHORT_OF_ANOTHER, period: 'total', onShort: 'deny' }
const BUDGET = { type: 'insufficient_quota', code: 'budget_exceeded', claviger: { limit: 'budget' } }
const RATE = { type: 'rate_limit_error', code: 'rate_limit_exceeded', claviger: { limit: 'rate_limit' } }

test.each([
  ["a key's budget", { budgets: [TERMS] }, BUDGET, 'false'],
  ['a limit of concurrent calls', { rateLimit: { concurrentCalls: AFFORDED } }, RATE, null],
  ['a limit of requests per minute', { rateLimit: { requestsPerMinute: AFFORDED } }, RATE, null],
  ['a limit of tokens per minute', { rateLimit: { tokensPerMinute: AFFORDED * tokensHeld() } }, RATE, null],
])(`of ${CALLS} calls at once, %s lets exactly ${AFFORDED} through`, async (_, rule, error, shouldRetry) => {
  const { secret } = await world.issueKey(rule)
  const refused = await race([secret])
  for (const answer of refused) {
    expect(answer.headers.get('x-should-retry')).toBe(shouldRetry)
    expect(await answer.json()).toMatchObject({ error })
  }
})

test(`of ${CALLS} calls at once with four keys, their team's budget lets exactly ${AFFORDED} through, and no other later`, async () => {
  const scope = { type: 'team', id: world.ids.team }
  const { id: budgetId } = await world.make('budgetCreate', { body: { scope, name: 'shared', ...TERMS } })
  const keys = await Promise.all([1, 2, 3, 4].map(() => world.issueKey()))
  await race(keys.map(({ secret }) => secret))
  const later = await callWith(keys[0]?.secret ?? '')
  expect(await later.json()).toMatchObject({
    error: { ...BUDGET, claviger: { scope: 'team', id: budgetId } },
  })
  await expect.poll(() => spentOf(budgetId), PATIENTLY).toBe(BigInt(AFFORDED) * WORST_CASE)
})

/** Nothing is answered before all calls have either been refused or reached the provider. Answers the refused ones. */
async function race(secrets: string[]): Promise<Response[]> {
  const gate = Promise.withResolvers<void>()
  world.fake.behave({ gate: gate.promise })
  const refused: Response[] = []
  const calls = Array.from({ length: CALLS }, async (_, index) => {
    const answer = await callWith(secrets[index % secrets.length] ?? '')
    if (answer.status !== 200) refused.push(answer)
    else await answer.arrayBuffer()
    return answer.status
  })
  await expect.poll(() => refused.length + world.fake.calls.length, { timeout: 20_000 }).toBe(CALLS)
  expect(world.fake.active()).toBe(world.fake.calls.length)
  gate.resolve()
  const statuses = await Promise.all(calls)
  expect(world.fake.calls).toHaveLength(AFFORDED)
  expect(world.fake.bill).toHaveLength(AFFORDED)
  expect(statuses.filter((status) => status === 200)).toHaveLength(AFFORDED)
  expect(statuses.filter((status) => status === 429)).toHaveLength(CALLS - AFFORDED)
  return refused
}

function callWith(secret: string): Promise<Response> {
  return world.post('/v1/chat/completions', BODY, { authorization: `Bearer ${secret}` })
}

/** What a call counts against tokens per minute before its usage is known. */
function tokensHeld(): number {
  return Math.ceil(BODY.length / 4) + OUTPUT_TOKENS
}

async function spentOf(budgetId: string): Promise<bigint | undefined> {
  const windows = world.app.db.selectFrom('budgetWindows').select('spentNanoUsd')
  return (await windows.where('budgetId', '=', budgetId).executeTakeFirst())?.spentNanoUsd
}
