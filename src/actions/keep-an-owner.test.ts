import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { issueToken, serveControlPlane } from '../../test/control-plane.ts'
import type { Ctx } from '../app.ts'
import { type Client, call } from '../contract/client.ts'
import { tokenRevoke } from '../contract/tokens.ts'
import { userUpdate } from '../contract/users.ts'
import { hasLivingOwner } from '../db/owners.ts'
import { transaction } from '../db/transaction.ts'
import { revokeGrant } from './grants.ts'
import { revokeToken } from './tokens.ts'
import { updateUser } from './users.ts'

const revoke = (client: Client, tokenId: string) => call(client, tokenRevoke, { params: { tokenId } })

/** An installation whose only owners are these two. */
async function twoOwners(app: TestApp) {
  const api = await serveControlPlane(app)
  const first = await issueToken(app, { role: 'owner' })
  const second = await issueToken(app, { role: 'owner' })
  const { id } = await app.db
    .selectFrom('apiTokens')
    .select('id')
    .where('name', '=', 'Owner')
    .executeTakeFirstOrThrow()
  const clients = [api.client(first.secret), api.client(second.secret)] as const
  await revoke(clients[0], id)
  return { first, second, clients, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() }
}

test("the last owner's token that works cannot be revoked, whatever other tokens there are", async () => {
  await using app = await testApp()
  await using owners = await twoOwners(app)
  const [first, second] = owners.clients
  await issueToken(app, { role: 'admin' })
  const short = await issueToken(app, { role: 'owner', expiresAt: '2099-01-01T00:00:00Z' })
  await revoke(first, owners.second.id)
  await expect(revoke(second, owners.first.id)).rejects.toMatchObject({ code: 'unauthenticated' })
  await app.db.transaction().execute(async (db) => {
    await db
      .updateTable('apiTokens')
      .set({ createdAt: new Date(1), expiresAt: new Date(2) })
      .where('id', '=', short.id)
      .execute()
    await db.insertInto('auditEvents').values(EVENT).execute()
  })
  await expect(revoke(first, owners.first.id)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('no owner who can sign in'),
  })
  expect(await hasLivingOwner(app.db)).toBe(true)
})

/** What somebody else does while the first has not committed yet. */
async function atTheSameTime(
  app: TestApp,
  first: (ctx: Ctx) => Promise<unknown>,
  second: (ctx: Ctx) => Promise<unknown>,
) {
  const [late] = await transaction(app.as(), async (ctx) => {
    await first(ctx)
    const late = second(app.as()).then(
      () => 'done',
      (error) => error.code,
    )
    // It waits, or else it has ended by then.
    await expect.poll(async () => (await waitingFor(app)) === 1 || Promise.race([late, false])).toBeTruthy()
    return [late]
  })
  return late
}

test('of two who revoke the last two at the same time, the second is told', async () => {
  await using app = await testApp()
  await using owners = await twoOwners(app)
  const revokeFirst = (ctx: Ctx) => revokeToken(ctx, tokenInput(owners.first.id))
  const revokeSecond = (ctx: Ctx) => revokeToken(ctx, tokenInput(owners.second.id))
  expect(await atTheSameTime(app, revokeFirst, revokeSecond)).toBe('conflict')
  expect(await hasLivingOwner(app.db)).toBe(true)
})

test('nor can the last two owners be deactivated at the same time', async () => {
  await using app = await testApp()
  await using owners = await twoOwners(app)
  const end =
    ({ userId }: { userId: string }) =>
    (ctx: Ctx) =>
      updateUser(ctx, { params: { userId }, query: {}, body: { deactivated: true } })
  expect(await atTheSameTime(app, end(owners.first), end(owners.second))).toBe('conflict')
  expect(await hasLivingOwner(app.db)).toBe(true)
})

test('70: of two owners who demote each other at the same moment one remains', async () => {
  await using app = await testApp()
  await using owners = await twoOwners(app)
  const grantOf = async ({ userId }: { userId: string }) =>
    (await app.db.selectFrom('grants').select('id').where('userId', '=', userId).executeTakeFirstOrThrow()).id
  const [first, second] = [await grantOf(owners.first), await grantOf(owners.second)]
  // The one who set the installation up has no token any more, and so cannot sign in.
  const demote = (grantId: string) => (ctx: Ctx) =>
    revokeGrant(ctx, { params: { grantId }, query: {}, body: undefined as never })
  expect(await atTheSameTime(app, demote(first), demote(second))).toBe('conflict')
  expect(await hasLivingOwner(app.db)).toBe(true)
})

test('somebody who is no owner can be deactivated', async () => {
  await using app = await testApp()
  await using owners = await twoOwners(app)
  const { userId } = await issueToken(app, { role: 'admin' })
  const [first] = owners.clients
  const input = { params: { userId }, body: { deactivated: true } }
  expect((await call(first, userUpdate, input)).deactivatedAt).not.toBeNull()
})

const tokenInput = (tokenId: string) => ({ params: { tokenId }, query: {}, body: undefined as never })

async function waitingFor(app: TestApp): Promise<number> {
  const { rows } = await sql`
    select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'`.execute(
    app.gatewayDb,
  )
  return rows.length
}

const EVENT = {
  id: 'evt_by_hand',
  actorKind: 'job',
  actorId: 'test',
  userId: null,
  action: 'token.update',
  targetId: 'x',
} as const
