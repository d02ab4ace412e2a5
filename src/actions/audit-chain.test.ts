import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { createWorld, type World } from '../../test/world.ts'
import { readAuditHeads } from '../audit-heads-file.ts'
import { takeUnsealed } from '../db/audit-chain.ts'
import { connect } from '../db/connect.ts'
import { insertTeam } from '../db/teams.ts'
import { transaction } from '../db/transaction.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { sealChain } from './audit-chain.ts'
import { verifyAudit } from './audit-verify.ts'

const verified = (app: TestApp) =>
  verifyAudit(app.as(), { params: {}, query: { from: 1 }, body: undefined as never })
const seal = (app: TestApp) => sealChain(app.as(), { headEveryMs: 0 })

/** An installation whose trail is sealed and its head signed, and what the second half of it is then changed by. */
async function sealedWorld(): Promise<World> {
  const world = await createWorld()
  await seal(world.app)
  return world
}

/** What somebody with the database in their hands does, whom no trigger stops. */
async function tamper({ app }: World, statement: string): Promise<void> {
  const triggers = async (how: string) => {
    for (const table of ['audit_events', 'audit_chain', 'audit_heads']) {
      await sql.raw(`alter table ${table} ${how} trigger all`).execute(app.db)
    }
  }
  await triggers('disable')
  await sql.raw(statement).execute(app.db)
  await triggers('enable')
}

test('148: a chain that nobody touched is whole', async () => {
  await using world = await sealedWorld()
  const report = await verified(world.app)
  expect(report).toEqual({ ok: true, checked: expect.any(Number), firstBroken: null })
  expect(report.checked).toBeGreaterThan(20)
})

test('a part of the chain is verified by itself, and the parts together find what the whole does', async () => {
  await using world = await sealedWorld()
  const part = (from: number, to: number) =>
    verifyAudit(world.app.as(), { params: {}, query: { from, to }, body: undefined as never })
  expect(await part(3, 8)).toEqual({ ok: true, checked: 6, firstBroken: null })
  await tamper(world, `update audit_events set action = 'team.creatf' where seq = ${seqAt(7)}`)
  expect(await part(1, 6)).toEqual({ ok: true, checked: 6, firstBroken: null })
  expect(await part(7, 12)).toMatchObject({ ok: false, checked: 0, firstBroken: { position: 7 } })
  expect(await part(8, 12)).toEqual({ ok: true, checked: 5, firstBroken: null })
})

const seqAt = (position: number) => `(select event_seq from audit_chain where position = ${position})`

test.each<[string, string, number]>([
  ['an action', `update audit_events set action = 'team.creatf' where seq = ${seqAt(7)}`, 7],
  ['a microsecond', `update audit_events set at = at + interval '1 microsecond' where seq = ${seqAt(7)}`, 7],
  ['who did it', `update audit_events set user_id = 'usr_x' where seq = ${seqAt(7)}`, 7],
  ['what was after', `update audit_events set after = after || '{"x":1}' where seq = ${seqAt(3)}`, 3],
  ['what is gone from it', `update audit_events set after = null where seq = ${seqAt(3)}`, 3],
  ['the result', `update audit_events set result = 'failed' where seq = ${seqAt(9)}`, 9],
  ['one event, deleted', `delete from audit_events where seq = ${seqAt(5)}`, 5],
  [
    'one event, deleted with its link',
    `with link as (delete from audit_chain where position = 5 returning event_seq)
    delete from audit_events using link where seq = link.event_seq`,
    5,
  ],
  [
    'two events, exchanged',
    `update audit_chain set event_seq = case position when 4 then ${seqAt(6)} else ${seqAt(4)} end
    where position in (4, 6)`,
    4,
  ],
  ['a hash', `update audit_chain set hash = sha256('x') where position = 8`, 8],
])('148: a change of %s is found where it was made', async (_what, statement, position) => {
  await using world = await sealedWorld()
  await sql`alter table audit_chain drop constraint audit_chain_event_seq_key`.execute(world.app.db)
  await tamper(world, statement)
  const report = await verified(world.app)
  expect([report.ok, report.checked, report.firstBroken?.position]).toEqual([false, position - 1, position])
})

test('148: an event that was put in is found', async () => {
  await using world = await sealedWorld()
  await tamper(
    world,
    `insert into audit_events (id, actor_kind, actor_id, action, target_id)
     values ('evt_01JD0000000000000000000000', 'token', 'tok_x', 'key.create', 'key_x')`,
  )
  const { firstBroken } = await verified(world.app)
  expect(firstBroken).toMatchObject({
    eventId: 'evt_01JD0000000000000000000000',
    problem: /never got a place/,
  })
})

test('148: emptied tables are found', async () => {
  await using world = await sealedWorld()
  await tamper(world, 'truncate audit_heads, audit_chain, audit_events')
  expect((await verified(world.app)).ok).toBe(false)
})

test('149: an end that was cut off, heads and all, is found by the heads that the server keeps in its file', async () => {
  await using world = await sealedWorld()
  await tamper(
    world,
    `with heads as (delete from audit_heads returning 1), links as (
       delete from audit_chain where position > 10 returning event_seq)
     delete from audit_events using links where seq = links.event_seq`,
  )
  const { firstBroken } = await verified(world.app)
  expect(firstBroken?.problem).toMatch(/cut off/)
})

test('150: what was changed is not sealed on, so that no later head vouches for it', async () => {
  await using world = await sealedWorld()
  const { app } = world
  const before = await chainLength(app)
  const last = await sql<{ seq: bigint }>`select max(event_seq) as seq from audit_chain`.execute(app.db)
  await tamper(world, `update audit_chain set hash = sha256('x') where event_seq = ${last.rows[0]?.seq}`)
  await audit(app.as(), { action: 'team.create', targetId: 'x' })
  expect(await seal(app)).toMatchObject({ position: before, problem: /another one than its signed head/ })
  expect(await chainLength(app)).toBe(before)
  const findings = await app.db.selectFrom('findings').select(['kind', 'severity']).execute()
  expect(findings).toEqual([{ kind: 'audit-chain-broken', severity: 'high' }])
  expect(app.logged.at(-1)).toMatch(/"fatal".*audit chain is broken/)
})

test('157: with a clock that is set back the chain goes on in order, and heads are signed', async () => {
  await using world = await sealedWorld()
  const { app } = world
  app.advance(-3_600_000)
  await audit(app.as(), { action: 'team.create', targetId: 'x' })
  await sealChain(app.as(), { headEveryMs: 60_000 })
  const heads = await app.db.selectFrom('auditHeads').select('position').orderBy('position').execute()
  expect(heads).toHaveLength(2)
  expect((await verified(app)).ok).toBe(true)
})

test('heads are signed once in their time, and only while the chain grows', async () => {
  await using world = await sealedWorld()
  const { app } = world
  const heads = async () => {
    let count = 0
    for await (const _ of readAuditHeads(app.config.dataDir)) count += 1
    return count
  }
  await sealChain(app.as(), { headEveryMs: 60_000 })
  expect(await heads()).toBe(1)
  await audit(app.as(), { action: 'team.create', targetId: 'x' })
  await sealChain(app.as(), { headEveryMs: 60_000 })
  expect(await heads()).toBe(1)
  app.advance(60_000)
  await sealChain(app.as(), { headEveryMs: 60_000 })
  expect(await heads()).toBe(2)
})

test('what twenty write at once, while two seal, is one chain without a gap', async () => {
  await using app = await testApp()
  const other = connect({
    url: app.databaseUrl,
    name: 'other',
    max: 4,
    statementTimeoutMs: 30_000,
    onError() {},
  })
  const writers = Array.from({ length: 20 }, async (_, writer) => {
    for (let i = 0; i < 20; i++) {
      await transaction(app.as(), async (ctx) => {
        const id = newId('team')
        await insertTeam(ctx.db, { id, name: `${writer} ${i}` })
        await audit(ctx, { action: 'team.create', targetId: id, teamId: id })
        await audit(ctx, { action: 'team.update', targetId: id, teamId: id })
      })
    }
  })
  let writing = true
  const sealers = [app.db, other].map(async (db) => {
    while (writing) await sealChain({ ...app.as(), db }, { headEveryMs: 0 })
  })
  await Promise.all(writers)
  writing = false
  await Promise.all(sealers)
  await seal(app)
  const report = await verified(app)
  expect(report).toEqual({ ok: true, checked: 800, firstBroken: null })
  await other.destroy()
})

test('a sealer that dies between its steps leaves nothing half done', async () => {
  await using world = await sealedWorld()
  const { app } = world
  await audit(app.as(), { action: 'team.create', targetId: 'x' })
  const before = await chainLength(app)
  await sql`create trigger dies before insert on audit_heads for each row execute function refuse_change()`.execute(
    app.db,
  )
  await expect(seal(app)).rejects.toThrow(/append-only/)
  expect(await chainLength(app)).toBe(before)
  await sql`drop trigger dies on audit_heads`.execute(app.db)
  expect(await seal(app)).toBeNull()
  expect(await verified(app)).toMatchObject({ ok: true, checked: before + 1 })
})

test('nothing is sealed within a change: its head would be known before it is true', async () => {
  await using app = await testApp()
  const within = transaction(app.as(), (ctx) => sealChain(ctx, { headEveryMs: 0 }))
  await expect(within).rejects.toThrow('outside of transactions')
})

test('every column of an event is under its hash', async () => {
  await using app = await testApp()
  await audit(app.as(), {
    action: 'team.create',
    targetId: 'x',
    reason: 'a test',
    before: { a: 1 },
    after: { a: 2 },
  })
  const { rows } = await sql<{ column: string }>`
    select column_name as column from information_schema.columns where table_name = 'audit_events'`.execute(
    app.db,
  )
  const [event] = await takeUnsealed(app.db, 1)
  expect(Object.keys(event ?? {}).sort()).toEqual(rows.map(({ column }) => column).sort())
})

async function chainLength(app: TestApp): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select count(*) as count from audit_chain`.execute(app.db)
  return Number(rows[0]?.count)
}
