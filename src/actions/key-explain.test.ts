import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueToken, operationNamed } from '../../test/control-plane.ts'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import { visitOf } from '../app.ts'
import { formatUsd } from '../domain/money.ts'
import { createSession } from './sessions.ts'

let world: GatewayWorld
beforeAll(async () => {
  world = await gatewayWorld()
  await world.addModel('tiny')
  await world.make('modelCreate', {
    body: { name: 'dear', providerId: world.ids.openai, upstreamModel: 'nobody-knows', contextWindow: 1000 },
  })
})
afterAll(() => world?.[Symbol.asyncDispose]())

const messages = [{ role: 'user', content: 'Hello' }]

async function explained(keyId: string, body: object, token = world.api.owner) {
  const answer = await world.api.send(operationNamed('keyExplain'), { params: { keyId }, body }, { token })
  expect([answer.status, answer.body.detail]).toEqual([200, undefined])
  return answer.body
}

describe('says of a call what the gateway then says', () => {
  type Case = [what: string, more: object, call: { model?: string; max_tokens?: number }, code: string | null]
  const day = (limitUsd: string, more = {}) => ({ budgets: [{ period: 'day', limitUsd, ...more }] })
  test.each<Case>([
    ['it passes', day('5'), {}, null],
    ['a policy refuses the model', { policy: { models: ['claude-*'] } }, {}, 'model_not_allowed'],
    [
      'a policy refuses the operation',
      { policy: { operations: ['embeddings'] } },
      {},
      'operation_not_allowed',
    ],
    ['a policy refuses the provider', { policy: { providers: ['anthropic'] } }, {}, 'provider_not_allowed'],
    ['there is no such model', {}, { model: 'none' }, 'model_not_found'],
    ['nobody knows what it costs', {}, { model: 'dear' }, 'price_unknown'],
    ['the budget is too small', day('0.0001', { onShort: 'deny' }), {}, 'budget_exceeded'],
    ['a soft budget is too small', day('0.0001', { kind: 'soft' }), {}, null],
    ['its tokens can never pass', { rateLimit: { tokensPerMinute: 10 } }, {}, 'rate_limit_exceeded'],
    ['the key is not valid yet', { notBefore: '2090-01-01T00:00:00Z' }, {}, 'key_not_yet_valid'],
  ])('%s', async (_, more, call, code) => {
    const { id, secret } = await world.issueKey(more)
    const body = JSON.stringify({ model: 'tiny', messages, max_tokens: 50, ...call })
    const { model, max_tokens: maxOutputTokens } = JSON.parse(body)
    const said = await explained(id, { model, maxOutputTokens, inputTokens: body.length })
    expect([said.allowed, said.refusal?.code ?? null]).toEqual([code === null, code])

    const answer = await world.post('/v1/chat/completions', body, { authorization: `Bearer ${secret}` })
    // biome-ignore lint/suspicious/noExplicitAny: an answer may be anything; the test looks into it.
    const answered: any = await answer.json()
    expect([answered.error?.code ?? null, answer.status]).toEqual([code, said.refusal?.status ?? 200])
    if (said.refusal) expect(answered.error.message).toBe(said.refusal.message)
    const held = async () => (await world.usage()).find((row) => row.keyId === id && row.attempt === 1)
    if (code !== null) return
    await expect.poll(held).toBeDefined()
    expect(said.call.hold.usd).toBe(formatUsd((await held())?.holdNanoUsd ?? -1n))
  })

  test('the environment has no credential for it', async () => {
    const inProject = { projectId: world.ids.project, kind: 'development', name: 'bare' }
    const { id: environmentId } = await world.make('environmentCreate', { body: inProject })
    const { id } = await world.issueKey({ environmentId })
    const said = await explained(id, { model: 'tiny' })
    expect(said).toMatchObject({ allowed: false, refusal: { code: 'no_credential' }, call: { route: null } })
  })

  test('the key was suspended, or its address is not listed', async () => {
    const { id } = await world.issueKey({ policy: { ipAllowlist: ['10.0.0.0/8'] } })
    expect((await explained(id, { model: 'tiny', ip: '192.0.2.1' })).refusal.code).toBe('ip_not_allowed')
    expect((await explained(id, { model: 'tiny', ip: '10.1.2.3' })).allowed).toBe(true)
    await world.make('keySuspend', { params: { keyId: id }, body: { reason: 'a test' } })
    expect((await explained(id, { model: 'tiny', ip: '10.1.2.3' })).refusal.code).toBe('key_suspended')
  })

  test('its output would be cut', async () => {
    const { id } = await world.issueKey(day('0.0015'))
    const { allowed, call } = await explained(id, { model: 'tiny', inputTokens: 36 })
    // 100 tokens in cost 0.0001; the model's 100 out 0.001: it fits. The half of it does not buy all of them.
    expect([allowed, call.hold.usd, call.hold.outputCutTo]).toEqual([true, '0.0011', null])
    const { id: poor } = await world.issueKey(day('0.0006'))
    const cut = await explained(poor, { model: 'tiny', inputTokens: 36 })
    expect([cut.allowed, cut.call.hold.usd, cut.call.hold.outputCutTo]).toEqual([true, '0.0006', 50])
  })

  test('a key that its owner has not opened yet cannot be used', async () => {
    const { id: userId } = await world.make('userCreate', { body: { email: 'bo@example.com', name: 'Bo' } })
    await world.make('grantCreate', { body: { userId, role: 'viewer', projectId: world.ids.project } })
    const body = { environmentId: world.ids.environment, name: 'delivered', userId }
    const { key } = await world.make('deliveryCreate', { body })
    expect((await explained(key.id, {})).refusal.code).toBe('invalid_api_key')
  })
})

test('without a model it says how the key stands: every rule, at its level, with what is left and until when', async () => {
  const { team } = world.ids
  const scope = { type: 'team', id: team }
  const budget = await world.make('budgetCreate', {
    body: { scope, name: 'Of the team', limitUsd: '500', period: 'month', modelPattern: 'claude-*' },
  })
  const { id } = await world.issueKey({ rateLimit: { requestsPerMinute: 6 }, policy: { models: ['tiny'] } })
  const said = await explained(id, {})
  expect(said).toMatchObject({ keyId: id, allowed: true, refusal: null, call: null, trainingOverdue: [] })
  expect(said.rules).toEqual([
    expect.objectContaining({ kind: 'policy', scope: { type: 'key', id }, binds: false, id: null }),
    expect.objectContaining({
      kind: 'budget',
      id: budget.id,
      scope,
      allows: null,
      binds: true,
      readable: true,
    }),
    expect.objectContaining({ kind: 'rate-limit', scope: { type: 'key', id }, binds: false }),
  ])
  expect(said.rules[1].budget).toMatchObject({
    name: 'Of the team',
    limitUsd: '500.00',
    remainingUsd: '500.00',
    resetsAt: budget.window.resetsAt,
  })
  expect(said.rules[2].rateLimit.requestsPerMinute).toBe(6)
  await world.make('budgetDelete', { params: { budgetId: budget.id } })
})

test('it says what is left of a rate limit, as the gateway knows it', async () => {
  const rateLimit = { requestsPerMinute: 6, concurrentCalls: 2 }
  const { id, secret } = await world.issueKey({ rateLimit })
  const left = async () => (await explained(id, {})).rules[0].rateLimit.left
  const unknown = { requests: null, tokens: null, concurrent: null, inAll: true }
  expect(await left()).toEqual(unknown)
  const body = JSON.stringify({ model: 'tiny', messages, max_tokens: 50 })
  const call = () => world.post('/v1/chat/completions', body, { authorization: `Bearer ${secret}` })
  for (let calls = 0; calls < 2; calls++) await (await call()).text()
  await expect.poll(left).toEqual({ ...unknown, requests: 4, concurrent: 2 })
  const answer = await call()
  await answer.text()
  expect((await left()).requests).toBe(Number(answer.headers.get('x-ratelimit-remaining-requests')))
})

describe('who explains a key', () => {
  test('sees of rules that they may not read no name and no figure', async () => {
    const organization = await world.make('organizationView', {})
    const budget = await world.make('budgetCreate', {
      body: {
        scope: { type: 'organization', id: organization.id },
        name: 'Plans of the board',
        limitUsd: '0.0001234',
        period: 'total',
        onShort: 'deny',
      },
    })
    const { secret } = await issueToken(world.app, { role: 'viewer', projectId: world.ids.project })
    for (const body of [{}, { model: 'tiny', maxOutputTokens: 50 }]) {
      const said = await explained(world.key.id, body, secret)
      const rule = said.rules.find(({ kind }: { kind: string }) => kind === 'budget')
      expect(rule).toMatchObject({ readable: false, id: null, budget: null, scope: { type: 'organization' } })
      expect(JSON.stringify(said)).not.toMatch(/board|0\.0001|bud_/)
      expect(said.allowed).toBe(!('model' in body))
    }
    const said = await explained(world.key.id, { model: 'tiny', maxOutputTokens: 50 })
    expect(said.refusal.message).toContain('Plans of the board')
    await world.make('budgetDelete', { params: { budgetId: budget.id } })
  })

  test('and owns it, sees what is set on it and on them, whatever roles they have', async () => {
    const { userId } = await issueToken(world.app, { role: 'developer' })
    const session = { userId, kind: 'cli', methods: ['pwd'], mfa: false } as const
    const { secret: token } = await createSession(visitOf(world.app), session)
    await world.make('grantCreate', { body: { userId, role: 'viewer', projectId: world.ids.project } })
    const { id } = await world.issueKey({
      userId,
      serviceAccountId: undefined,
      rateLimit: { requestsPerMinute: 6 },
    })
    const ofUser = { scope: { type: 'user', id: userId }, limitUsd: '5', period: 'day' }
    await world.make('budgetCreate', { body: ofUser })
    const said = await explained(id, {}, token)
    expect(said.rules.map(({ readable }: { readable: boolean }) => readable)).toEqual([true, true])
    expect(said.rules[0].budget.remainingUsd).toBe('5.00')

    const { secret: another } = await issueToken(world.app, { role: 'viewer', projectId: world.ids.project })
    const seen = await explained(id, {}, another)
    expect(seen.rules.map(({ readable }: { readable: boolean }) => readable)).toEqual([false, true])
    expect(seen.trainingOverdue).toBeNull()
    expect(JSON.stringify(seen)).not.toContain('@')
  })

  test('and owns it, sees of wider rules the limit that refuses first and no other, and of policies the refusal', async () => {
    const { userId } = await issueToken(world.app, { role: 'developer' })
    const session = { userId, kind: 'cli', methods: ['pwd'], mfa: false } as const
    const { secret: token } = await createSession(visitOf(world.app), session)
    await world.make('grantCreate', { body: { userId, role: 'viewer', projectId: world.ids.project } })
    const { id } = await world.issueKey({ userId, serviceAccountId: undefined })
    const { id: organization } = await world.make('organizationView', {})
    const small = { limitUsd: '0.0001234', period: 'total', onShort: 'deny' }
    const budgets = await Promise.all(
      [
        { type: 'organization', id: organization },
        { type: 'team', id: world.ids.team },
      ].map((scope) => world.make('budgetCreate', { body: { ...small, scope } })),
    )
    const said = await explained(id, { model: 'tiny', maxOutputTokens: 50 }, token)
    const ofBudgets = said.rules.filter(({ kind }: { kind: string }) => kind === 'budget')
    expect(ofBudgets.map(({ code }: { code: string }) => code)).toEqual([
      'budget_exceeded',
      'budget_exceeded',
    ])
    for (const { binds, readable, budget } of ofBudgets) {
      expect([readable, budget !== null]).toEqual([binds, binds])
    }
    for (const { id: budgetId } of budgets) await world.make('budgetDelete', { params: { budgetId } })

    const params = { scopeType: 'team', scopeId: world.ids.team }
    await world.make('policySet', { params, body: { models: ['secret-plan-*'] } })
    const refused = await explained(id, { model: 'tiny' }, token)
    expect(refused.refusal.code).toBe('model_not_allowed')
    expect(JSON.stringify(refused.rules)).not.toContain('secret-plan')
    await world.make('policySet', { params, body: {} })
  })
})
