import { sql } from 'kysely'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { audited, setLimit } from '../../test/ledger.ts'
import { smtpSink } from '../../test/smtp-sink.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { webhookSink } from '../../test/webhook-sink.ts'
import { createWorld, type World } from '../../test/world.ts'
import type { Db } from '../app.ts'
import { alertList } from '../contract/alerts.ts'
import { lookAgain, takeAlertTurn } from '../db/alerts.ts'
import type { Budget } from '../domain/budget.ts'
import { parseUsd } from '../domain/money.ts'
import { newId } from '../ids.ts'
import { sendNotices } from './send-notices.ts'
import { projectBudgets, tellBudgetAlerts, tellRefusingBudgets } from './tell-alerts.ts'

const usd = (text: string) => parseUsd(text) ?? -1n

type Values = { scope?: { type: string; id: string }; kind?: string; period?: string; thresholds?: number[] }

/** A budget of 100 USD of the team. */
async function budgetOf(world: World, values: Values = {}): Promise<string> {
  const scope = { type: 'team', id: world.ids.team }
  const body = { scope, limitUsd: '100', period: 'total', ...values }
  return (await world.make('budgetCreate', { body })).id
}

/** What a gateway's settlement does to a window: it locks the row, moves the money, and marks what it reached. */
async function spend({ app }: World, budgetId: string, amount: string): Promise<void> {
  await app.db.transaction().execute(async (db) => {
    await sql`
      insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd)
      select b.id, span.window_start, span.window_end, b.limit_nano_usd
      from budgets b, budget_window(b.period, b.time_zone, now()) span where b.id = ${budgetId}
      on conflict do nothing`.execute(db)
    await sql`
      update budget_windows w
      set spent_nano_usd = w.spent_nano_usd + ${usd(amount)}, limit_nano_usd = b.limit_nano_usd,
        over_nano_usd = greatest(0, w.spent_nano_usd + ${usd(amount)} - b.limit_nano_usd)
      from budgets b where b.id = w.budget_id and b.id = ${budgetId}`.execute(db)
    await sql`select ledger_raise_alerts(budget_id, window_start) from budget_windows
      where budget_id = ${budgetId}`.execute(db)
  })
}

/** A window as it would be after some days of spending. */
async function windowAt(
  world: World,
  budgetId: string,
  { days: [began, ends], spent }: { days: [began: number, ends: number]; spent: string },
): Promise<void> {
  await sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd, over_nano_usd)
    select id, today + make_interval(days => ${began}), today + make_interval(days => ${ends}), limit_nano_usd,
      ${usd(spent)}, greatest(0, ${usd(spent)} - limit_nano_usd)
    from budgets, date_trunc('second', now()) today where id = ${budgetId}`.execute(world.app.db)
  await audited(world.app.db, async (db) => {
    await sql`update budgets set created_at = now() - interval '90 days' where id = ${budgetId}`.execute(db)
  })
}

const alerts = async ({ api }: World, query: Record<string, string> = {}) =>
  (await api.send(alertList, { query }, { token: api.owner })).body.data
const said = async (world: World) =>
  (await alerts(world)).map(({ kind, percent, spentUsd, told }: Record<string, unknown>) => [
    kind,
    percent,
    spentUsd,
    told,
  ])
const notices = ({ app }: World) =>
  app.db
    .selectFrom('notices')
    .select(['kind', 'userId', 'channelId'])
    .where('kind', 'like', 'budget.%')
    .orderBy('id')
    .execute()
const raise = async ({ app: { db } }: World, budgetId: string, limit: string) => {
  await setLimit(db, { id: budgetId } as Budget, usd(limit))
  await sql`update budget_windows set limit_nano_usd = ${usd(limit)}, over_nano_usd = greatest(0, spent_nano_usd - ${usd(limit)})
    where budget_id = ${budgetId}`.execute(db)
}

test('a threshold reaches people by mail and channels within seconds, once, however many processes look', async () => {
  await using mail = await smtpSink()
  await using hook = await webhookSink()
  const config = {
    mail: { smtpUrl: mail.url, from: 'claviger@example.com' },
    privateUpstreams: ['127.0.0.0/8'],
  }
  await using world = await createWorld(config)
  const { make, app } = world
  const connect = (kind: string, events: string[]) =>
    make('channelCreate', { body: { name: kind, kind, events, address: hook.url } })
  const { secret } = await connect('webhook', ['budget.threshold'])
  await connect('slack', ['budget.*'])
  await make('channelCreate', {
    body: { name: 'other', kind: 'slack', events: ['access-request.*'], address: hook.url },
  })
  const budgetId = await budgetOf(world, { period: 'month' })

  await Promise.all([1, 2, 3].map(() => spend(world, budgetId, '20')))
  const counts = await Promise.all([1, 2, 3].map(() => tellBudgetAlerts(app)))
  expect(counts.sort()).toEqual([0, 0, 1])
  expect(await tellBudgetAlerts(app)).toBe(0)
  await sendNotices(app)

  expect(mail.mails).toHaveLength(1)
  expect(mail.mails[0]?.data.replaceAll('=\n', '')).toContain('60.00 of 100.00 USD are spent, 60 %.')
  expect(hook.posts).toHaveLength(2)
  const signed = hook.posts.find(({ headers }) => 'webhook-signature' in headers)
  expect(
    new Webhook(secret).verify(signed?.body ?? '', signed?.headers as Record<string, string>),
  ).toMatchObject({
    type: 'budget.threshold',
    data: {
      budgetId,
      percent: 50,
      limitUsd: '100.00',
      spentUsd: '60.00',
      subject: '50 % of the budget "100 USD a month" of team "Ours" is spent',
      alertId: (await alerts(world))[0].id,
    },
  })
  expect(await said(world)).toEqual([['budget.threshold', 50, '60.00', 3]])
  expect(app.logged.filter((line) => line.includes('"event":"budget.threshold","alert"'))).toHaveLength(1)
  expect(await app.metrics.registry.getSingleMetricAsString('claviger_budget_alerts_total')).toContain(
    'claviger_budget_alerts_total{kind="budget.threshold"} 1',
  )
})

test('a threshold of any 24 hours that two gateways reach together is told, though nothing settles after it', async () => {
  await using world = await createWorld()
  const { app } = world
  const budgetId = await budgetOf(world, { period: 'rolling_24h' })
  const { rows: cells } = await sql<{ start: Date }>`
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd)
    select ${budgetId}, span.window_start - ago, span.window_end - ago, ${usd('100')}
    from budget_window('rolling_24h', 'UTC', now()) span, unnest(array['0', '15 minutes']::interval[]) ago
    returning window_start as start`.execute(app.db)
  /** Settles 30 USD in a cell, as a gateway does, and answers what it marked. */
  const settle = async (db: Db, cell = 0) => {
    const start = cells[cell]?.start
    await sql`update budget_windows set spent_nano_usd = ${usd('30')}
              where budget_id = ${budgetId} and window_start = ${start}`.execute(db)
    const { rows } = await sql<{ marked: number[] }>`
      select ledger_raise_alerts(${budgetId}, ${start}) as marked`.execute(db)
    return rows[0]?.marked
  }
  await app.db.transaction().execute(async (first) => {
    expect(await settle(first, 1)).toEqual([])
    expect(await app.db.transaction().execute((second) => settle(second))).toEqual([])
    await tellBudgetAlerts(app)
    expect(await said(world), 'the first is still looking').toEqual([])
  })
  expect(await tellBudgetAlerts(app)).toBe(1)
  expect(await said(world)).toEqual([['budget.threshold', 50, '60.00', 1]])
  expect(await app.db.selectFrom('budgetLooks').selectAll().execute()).toEqual([])
})

/** A budget of any 24 hours with so many cells, and notes that they are to be looked at: the oldest cell's come first. */
async function notedCells(
  { app }: World,
  budgetId: string,
  { cells, notes }: { cells: number; notes: number },
) {
  await sql`
    with cells as (
      insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd)
      select ${budgetId}, span.window_start - ago * interval '15 minutes', span.window_end - ago * interval '15 minutes',
        ${usd('100')}, case ago when 0 then ${usd('60')}::int8 else 0 end
      from budget_window('rolling_24h', 'UTC', now()) span, generate_series(0, ${cells - 1}::int) ago
      returning window_start
    )
    insert into budget_looks (budget_id, window_start, noted_at)
    select ${budgetId}, window_start, window_start from cells, generate_series(1, ${notes}::int)`.execute(
    app.db,
  )
}

const notesLeft = async ({ app }: World) =>
  (await app.db.selectFrom('budgetLooks').selectAll().execute()).length

test('one look is for all the notes of a window, and leaves those of others', async () => {
  await using world = await createWorld()
  const { app } = world
  await notedCells(world, await budgetOf(world, { period: 'rolling_24h' }), { cells: 2, notes: 250 })
  expect(await lookAgain(app.db, 1)).toBe(1)
  expect(await app.db.selectFrom('budgetAlerts').selectAll().execute()).toEqual([])
  expect(await notesLeft(world)).toBe(250)
  expect(await tellBudgetAlerts(app)).toBe(1)
  expect(await said(world)).toEqual([['budget.threshold', 50, '60.00', 1]])
  expect(await notesLeft(world)).toBe(0)
})

test('a sweep that looked at all it may says so, and comes again at once, whoever was told', async () => {
  await using world = await createWorld()
  const { app } = world
  const budgetId = await budgetOf(world, { period: 'rolling_24h' })
  await notedCells(world, budgetId, { cells: 130, notes: 2 })
  expect(await tellBudgetAlerts(app)).toBe(100)
  expect(await said(world), 'the newest cell has its turn in the next').toEqual([])
  expect(await tellBudgetAlerts(app)).toBe(30)
  expect(await said(world)).toEqual([['budget.threshold', 50, '60.00', 1]])
  expect(await notesLeft(world)).toBe(0)
})

test("a member's part is that member's to hear of, by name", async () => {
  await using world = await createWorld()
  const { make, app, ids } = world
  const scope = { type: 'team', id: ids.team }
  const whole = await make('budgetCreate', {
    body: { scope, limitUsd: '100', period: 'month', perMember: true },
  })
  const { id: userId } = await make('userCreate', { body: { email: 'cy@example.com', name: 'Cy' } })
  const params = { budgetId: whole.id, userId }
  const { budgetId } = await make('budgetMemberSet', { params, body: { limitUsd: null } })
  await spend(world, budgetId, '60')
  await tellBudgetAlerts(app)
  expect(await notices(world)).toEqual([{ kind: 'budget.threshold', userId, channelId: null }])
  expect((await alerts(world))[0].summary).toBe(
    '50 % of the budget "100 USD a month for each member" of Cy in team "Ours" is spent',
  )
})

test('while one process tells, another leaves it to that one', async () => {
  await using world = await createWorld()
  const { app } = world
  await spend(world, await budgetOf(world), '60')
  await windowAt(world, await budgetOf(world, { period: 'month' }), { days: [-10, 20], spent: '45' })
  await app.db.transaction().execute(async (db) => {
    await takeAlertTurn(db)
    await tellBudgetAlerts(app)
    await projectBudgets(app)
    expect(await alerts(world)).toEqual([])
  })
  await tellBudgetAlerts(app)
  await projectBudgets(app)
  expect(await alerts(world)).toHaveLength(2)
})

test('of several thresholds that are reached at once the highest is told, and all are kept', async () => {
  await using world = await createWorld()
  const budgetId = await budgetOf(world)
  await spend(world, budgetId, '85')
  await tellBudgetAlerts(world.app)
  expect(await notices(world)).toHaveLength(1)
  await spend(world, budgetId, '15')
  await tellBudgetAlerts(world.app)
  expect(await said(world)).toEqual([
    ['budget.exhausted', 100, '100.00', 1],
    ['budget.threshold', 50, '85.00', 0],
    ['budget.threshold', 80, '85.00', 1],
  ])
})

test('a hard budget that is spent is told whatever its thresholds are, a soft one as it is set', async () => {
  await using world = await createWorld()
  const hard = await budgetOf(world, { thresholds: [] })
  const soft = await budgetOf(world, { thresholds: [], kind: 'soft' })
  for (const budgetId of [hard, soft]) await spend(world, budgetId, '100')
  await tellBudgetAlerts(world.app)
  expect((await alerts(world)).map((alert: { budgetId: string }) => alert.budgetId)).toEqual([hard])
})

test('when the limit is raised, what is reached of the new one is told again, and what was passed is not', async () => {
  await using world = await createWorld()
  const budgetId = await budgetOf(world, { thresholds: [80] })
  const step = async (limit: string, amount: string) => {
    await raise(world, budgetId, limit)
    await spend(world, budgetId, amount)
    await tellBudgetAlerts(world.app)
    return said(world).then((rows) => rows.length)
  }
  expect(await step('100', '85')).toBe(1)
  // 80 % of 105 is 84, which was passed when the first was told.
  expect(await step('105', '1')).toBe(1)
  expect(await step('200', '70')).toBe(1)
  expect(await step('200', '5')).toBe(2)
  // Lowered: more than 80 % of it was told; that all of it is spent was not.
  expect(await step('150', '0')).toBe(3)
  expect(await step('200', '0')).toBe(3)
  expect((await said(world)).map(([kind]: string[]) => kind)).toEqual([
    'budget.exhausted',
    'budget.threshold',
    'budget.threshold',
  ])
})

test('of a window that is over nobody is told, since it started anew; it is kept', async () => {
  await using world = await createWorld()
  const budgetId = await budgetOf(world, { period: 'month' })
  await windowAt(world, budgetId, { days: [-60, -30], spent: '90' })
  await sql`select ledger_raise_alerts(budget_id, window_start) from budget_windows`.execute(world.app.db)
  await tellBudgetAlerts(world.app)
  expect(await said(world)).toEqual([
    ['budget.threshold', 50, '90.00', 0],
    ['budget.threshold', 80, '90.00', 0],
  ])
})

test('who owns a key or answers for its account is told; else the nearest who may change budgets', async () => {
  await using world = await createWorld()
  const { make, app, ids } = world
  const person = async (name: string) =>
    (await make('userCreate', { body: { email: `${name}@example.com`, name } })).id as string
  const admin = async (name: string, at: object) => {
    const userId = await person(name)
    await make('grantCreate', { body: { userId, role: 'admin', ...at } })
    return userId
  }
  const keyOf = async (owner: object) => {
    const body = { name: newId('key'), environmentId: ids.environment, ...owner }
    return (await make('keyCreate', { body })).key.id as string
  }
  const teamAdmins = await app.db
    .selectFrom('grants')
    .select('userId')
    .where('teamId', '=', ids.team)
    .where('scopeType', '=', 'team')
    .where('roleId', '=', 'admin')
    .execute()
  const answers = await person('answers')
  const account = await make('serviceAccountCreate', {
    body: { projectId: ids.project, name: 'owned', ownerUserId: answers },
  })
  const bare = await make('serviceAccountCreate', { body: { projectId: ids.project, name: 'bare' } })
  await audited(app.db, async (db) => {
    await db.updateTable('serviceAccounts').set({ ownerUserId: null }).where('id', '=', bare.id).execute()
    await db
      .updateTable('grants')
      .set({ revokedAt: new Date() })
      .where('projectId', '=', ids.project)
      .where('roleId', '=', 'admin')
      .execute()
  })
  const projectAdmin = await admin('project', { projectId: ids.project })
  const ada = ids.user

  const told = async (type: string, id: string) => {
    await app.db.deleteFrom('notices').execute()
    const budgetId = await budgetOf(world, { scope: { type, id }, thresholds: [50] })
    await spend(world, budgetId, '60')
    await tellBudgetAlerts(app)
    return (await notices(world)).map(({ userId }) => userId)
  }
  const adasKey = await keyOf({ userId: ada })
  expect(await told('key', adasKey)).toEqual([ada])
  expect(await told('user', ada)).toEqual([ada])
  expect(await told('key', await keyOf({ serviceAccountId: account.id }))).toEqual([answers])
  expect(await told('service_account', account.id)).toEqual([answers])
  expect(await told('service_account', bare.id)).toEqual([projectAdmin])
  expect(await told('environment', ids.environment)).toEqual([projectAdmin])
  expect(await told('project', ids.project)).toEqual([projectAdmin])
  expect(await told('team', ids.team)).toEqual(teamAdmins.map(({ userId }) => userId))
  await make('userUpdate', { params: { userId: ada }, body: { deactivated: true } })
  expect(await told('key', adasKey)).toEqual([projectAdmin])
})

test('a rolling day tells a threshold at most once in 24 hours, of all that it counts', async () => {
  await using world = await createWorld()
  const { db } = world.app
  const budgetId = await budgetOf(world, { thresholds: [50] })
  await sql`alter table budgets drop constraint budgets_period_check`.execute(db)
  await audited(db, async (db) => {
    await sql`update budgets set period = 'rolling_24h' where id = ${budgetId}`.execute(db)
  })
  const cell = async (minutesAgo: number, spent: string) => {
    await sql`
      insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd)
      select ${budgetId}, at, at + interval '15 minutes', ${usd('100')}, ${usd(spent)}
      from (select date_bin('15 minutes', now(), 'epoch') - make_interval(mins => ${minutesAgo}) as at) cell`.execute(
      db,
    )
    await sql`
      select ledger_raise_alerts(${budgetId}, max(window_start)) from budget_windows`.execute(db)
    await tellBudgetAlerts(world.app)
    return (await said(world)).map(([, percent, spent]: unknown[]) => [percent, spent])
  }
  expect(await cell(48 * 60, '51')).toEqual([[50, '51.00']])
  expect(await cell(20 * 60, '30')).toHaveLength(1)
  const both = [
    [50, '55.00'],
    [50, '51.00'],
  ]
  expect(await cell(60, '25')).toEqual(both)
  expect(await cell(15, '15')).toEqual(both)
})

test('two cells of a rolling day that see it at the same time tell it once', async () => {
  await using world = await createWorld()
  const { db } = world.app
  const budgetId = await budgetOf(world, { thresholds: [50] })
  await sql`alter table budgets drop constraint budgets_period_check`.execute(db)
  await audited(db, async (db) => {
    await sql`update budgets set period = 'rolling_24h' where id = ${budgetId}`.execute(db)
  })
  await sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd)
    select ${budgetId}, at, at + interval '15 minutes', ${usd('100')}, ${usd('60')}
    from generate_series(date_trunc('minute', now()) - interval '15 minutes', now(), '15 minutes') at`.execute(
    db,
  )
  await sql`
    insert into budget_alerts (budget_id, window_start, threshold, limit_nano_usd, spent_nano_usd)
    select budget_id, window_start, 50, limit_nano_usd, ${usd('60')} from budget_windows`.execute(db)
  await tellBudgetAlerts(world.app)
  expect(await said(world)).toEqual([['budget.threshold', 50, '60.00', 1]])
})

test('an overrun is told before it happens, once, and once more when the raised limit will not last either', async () => {
  await using world = await createWorld()
  const { app } = world
  const budgetId = await budgetOf(world, { period: 'month' })
  await windowAt(world, budgetId, { days: [-10, 20], spent: '45' })
  await Promise.all([1, 2, 3].map(() => projectBudgets(app)))
  await projectBudgets(app)
  expect(await alerts(world)).toMatchObject([
    {
      kind: 'budget.projected',
      percent: null,
      spentUsd: '45.00',
      projectedUsd: expect.stringMatching(/^(135\.00|134\.99)/),
      told: 1,
      summary: 'The budget "100 USD a month" of team "Ours" will run out in 12 days',
    },
  ])
  await raise(world, budgetId, '200')
  await projectBudgets(app)
  expect(await alerts(world)).toHaveLength(1)
  await raise(world, budgetId, '120')
  await projectBudgets(app)
  expect(await alerts(world)).toHaveLength(2)
  await raise(world, budgetId, '110')
  await projectBudgets(app)
  expect(await alerts(world)).toHaveLength(2)
})

test('the pace is that of the last days, across windows, and nobody is alarmed when a window begins', async () => {
  await using world = await createWorld()
  const { app } = world
  const slowed = await budgetOf(world, { period: 'month' })
  await windowAt(world, slowed, { days: [-15, 15], spent: '60' })
  const sample = (budgetId: string, window: number, spent: string) =>
    sql`insert into budget_burn (budget_id, at, window_start, spent_nano_usd)
        select ${budgetId}, now() - interval '8 days', window_start, ${usd(spent)} from budget_windows
        where budget_id = ${budgetId} and window_start < now() + make_interval(days => ${window})
        order by window_start desc limit 1`.execute(app.db)
  // Nearly all of it was spent more than a week ago.
  await sample(slowed, 0, '59')
  const begun = await budgetOf(world, { period: 'month' })
  await windowAt(world, begun, { days: [-31, -1], spent: '100' })
  await windowAt(world, begun, { days: [-1, 29], spent: '5' })
  await sample(begun, -2, '20')
  await projectBudgets(app)
  expect(await alerts(world)).toEqual([])

  // In the last week: 80 of the month before and 30 of this one.
  await sql`update budget_windows set spent_nano_usd = ${usd('30')} where budget_id = ${begun} and window_end > now()`.execute(
    app.db,
  )
  await projectBudgets(app)
  const [alert] = await alerts(world)
  expect(alert).toMatchObject({ budgetId: begun, spentUsd: '30.00' })
  // 30 + 29 days at 110 / 7 a day.
  expect(Number(alert.projectedUsd)).toBeCloseTo(30 + (29 * 110) / 7, 1)
})

test('how a budget is spent is noted when it changes, once an hour at most, and forgotten when nobody looks back to it', async () => {
  await using world = await createWorld()
  const { db } = world.app
  const budgetId = await budgetOf(world)
  const samples = async () =>
    (await db.selectFrom('budgetBurn').select('spentNanoUsd').orderBy('at').execute()).map(
      (row) => row.spentNanoUsd,
    )
  const anHourLater = () => sql`update budget_burn set at = at - interval '61 minutes'`.execute(db)
  await spend(world, budgetId, '1')
  await projectBudgets(world.app)
  await spend(world, budgetId, '1')
  await projectBudgets(world.app)
  expect(await samples()).toEqual([usd('1')])
  await anHourLater()
  await projectBudgets(world.app)
  await anHourLater()
  await projectBudgets(world.app)
  expect(await samples()).toEqual([usd('1'), usd('2')])
  await sql`update budget_burn set at = at - interval '171 hours'`.execute(db)
  await projectBudgets(world.app)
  expect(await samples()).toEqual([usd('2')])
})

test('a budget that refuses many calls though some is left is told, once in its window', async () => {
  await using world = await createWorld()
  const { app, ids } = world
  const budgetId = await budgetOf(world, { period: 'month' })
  await spend(world, budgetId, '40')
  const refuse = async (calls: number, minutesAgo: number) => {
    const admittedAt = new Date(Date.now() - minutesAgo * 60_000)
    for (let call = 0; call < calls; call++) {
      await insertUsageRow(app, { teamId: ids.team, status: 429, refusedBy: budgetId, admittedAt })
    }
  }
  const told = async () => {
    await tellRefusingBudgets(app)
    return (await alerts(world)).map((alert: { refusedCalls: number }) => alert.refusedCalls)
  }
  await refuse(30, 61)
  await refuse(19, 5)
  expect(await told()).toEqual([])
  await refuse(1, 0)
  expect(await told()).toEqual([20])
  await refuse(5, 0)
  expect(await told()).toEqual([20])
  expect(await notices(world)).toMatchObject([{ kind: 'budget.refusing' }])

  // One that is spent was told: that it refuses is no news.
  const spent = await budgetOf(world)
  await spend(world, spent, '100')
  await tellBudgetAlerts(app)
  await app.db.updateTable('usage').set({ refusedBy: spent }).execute()
  expect(await told()).toEqual([null, null, null, 20])
})

test('who may see a budget sees its alerts, those of deleted ones too; nobody else does', async () => {
  await using world = await createWorld()
  const { api, tokens, make } = world
  const team = await budgetOf(world)
  const project = await budgetOf(world, { scope: { type: 'project', id: world.ids.project } })
  for (const budgetId of [team, project]) await spend(world, budgetId, '60')
  await tellBudgetAlerts(world.app)
  await make('budgetDelete', { params: { budgetId: project } })
  const seen = async (token: string, query: Record<string, string> = {}) => {
    const { status, body } = await api.send(alertList, { query }, { token })
    return status === 200 ? body.data.map((alert: { budgetId: string }) => alert.budgetId).sort() : status
  }
  expect(await seen(tokens.owner)).toEqual([team, project].sort())
  expect(await seen(tokens.teamViewer)).toEqual([team, project].sort())
  expect(await seen(tokens.projectViewer)).toEqual([project])
  expect(await seen(tokens.otherTeam)).toEqual([])
  expect(await seen(tokens.developer)).toBe(403)
  expect(await seen(tokens.owner, { scopeType: 'project' })).toEqual([project])
  expect(await seen(tokens.owner, { budgetId: team, kind: 'budget.threshold' })).toEqual([team])
  expect(await seen(tokens.owner, { kind: 'budget.projected' })).toEqual([])
  const first = await api.send(alertList, { query: { limit: '1' } }, { token: tokens.owner })
  const rest = await seen(tokens.owner, { cursor: first.body.nextCursor })
  expect([first.body.data[0].budgetId, ...rest].sort()).toEqual([team, project].sort())
})
