import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { budgetForecast } from '../contract/budgets.ts'
import { call } from '../contract/client.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

async function budgetOf(period: string): Promise<string> {
  const scope = { type: 'team', id: world.ids.team }
  return (await world.make('budgetCreate', { body: { scope, limitUsd: '100', period } })).id
}

/** Puts so much into the window of now. */
async function spend(budgetId: string, spentUsd: number): Promise<void> {
  await sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd)
    select id, window_start, window_end, limit_nano_usd, ${sql.lit(spentUsd)} * 1000000000::int8
    from budgets, budget_window(period, time_zone, now()) where id = ${budgetId}`.execute(world.app.db)
}

const forecast = (budgetId: string) =>
  call(world.api.client(world.tokens.owner), budgetForecast, { params: { budgetId } })

test('a budget says its pace and when nothing is left, at the pace that alerts are told by', async () => {
  const budgetId = await budgetOf('total')
  await spend(budgetId, 60)
  const { asOf, pace } = await forecast(budgetId)
  // Younger than three days, it is judged by three: 20 USD a day, so the 40 that are left last two days.
  expect(pace).toMatchObject({ perDayUsd: '20.00', atEndUsd: null })
  expect((Date.parse(pace?.runsOutAt ?? '') - Date.parse(asOf)) / 86_400_000).toBeCloseTo(2, 3)
})

test('where nothing is spent, and of any 24 hours, there is no pace to tell', async () => {
  expect(await forecast(await budgetOf('month'))).toMatchObject({ pace: null })
  const rolling = await budgetOf('rolling_24h')
  await spend(rolling, 60)
  expect(await forecast(rolling)).toMatchObject({ pace: null })
})
