import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { operationNamed } from '../../test/control-plane.ts'
import { createWorld } from '../../test/world.ts'
import { insertTeam, setTeam } from '../db/teams.ts'
import { transaction } from '../db/transaction.ts'
import { newId } from '../ids.ts'
import { audit, auditAlone } from './audit.ts'
import { sealChain } from './audit-chain.ts'

test('a change without its audit event cannot commit', async () => {
  await using app = await testApp()
  const id = newId('team')
  await expect(insertTeam(app.db, { id, name: 'Silent' })).rejects.toThrow(/must write an audit event/)

  await transaction(app.as(), async (ctx) => {
    await insertTeam(ctx.db, { id, name: 'Told' })
    await audit(ctx, { action: 'team.create', targetId: id, teamId: id })
  })
  await expect(setTeam(app.db, id, { name: 'Silent' })).rejects.toThrow(/must write an audit event/)
  await expect(app.db.deleteFrom('teams').execute()).rejects.toThrow(/must write an audit event/)
  expect(await app.db.selectFrom('teams').select('name').execute()).toEqual([{ name: 'Told' }])
})

test('a secret of a key neither comes nor goes unseen', async () => {
  await using world = await createWorld()
  const { db } = world.app
  const body = { environmentId: world.ids.environment, name: 'bot', userId: world.ids.user }
  const { key } = await world.make('keyCreate', { body })
  const prolonged = db.updateTable('keySecrets').set({ expiresAt: new Date() }).where('keyId', '=', key.id)
  await expect(prolonged.execute()).rejects.toThrow(/must write an audit event/)
  await expect(db.deleteFrom('keySecrets').execute()).rejects.toThrow(/must write an audit event/)
  await db.updateTable('keySecrets').set({ lastUsedAt: new Date() }).execute()
})

test('what was written is never changed or removed', async () => {
  await using app = await testApp()
  await audit(app.as(), { action: 'team.create', targetId: 'x' })
  await expect(app.db.updateTable('auditEvents').set({ action: 'x' }).execute()).rejects.toThrow(
    /append-only/,
  )
  await expect(app.db.deleteFrom('auditEvents').execute()).rejects.toThrow(/append-only/)
  await expect(sql`truncate audit_events cascade`.execute(app.db)).rejects.toThrow(/append-only/)

  await sealChain(app.as(), { headEveryMs: 0 })
  const links = app.db.updateTable('auditChain').set({ hash: Buffer.alloc(32) })
  await expect(links.execute()).rejects.toThrow(/append-only/)
  await expect(app.db.deleteFrom('auditChain').execute()).rejects.toThrow(/append-only/)
  await expect(sql`truncate audit_chain cascade`.execute(app.db)).rejects.toThrow(/append-only/)
})

test('events are found by whose they are, where they happened and how they ended, with their place in the chain', async () => {
  await using world = await createWorld()
  const { app, ids } = world
  await auditAlone(app.as(), { action: 'key.create', targetId: 'x', teamId: ids.team, result: 'denied' })
  await sealChain(app.as(), { headEveryMs: 0 })
  const found = async (query: Record<string, string>) =>
    (await world.api.send(operationNamed('auditList'), { query }, { token: world.api.owner })).body.data
  const denied = await found({ result: 'denied' })
  expect(denied).toMatchObject([{ action: 'key.create', hash: expect.stringMatching(/^[0-9a-f]{64}$/) }])
  expect(denied[0].position).toBeGreaterThan(1)
  const ofTeam = await found({ teamId: ids.team, action: 'project.create' })
  expect(ofTeam).toMatchObject([{ teamId: ids.team, action: 'project.create' }])
  const { userId } = ofTeam[0]
  const ofUser: { userId: string }[] = await found({ userId })
  expect(ofUser.length).toBeGreaterThan(1)
  expect(new Set(ofUser.map((event) => event.userId))).toEqual(new Set([userId]))
  const ofKeys: { action: string }[] = await found({ action: 'key.*', limit: '200' })
  expect(ofKeys.length).toBeGreaterThan(0)
  expect(ofKeys.filter(({ action }) => !action.startsWith('key.'))).toEqual([])
  expect(await found({ action: 'k%.*' })).toEqual([])
  expect(await found({ id: denied[0].id })).toEqual(denied)
})
