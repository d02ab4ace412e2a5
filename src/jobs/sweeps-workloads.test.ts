import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { audit } from '../actions/audit.ts'
import { addSecret } from '../actions/key-secrets.ts'
import { createSession } from '../actions/sessions.ts'
import { visitOf } from '../app.ts'
import { transaction } from '../db/transaction.ts'
import { workloadsSweeps } from './sweeps-workloads.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const sweep = (name: string) => workloadsSweeps.find((sweep) => sweep.name === name)?.sweep(world.app)
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)

test('the secrets of a workload are forgotten 90 days after their end, and no other secret is', async () => {
  const { keyId, id: ruleId } = await world.make('trustRuleCreate', {
    body: {
      serviceAccountId: world.ids.serviceAccount,
      environmentId: world.ids.environment,
      name: 'cluster',
      issuer: 'https://cluster.example.com',
      audience: 'https://claviger.example.com',
      claims: { sub: 'system:serviceaccount:shop:checkout' },
    },
  })
  const { key } = await world.make('keyCreate', {
    body: {
      environmentId: world.ids.environment,
      serviceAccountId: world.ids.serviceAccount,
      name: world.name(),
    },
  })
  const { app } = world
  await transaction(app.as(), async (ctx) => {
    for (const days of [91, 91, 89]) await addSecret(ctx, keyId, 'development', daysAgo(days))
    await addSecret(ctx, key.id, 'development', daysAgo(400))
    await audit(ctx, { action: 'test.prepare', targetId: keyId })
  })
  const secretsOf = (keyId: string) =>
    app.db.selectFrom('keySecrets').select('id').where('keyId', '=', keyId).execute()
  expect(await Promise.all([1, 2, 3].map(() => sweep('forget-workload-secrets')))).toContain(2)
  expect(await secretsOf(keyId)).toHaveLength(1)
  expect(await secretsOf(key.id)).toHaveLength(2)
  const events = await app.db
    .selectFrom('auditEvents')
    .selectAll()
    .where('action', '=', 'workload.forget')
    .execute()
  expect(events).toMatchObject([
    { targetId: ruleId, actorKind: 'job', teamId: world.ids.team, after: { secrets: 2 } },
  ])
})

test('codes that are over are forgotten, and refresh tokens with their session', async () => {
  const { db } = world.app
  const begin = () =>
    createSession(visitOf(world.app), { userId: world.ids.user, kind: 'cli', methods: [], mfa: false })
  const [over, living] = [await begin(), await begin()]
  const code = { clientName: 'x', ip: null, userAgent: null, intervalSeconds: 5 }
  const at = (ago: string) => sql<Date>`now() - ${ago}::interval`
  await db
    .insertInto('deviceCodes')
    .values([
      { ...code, hash: 'old', userCodeHash: 'old', expiresAt: at('2 hours') },
      { ...code, hash: 'new', userCodeHash: 'new', expiresAt: at('1 minute') },
    ])
    .execute()
  const authorization = { sessionId: living.sessionId, redirectUri: 'x', challenge: 'x' }
  await db
    .insertInto('authorizationCodes')
    .values([
      { ...authorization, hash: 'old', expiresAt: at('2 hours') },
      { ...authorization, hash: 'new', expiresAt: at('1 minute') },
    ])
    .execute()
  await db
    .insertInto('usedRefreshTokens')
    .values([over, living].map(({ sessionId }) => ({ hash: sessionId, sessionId })))
    .execute()
  await transaction(world.app.as(), async (ctx) => {
    await ctx.db
      .updateTable('sessions')
      .set({ endedAt: new Date() })
      .where('id', '=', over.sessionId)
      .execute()
    await audit(ctx, { action: 'test.prepare', targetId: over.sessionId })
  })
  for (const name of ['forget-device-codes', 'forget-authorization-codes', 'forget-refresh-tokens']) {
    expect([name, await sweep(name), await sweep(name)]).toEqual([name, 1, 0])
  }
})
