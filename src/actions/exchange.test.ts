import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, operationNamed } from '../../test/control-plane.ts'
import { databaseText } from '../../test/database-text.ts'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import { until } from '../../test/raw-peer.ts'
import { type TestIssuer, testIssuer } from '../../test/test-issuer.ts'

const AUDIENCE = 'https://claviger.example.com'
const CHECKOUT = 'system:serviceaccount:shop:checkout'
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt'

let world: GatewayWorld
let issuer: TestIssuer
beforeAll(async () => {
  world = await gatewayWorld()
  issuer = await testIssuer(AUDIENCE)
  await world.addModel('gpt-shop')
  await world.addModel('gpt-other')
})
afterAll(async () => {
  await issuer?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})
beforeEach(() => world.app.db.deleteFrom('throttles').execute())

let rules = 0
const newRule = (more: object = {}) =>
  world.make('trustRuleCreate', {
    body: {
      serviceAccountId: world.ids.serviceAccount,
      environmentId: world.ids.environment,
      name: `rule-${++rules}`,
      issuer: issuer.url,
      audience: AUDIENCE,
      claims: { sub: `system:serviceaccount:ns-${rules}:checkout` },
      ...more,
    },
  })
/** A rule and a token of the one workload that it trusts. */
const ruled = async (more: object = {}) => {
  const rule = await newRule(more)
  return { rule, token: await issuer.sign({ sub: rule.claims.sub }) }
}

async function send(form: Record<string, string> | string): Promise<Answer> {
  const body = new URLSearchParams(form)
  const response = await fetch(`${world.url}/oauth/token`, { method: 'POST', body })
  return { status: response.status, headers: response.headers, body: await response.json() }
}
const exchange = (token: string, more: Record<string, string> = {}) =>
  send({ grant_type: GRANT, subject_token: token, subject_token_type: JWT_TYPE, ...more })
const secretFor = async (token: string): Promise<string> => {
  const { status, body } = await exchange(token)
  expect([status, body.token_type]).toEqual([200, 'Bearer'])
  return body.access_token
}
const invalidGrant = { status: 400, body: { error: 'invalid_grant' } }

const callWith = async (secret: string, model = 'gpt-shop') => {
  const body = { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 5 }
  const authorization = `Bearer ${secret}`
  return (await world.post('/v1/chat/completions', body, { authorization })).status
}
const refusals = () =>
  world.app.db
    .selectFrom('auditEvents')
    .selectAll()
    .where('action', '=', 'workload.refuse')
    .orderBy('seq')
    .execute()

describe('a workload of Kubernetes', () => {
  test('gets a key for its own policy and budget, and one of another namespace gets nothing', async () => {
    const rule = await newRule({
      name: 'checkout',
      claims: { sub: CHECKOUT },
      policy: { models: ['openai/gpt-shop', 'gpt-shop'] },
      budgets: [{ name: 'checkout', limitUsd: '5', period: 'month' }],
    })
    const answer = await exchange(await issuer.sign({ sub: CHECKOUT }))
    expect(answer).toMatchObject({
      status: 200,
      body: {
        access_token: expect.stringMatching(/^sk-cvg-dev-/),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 900,
      },
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await callWith(answer.body.access_token)).toBe(200)
    expect(await callWith(answer.body.access_token, 'gpt-other')).toBe(403)
    await until('the call is written', async () =>
      (await world.usage()).some((row) => row.keyId === rule.keyId),
    )

    const stranger = await exchange(await issuer.sign({ sub: 'system:serviceaccount:other:checkout' }))
    expect(stranger).toMatchObject(invalidGrant)
    expect(Object.keys(stranger.body)).toEqual(['error'])
    const [refusal] = (await refusals()).slice(-1)
    expect(refusal).toMatchObject({ actorKind: 'workload', targetId: rule.id, result: 'denied' })
    expect(refusal?.reason).toContain('its claim sub is "system:serviceaccount:other:checkout"')
    expect(refusal?.reason).toContain(`wants "${CHECKOUT}"`)
    expect(
      world.app.logged.some((line) => line.includes('exchange refused') && line.includes('other:checkout')),
    ).toBe(true)
  })

  test('is in the audit trail by its subject, and its token and its secret are nowhere', async () => {
    const { rule, token } = await ruled()
    const secret = await secretFor(token)
    const event = await world.app.db
      .selectFrom('auditEvents')
      .selectAll()
      .where('action', '=', 'workload.exchange')
      .where('targetId', '=', rule.id)
      .executeTakeFirstOrThrow()
    expect(event).toMatchObject({
      actorKind: 'workload',
      actorId: rule.serviceAccountId,
      after: { keyId: rule.keyId, issuer: issuer.url, subject: rule.claims.sub },
    })
    const kept = (await databaseText(world.app.db)) + world.app.logged.join('\n')
    expect(kept).not.toContain(secret)
    expect(kept).not.toContain(token.split('.')[2])
  })

  test('an issuer that cannot be asked is known by its keys', async () => {
    const asked = issuer.asked.length
    const rule = await newRule({ issuer: 'kubernetes/serviceaccount', jwks: issuer.jwks })
    const token = await issuer.sign({ iss: 'kubernetes/serviceaccount', sub: rule.claims.sub })
    expect(await callWith(await secretFor(token))).toBe(200)
    expect(issuer.asked).toHaveLength(asked)
  })
})

test.each([
  [
    'GitHub',
    { sub: 'repo:acme/shop:ref:refs/heads/*', repository_id: '74' },
    { sub: 'repo:acme/shop:ref:refs/heads/main', repository_id: '74' },
  ],
  [
    'GitLab',
    { sub: 'project_path:acme/shop:ref_type:branch:ref:main', project_id: '22' },
    { sub: 'project_path:acme/shop:ref_type:branch:ref:main', project_id: 22 },
  ],
])('a job of %s exchanges its token, and one of another project does not', async (_, claims, token) => {
  await newRule({ claims })
  expect((await exchange(await issuer.sign(token))).status).toBe(200)
  expect(await exchange(await issuer.sign({ ...token, repository_id: '75', project_id: 23 }))).toMatchObject(
    invalidGrant,
  )
  const sub = token.sub.replace('acme', 'evil')
  expect(await exchange(await issuer.sign({ ...token, sub }))).toMatchObject(invalidGrant)
})

describe('its secrets', () => {
  test('are as many as are asked for, each for its own time, all of the one key', async () => {
    const { rule, token } = await ruled({ ttlSeconds: 60 })
    const secrets = await Promise.all(Array.from({ length: 5 }, () => secretFor(token)))
    expect(new Set(secrets).size).toBe(5)
    for (const secret of secrets) expect(await callWith(secret)).toBe(200)
    const rows = await world.app.db
      .selectFrom('keySecrets')
      .select(['expiresAt', 'createdAt'])
      .where('keyId', '=', rule.keyId)
      .execute()
    const seconds = rows.map(({ expiresAt, createdAt }) => Number(expiresAt) - Number(createdAt))
    expect(seconds.every((ms) => ms > 59_000 && ms < 61_000)).toBe(true)
  })

  test.each<[string, (rule: { id: string }) => Promise<unknown>]>([
    ['the rule is disabled', ({ id }) => change(id, { disabled: true })],
    [
      'the rule trusts others',
      ({ id }) => change(id, { claims: { sub: 'system:serviceaccount:else:where' } }),
    ],
    ['the rule is deleted', ({ id }) => world.make('trustRuleDelete', { params: { trustRuleId: id } })],
  ])('end at once when %s', async (_, end) => {
    const { rule, token } = await ruled()
    const secret = await secretFor(token)
    expect(await callWith(secret)).toBe(200)
    await end(rule)
    await until('the gateway knows', async () => (await callWith(secret)) === 401)
    expect(await exchange(token)).toMatchObject(invalidGrant)
  })
  const change = (trustRuleId: string, body: object) =>
    world.make('trustRuleUpdate', { params: { trustRuleId }, body })

  test('end at once when the service account is deactivated', async () => {
    const { projectId } = await newRule()
    const account = await world.make('serviceAccountCreate', { body: { projectId, name: 'leaving' } })
    const { token } = await ruled({ serviceAccountId: account.id })
    const secret = await secretFor(token)
    expect(await callWith(secret)).toBe(200)
    const params = { serviceAccountId: account.id }
    await world.make('serviceAccountUpdate', { params, body: { deactivated: true } })
    await until('the gateway knows', async () => (await callWith(secret)) === 401)
    expect(await exchange(token)).toMatchObject(invalidGrant)
  })

  test('a rule that is enabled again gives new ones, and wakes no old one', async () => {
    const { rule, token } = await ruled()
    const old = await secretFor(token)
    await change(rule.id, { disabled: true })
    await change(rule.id, { disabled: false })
    expect(await callWith(await secretFor(token))).toBe(200)
    expect(await callWith(old)).toBe(401)
  })

  test('come from exchange only: the key is neither rotated nor delivered', async () => {
    const { rule } = await ruled()
    for (const name of ['keyRotate', 'keyDeliver']) {
      const sample = { params: { keyId: rule.keyId }, body: {} }
      const { status, body } = await world.api.send(operationNamed(name), sample, { token: world.api.owner })
      expect([name, status, body.detail]).toEqual([
        name,
        409,
        expect.stringContaining('come from a trust rule'),
      ])
    }
  })

  test('a key that is suspended or revoked gives none', async () => {
    const { rule, token } = await ruled()
    const params = { keyId: rule.keyId }
    await world.make('keySuspend', { params, body: { reason: 'a test' } })
    expect(await exchange(token)).toMatchObject(invalidGrant)
    await world.make('keyResume', { params })
    expect((await exchange(token)).status).toBe(200)
    await world.make('keyRevoke', { params, body: {} })
    expect(await exchange(token)).toMatchObject(invalidGrant)
  })

  test('a rule that is disabled while tokens are exchanged leaves no secret that works', async () => {
    const { rule, token } = await ruled()
    const racing = Array.from({ length: 12 }, () => exchange(token))
    await Promise.all([...racing, change(rule.id, { disabled: true })])
    const now = new Date()
    const left = await world.app.db
      .selectFrom('keySecrets')
      .select('id')
      .where('keyId', '=', rule.keyId)
      .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)]))
      .execute()
    expect(left).toEqual([])
  })
})

test('a token that matches two rules gets nothing, and inside it says which', async () => {
  const first = await newRule({ claims: { sub: 'system:serviceaccount:twice:a' } })
  const second = await newRule({ claims: { sub: 'system:serviceaccount:twice:*' } })
  expect(await exchange(await issuer.sign({ sub: 'system:serviceaccount:twice:a' }))).toMatchObject(
    invalidGrant,
  )
  expect((await refusals()).at(-1)?.reason).toContain(`${first.id}, ${second.id}`)
})

describe('refusals', () => {
  const unknown = async () => {
    await newRule()
    return issuer.sign({ sub: `system:serviceaccount:nobody:${++rules}` })
  }

  test('are written down once a minute for one workload', async () => {
    const token = await unknown()
    const before = (await refusals()).length
    for (let i = 0; i < 5; i++) expect(await exchange(token)).toMatchObject(invalidGrant)
    expect((await refusals()).length).toBe(before + 1)
  })

  test('forged tokens are slowed down for their address, and ones that the issuer signed are not', async () => {
    const token = await unknown()
    for (let i = 0; i < 12; i++) expect((await exchange(token)).status).toBe(400)
    const forged = `${token.slice(0, -20)}${'A'.repeat(20)}`
    const statuses: number[] = []
    for (let i = 0; i < 8; i++) statuses.push((await exchange(forged)).status)
    expect([statuses[0], statuses.at(-1)]).toEqual([400, 429])
    const blocked = await exchange(token)
    expect([blocked.status, blocked.body.error]).toEqual([429, 'temporarily_unavailable'])
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

test.each<[string, Record<string, string> | string, string]>([
  ['no grant', {}, 'unsupported_grant_type'],
  ['another grant', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
  ['no token', { grant_type: GRANT, subject_token_type: JWT_TYPE }, 'invalid_request'],
  ['no type', { grant_type: GRANT, subject_token: 'x' }, 'invalid_request'],
  [
    'a SAML assertion',
    { grant_type: GRANT, subject_token: 'x', subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
    'invalid_request',
  ],
  ['twice', `grant_type=${GRANT}&subject_token=a&subject_token=b`, 'invalid_request'],
  ['no JWT', { grant_type: GRANT, subject_token: 'x', subject_token_type: JWT_TYPE }, 'invalid_grant'],
])('a form that is not right is refused as OAuth says: %s', async (_, form, error) => {
  const answer = await send(form)
  expect([answer.status, answer.body.error]).toEqual([400, error])
})

test.each<[string, object, string]>([
  ['a private key', { jwks: { keys: [{ kty: 'RSA', d: 'x' }] } }, '/body/jwks'],
  ['a shared key', { jwks: { keys: [{ kty: 'oct', k: 'x' }] } }, '/body/jwks'],
  ['an issuer without TLS', { issuer: 'http://cluster.example.com' }, '/body/issuer'],
  ['every namespace', { claims: { sub: 'system:serviceaccount:*:checkout' } }, '/body/claims'],
  ['no subject', { claims: { repository: 'acme/shop' } }, '/body/claims'],
])('a rule that trusts too much is refused: %s', async (_, more, pointer) => {
  const body = {
    serviceAccountId: world.ids.serviceAccount,
    environmentId: world.ids.environment,
    name: 'x',
    issuer: 'https://a.example.com',
    audience: AUDIENCE,
    claims: { sub: CHECKOUT },
    ...more,
  }
  const answer = await world.api.send(operationNamed('trustRuleCreate'), { body }, { token: world.api.owner })
  expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([400, pointer])
})

test.each(['audience', 'resource'])('a key for elsewhere is refused: %s', async (name) => {
  const { token } = await ruled()
  const { url } = world.app.config
  for (const here of [url, `${url}/`]) expect((await exchange(token, { [name]: here })).status).toBe(200)
  for (const other of ['https://api.openai.com', `${url}.evil.example`, AUDIENCE, '']) {
    const { status, body } = await exchange(token, { [name]: other })
    expect([status, body.error]).toEqual([400, 'invalid_target'])
    expect(body.error_description).toContain(url)
  }
})

test('who makes a rule has read what is required; the workloads of rules that are there go on', async () => {
  const { token } = await ruled()
  const { id: documentId } = await world.make('documentCreate', {
    body: { title: 'Read me', required: true },
  })
  await world.make('documentPublish', { params: { documentId }, body: { body: 'Be careful.' } })
  await expect(newRule()).rejects.toThrow('acknowledgement_required')
  expect((await exchange(token)).status).toBe(200)
  await world.make('documentUpdate', { params: { documentId }, body: { archived: true } })
})
