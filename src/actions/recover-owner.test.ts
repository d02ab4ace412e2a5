import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import type { Db } from '../app.ts'
import { call } from '../contract/client.ts'
import { tokenRevoke, tokenSelf } from '../contract/tokens.ts'
import { lockSetup } from '../db/setup.ts'
import { transaction } from '../db/transaction.ts'
import { recoverOwner } from './recover-owner.ts'
import { setUpHeadless } from './setup.ts'
import { createUser } from './users.ts'

const OWNER = { organization: 'Acme', email: 'ada@example.com', name: 'Ada' }

async function setUp(app: TestApp) {
  let secret = ''
  await setUpHeadless(app, OWNER, (made) => {
    secret = made
  })
  const tokenFile = join(app.config.dataDir, 'owner-token')
  return { secret, tokenFile, recover: (email = OWNER.email) => recoverOwner(app, { email, tokenFile }) }
}

test('an owner whose token is lost gets a new one, once, and can revoke the lost one', async () => {
  await using app = await testApp()
  const { secret: lost, tokenFile, recover } = await setUp(app)
  const starts = await transaction(app.as(), async (ctx) => {
    await lockSetup(ctx.db)
    const starts = [recover(), recover(), recover()]
    await expect.poll(() => waiting(app)).toBe(3)
    return { all: Promise.all(starts) }
  })
  expect((await starts.all).sort()).toEqual([false, false, true])
  expect(await recover()).toBe(false)
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600)
  const token = readFileSync(tokenFile, 'utf8').trim()
  expect(token).not.toBe(lost)

  const client = { baseUrl: await app.serve(), token, fetch }
  const self = await call(client, tokenSelf, {})
  expect(self).toMatchObject({ token: { role: 'owner', teamId: null }, user: { email: OWNER.email } })
  const audited = await app.db
    .selectFrom('auditEvents')
    .select(['action', 'actorKind', 'targetId'])
    .orderBy('seq', 'desc')
    .executeTakeFirstOrThrow()
  expect(audited).toEqual({ action: 'token.create', actorKind: 'setup', targetId: self.token?.id })
  const { token: old } = await call({ ...client, token: lost }, tokenSelf, {})
  await call(client, tokenRevoke, { params: { tokenId: old?.id ?? '' } })
  expect(await app.db.selectFrom('apiTokens').selectAll().execute()).toHaveLength(2)
})

test('who is no owner gets no token, and is told so', async () => {
  await using app = await testApp()
  const { tokenFile, recover } = await setUp(app)
  const body = { email: 'bob@example.com', name: 'Bob' }
  await createUser(app.as(), { params: {}, query: {}, body })
  for (const email of ['bob@example.com', 'nobody@example.com']) {
    await expect(recover(email)).rejects.toThrow(`"${email}" is not an active owner of this installation`)
  }
  expect(existsSync(tokenFile)).toBe(false)
  expect(await app.db.selectFrom('apiTokens').selectAll().execute()).toHaveLength(1)
})

test('who was deactivated, or is an owner no more, gets none', async () => {
  await using app = await testApp()
  const { recover } = await setUp(app)
  const change = (id: string, set: (db: Db) => Promise<unknown>) =>
    app.db.transaction().execute(async (db) => {
      await db
        .insertInto('auditEvents')
        .values({ ...EVENT, id })
        .execute()
      await set(db)
    })
  await change('evt_1', (db) => db.updateTable('users').set({ deactivatedAt: new Date() }).execute())
  await expect(recover()).rejects.toThrow('is not an active owner')
  await change('evt_2', (db) => db.updateTable('users').set({ deactivatedAt: null }).execute())
  await change('evt_3', (db) => db.updateTable('grants').set({ revokedAt: new Date() }).execute())
  await expect(recover()).rejects.toThrow('is not an active owner')
})

test('while the file is there nothing is made, whoever is named', async () => {
  await using app = await testApp()
  const { tokenFile, recover } = await setUp(app)
  writeFileSync(tokenFile, 'what was written before\n')
  expect(await recover('nobody@example.com')).toBe(false)
  expect(readFileSync(tokenFile, 'utf8')).toBe('what was written before\n')
})

async function waiting(app: TestApp): Promise<number> {
  const { rows } = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`.execute(
    app.gatewayDb,
  )
  return rows.length
}

const EVENT = { actorKind: 'job', actorId: 'test', userId: null, action: 'test', targetId: 'x' } as const
