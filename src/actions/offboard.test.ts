import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { issueToken, serveControlPlane } from '../../test/control-plane.ts'
import { createWorld, type World } from '../../test/world.ts'
import { visitOf } from '../app.ts'
import { accessRequestCreate } from '../contract/access-requests.ts'
import { type Client, call } from '../contract/client.ts'
import { credentialCreate } from '../contract/credentials.ts'
import { environmentCredentialSet } from '../contract/environment-credentials.ts'
import { findingList, findingResolve } from '../contract/findings.ts'
import { grantCreate } from '../contract/grants.ts'
import { keyDeliver } from '../contract/key-deliveries.ts'
import { keyCreate, keyList, keyView } from '../contract/keys.ts'
import { userOffboard, userReach } from '../contract/offboarding.ts'
import { providerCreate } from '../contract/providers.ts'
import { serviceAccountCreate, serviceAccountView } from '../contract/service-accounts.ts'
import { tokenCreate, tokenSelf } from '../contract/tokens.ts'
import { userCreate, userUpdate } from '../contract/users.ts'
import { insertKnownDevice } from '../db/known-devices.ts'
import { hasLivingOwner } from '../db/owners.ts'
import { insertPasskey } from '../db/passkeys.ts'
import { setPasswordHash } from '../db/passwords.ts'
import { replaceRecoveryCodes } from '../db/recovery-codes.ts'
import { transaction } from '../db/transaction.ts'
import { projectPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { raiseFinding } from './findings.ts'
import { createSession } from './sessions.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())

const offboard = (userId: string, body: object = {}, client = owner) =>
  call(client, userOffboard, { params: { userId }, body: { reason: 'left', ...body } })

async function someone(role = 'builder'): Promise<{ userId: string; email: string; token: string }> {
  const email = `${world.name()}@example.com`
  const { id: userId } = await call(owner, userCreate, { body: { email, name: 'Leaver' } })
  await call(owner, grantCreate, { body: { userId, role, projectId: world.ids.project, production: true } })
  const { secret } = await call(owner, tokenCreate, { body: { name: 'all', userId } })
  return { userId, email, token: secret }
}
const keyOf = async (userId: string, environmentId = world.ids.environment) =>
  (await call(owner, keyCreate, { body: { environmentId, userId, name: world.name() } })).key

describe('somebody who leaves', () => {
  test('keeps nothing that lives, and the answer says what they held and could reach', async () => {
    const { userId, token } = await someone()
    const successor = await someone()
    const key = await keyOf(userId)
    const session = { userId, kind: 'browser', methods: ['pwd'], mfa: false } as const
    const { sessionId, secret } = await createSession(visitOf(world.app), session)
    const account = await call(world.api.client(token), serviceAccountCreate, {
      body: { projectId: world.ids.project, name: world.name() },
    })
    const provider = await call(owner, providerCreate, { body: { name: world.name(), kind: 'openai' } })
    const credential = await call(owner, credentialCreate, {
      body: { providerId: provider.id, name: 'main', secret: `sk-${world.name()}-secret` },
    })
    await call(owner, environmentCredentialSet, {
      params: { environmentId: world.ids.environment },
      body: { credentialIds: [credential.id] },
    })
    const before = await call(owner, userReach, { params: { userId } })
    const answer = await offboard(userId, { successorId: successor.userId })
    expect(answer.reach).toEqual(before)
    expect(answer.reach).toMatchObject({
      user: { id: userId, deactivatedAt: null },
      grants: [{ role: 'builder', projectId: world.ids.project, production: true }],
      keys: [{ id: key.id, state: 'active', hint: key.secrets[0]?.hint, lastUsedAt: null }],
      tokens: [{ name: 'all', userId }],
      sessions: [{ id: sessionId, kind: 'browser' }],
      serviceAccounts: [{ id: account.id }],
      credentials: [
        { id: credential.id, rotate: false, environmentIds: [world.ids.environment], hint: credential.hint },
      ],
    })
    expect(answer.reach.environments.map(({ id }) => id)).toEqual(
      [world.ids.environment, world.ids.production].sort(),
    )
    expect(answer).toMatchObject({ revokedKeyIds: [key.id], serviceAccountIds: [account.id] })
    expect((await call(owner, keyView, { params: { keyId: key.id } })).state).toBe('revoked')
    const handedOn = await call(owner, serviceAccountView, { params: { serviceAccountId: account.id } })
    expect(handedOn.ownerUserId).toBe(successor.userId)
    for (const old of [token, secret]) {
      const refused = call(world.api.client(old), tokenSelf, {})
      await expect(refused).rejects.toMatchObject({ code: 'unauthenticated' })
    }
    await expectNothingLives(userId)
    const after = await call(owner, userReach, { params: { userId } })
    expect({ ...after, user: null }).toEqual({
      user: null,
      grants: [],
      environments: [],
      credentials: [],
      keys: [],
      tokens: [],
      sessions: [],
      serviceAccounts: [],
    })
  })

  test('68: leaves nothing behind also when they come back: their address is a new person', async () => {
    const { userId, email } = await someone()
    await keyOf(userId)
    await offboard(userId)
    const again = await call(owner, userCreate, { body: { email, name: 'Back' } })
    expect(again.id).not.toBe(userId)
    const reach = await call(owner, userReach, { params: { userId: again.id } })
    expect([reach.grants, reach.keys, reach.tokens, reach.environments]).toEqual([[], [], [], []])
    // Not even when somebody switches the old account on again, which its address forbids by now.
    const revived = call(owner, userUpdate, { params: { userId }, body: { deactivated: false } })
    await expect(revived).rejects.toMatchObject({ code: 'conflict' })
  })

  test('who could type credentials in may know them: the report says to replace them', async () => {
    const { id: userId } = await call(owner, userCreate, {
      body: { email: `${world.name()}@example.com`, name: 'Admin' },
    })
    await call(owner, grantCreate, { body: { userId, role: 'admin', production: true } })
    const { reach } = await offboard(userId)
    expect(reach.credentials.length).toBeGreaterThan(0)
    expect(new Set(reach.credentials.map(({ rotate }) => rotate))).toEqual(new Set([true]))
  })

  test('hands keys on to who may hold them, and a finding asks for their rotation', async () => {
    const { userId } = await someone()
    const successor = await someone()
    const key = await keyOf(userId)
    const { id: outsider } = await call(owner, userCreate, {
      body: { email: `${world.name()}@example.com`, name: 'Outside' },
    })
    const transfer = (successorId?: string) => offboard(userId, { keys: 'transfer', successorId })
    await expect(transfer()).rejects.toMatchObject({ errors: [{ pointer: '/body/successorId' }] })
    await expect(transfer(outsider)).rejects.toThrow(/give them a role where the key/)
    expect((await call(owner, keyView, { params: { keyId: key.id } })).userId).toBe(userId)
    const answer = await transfer(successor.userId)
    expect(answer.transferredKeyIds).toEqual([key.id])
    expect(await call(owner, keyView, { params: { keyId: key.id } })).toMatchObject({
      state: 'active',
      userId: successor.userId,
    })
    const { data } = await call(owner, findingList, { query: { kind: 'key-known-to-leaver' } })
    expect(data).toMatchObject([{ severity: 'high', targetId: key.id, projectId: world.ids.project }])
    await expectNothingLives(userId)
  })

  test('says who answers for their programs from now on, or stays', async () => {
    const { userId, token } = await someone()
    const body = { projectId: world.ids.project, name: world.name() }
    await call(world.api.client(token), serviceAccountCreate, { body })
    await expect(offboard(userId)).rejects.toThrow(/they answer for a service account/)
    await call(world.api.client(token), tokenSelf, {})
  })

  test('is nobody who may do more, nor oneself', async () => {
    const second = await issueToken(world.app, { role: 'owner' })
    const admin = world.api.client(world.tokens.admin)
    await expect(offboard(second.userId, {}, admin)).rejects.toMatchObject({ code: 'forbidden' })
    const self = offboard(second.userId, {}, world.api.client(second.secret))
    await expect(self).rejects.toMatchObject({ code: 'conflict' })
    await offboard(second.userId)
  })

  test('198: who is given a key at that moment has no living key afterwards', async () => {
    for (let round = 0; round < 10; round++) {
      const { userId } = await someone()
      await Promise.allSettled([
        ...Array.from({ length: 4 }, () => keyOf(userId)),
        offboard(userId),
        ...Array.from({ length: 4 }, () => keyOf(userId)),
      ])
      const { data } = await call(owner, keyList, { query: { userId, limit: 200 } })
      expect(data.filter(({ state }) => state !== 'revoked')).toEqual([])
    }
  })

  test('198: whose key is delivered at that moment leaves, and nobody sees an error of ours', async () => {
    for (let round = 0; round < 15; round++) {
      const { userId } = await someone()
      const key = await keyOf(userId)
      const deliver = () => call(owner, keyDeliver, { params: { keyId: key.id }, body: {} })
      const results = await Promise.allSettled([deliver(), offboard(userId), deliver()])
      const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []))
      expect(refused.filter((code) => code !== 'conflict')).toEqual([])
      const open = world.app.db.selectFrom('deliveries').select('id').where('userId', '=', userId)
      expect(await open.where('voidedAt', 'is', null).execute()).toEqual([])
    }
  })

  test('of two who are to hand on to each other at the same moment one leaves', async () => {
    for (let round = 0; round < 10; round++) {
      const [one, other] = [await someone(), await someone()]
      const results = await Promise.allSettled([
        offboard(one.userId, { successorId: other.userId }),
        offboard(other.userId, { successorId: one.userId }),
      ])
      const refused = results.filter((result) => result.status === 'rejected')
      expect(refused.map(({ reason }) => reason.code)).toEqual(['invalid_request'])
    }
  })

  test('of the last two owners who offboard each other at the same moment one remains', async () => {
    await using app = await testApp()
    await using api = await serveControlPlane(app)
    const owners = [await issueToken(app, { role: 'owner' }), await issueToken(app, { role: 'owner' })]
    const [first, second] = owners.map(({ secret }) => api.client(secret)) as [Client, Client]
    const [firstId, secondId] = owners.map(({ userId }) => userId) as [string, string]
    const { userId: setup } = await app.db
      .selectFrom('apiTokens')
      .select('userId')
      .where('hash', '=', app.keyring.hashSecret(api.owner))
      .executeTakeFirstOrThrow()
    await offboard(setup ?? '', {}, first)
    const results = await Promise.allSettled([offboard(secondId, {}, first), offboard(firstId, {}, second)])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await hasLivingOwner(app.db)).toBe(true)
  })
})

/** What only says who once did something, or is told to somebody: it lets nobody in. */
const HISTORY = [
  'access_request_events.user_id',
  'acknowledgements.user_id',
  'audit_events.user_id',
  'budgets.user_id',
  'denials.user_id',
  'document_reminders.user_id',
  'exemptions.user_id',
  // Who signs in there finds a deactivated account, and gets no new one.
  'identities.user_id',
  'invitations.accepted_by',
  'notices.user_id',
  'rate_limits.user_id',
  // What they liked to look at: a name and an address of their own.
  'saved_views.user_id',
  'usage.user_id',
  'usage_counted.user_id',
  'usage_holders.user_id',
  'usage_sums.user_id',
]

/** What lets somebody in, and when a row of it is over. */
const LIVES: Record<string, string> = {
  'access_requests.requester_id': "state = 'pending'",
  'api_tokens.user_id': 'revoked_at is null',
  'approval_rules.created_by': 'deleted_at is null',
  'deliveries.user_id': 'opened_at is null and voided_at is null',
  'email_changes.user_id': 'true',
  'email_tokens.user_id': 'true',
  'grants.user_id': 'revoked_at is null',
  'invitations.invited_by': 'accepted_at is null and revoked_at is null',
  'keys.user_id': "state not in ('revoked', 'expired')",
  'known_devices.user_id': 'true',
  'passkeys.user_id': 'true',
  'passwords.user_id': 'true',
  'recovery_codes.user_id': 'true',
  'service_accounts.owner_user_id': 'deactivated_at is null',
  'sessions.user_id': 'ended_at is null',
  'sign_ins.user_id': 'true',
  'totp_factors.user_id': 'true',
}

test('every column that points to a person is known here: offboarding ends it, or it is history', async () => {
  const { rows } = await sql<{ place: string }>`
    select c.conrelid::regclass || '.' || a.attname as place
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.confrelid = 'users'::regclass
    union
    select table_name || '.' || column_name from information_schema.columns
    where table_schema = 'public' and column_name = 'user_id'
    order by 1`.execute(world.app.db)
  expect(rows.map(({ place }) => place)).toEqual([...HISTORY, ...Object.keys(LIVES)].sort())
})

test('ways in, offers and requests end as well', async () => {
  const { userId, token } = await someone('admin')
  const leaver = world.api.client(token)
  await call(leaver, accessRequestCreate, {
    body: { kind: 'key', environmentId: world.ids.environment, name: world.name(), reason: 'a job' },
  })
  await transaction(world.app.as(), async (ctx) => {
    await setPasswordHash(ctx.db, userId, 'hash')
    await replaceRecoveryCodes(ctx.db, userId, [world.name()])
    await insertPasskey(ctx.db, {
      id: newId('pky'),
      userId,
      name: 'Laptop',
      credentialId: world.name(),
      publicKey: Buffer.of(0),
      counter: 0n,
      backedUp: false,
    })
    await insertKnownDevice(ctx.db, { hash: world.name(), userId })
    await sql`insert into invitations (id, email, hash, invited_by, expires_at)
      values (${newId('inv')}, ${`${newId('inv').toLowerCase()}@example.com`}, ${world.name()}, ${userId},
        now() + interval '1 day')`.execute(ctx.db)
    await audit(ctx, { action: 'test.prepare', targetId: userId })
  })
  await offboard(userId)
  await expectNothingLives(userId)
})

async function expectNothingLives(userId: string): Promise<void> {
  for (const [place, lives] of Object.entries(LIVES)) {
    const [table = '', column = ''] = place.split('.')
    const { rows } = await sql`select 1 from ${sql.table(table)}
      where ${sql.ref(column)} = ${userId} and ${sql.raw(lives)}`.execute(world.app.db)
    expect([place, rows.length]).toEqual([place, 0])
  }
}

describe('a finding', () => {
  const place = () => projectPlace({ id: world.ids.project, teamId: world.ids.team })
  const raise = (targetId: string) =>
    raiseFinding(world.app.as(), { kind: 'odd', severity: 'low', targetId, place: place(), detail: {} })
  const list = async (state: 'open' | 'resolved', client = owner) =>
    (await call(client, findingList, { query: { state, kind: 'odd' } })).data

  test('counts while it is open, is resolved with words, and opens anew when it is seen again', async () => {
    await raise('one')
    await raise('one')
    const [finding] = await list('open')
    expect(finding).toMatchObject({ targetId: 'one', count: 2, resolvedAt: null })
    const params = { findingId: finding?.id ?? '' }
    const resolve = (resolution: string) => call(owner, findingResolve, { params, body: { resolution } })
    const [first, second] = await Promise.all([resolve('looked at'), resolve('me too')])
    expect(first.resolution).toBe(second.resolution)
    expect(await list('open')).toEqual([])
    await raise('one')
    expect(await list('open')).toMatchObject([{ targetId: 'one', count: 1 }])
    expect(await list('resolved')).toHaveLength(1)
  })

  test('is seen and resolved only where one has a role', async () => {
    await raise('two')
    const theirs = world.api.client(world.tokens.otherTeam)
    expect(await list('open', theirs)).toEqual([])
    const found = (await list('open')).find(({ targetId }) => targetId === 'two')
    const input = { params: { findingId: found?.id ?? '' }, body: { resolution: 'x' } }
    await expect(call(theirs, findingResolve, input)).rejects.toMatchObject({ code: 'not_found' })
    const admin = world.api.client(world.tokens.projectAdmin)
    expect((await call(admin, findingResolve, input)).resolution).toBe('x')
  })
})
