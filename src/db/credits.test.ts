import fc from 'fast-check'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { audited, ledgerWorld, makeBudget } from '../../test/ledger.ts'
import type { Db } from '../app.ts'
import { type Credit, lapse, limitOf, nextLapse, pay } from '../domain/credit.ts'
import { newId } from '../ids.ts'
import { payCredits } from './credits.ts'

const DAY_MS = 86_400_000
const START = Date.UTC(2027, 0, 1)

type Event =
  | { grant: number; days: number | null }
  | { spend: number }
  | { wait: number }
  | { endOne: number }

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ grant: fc.integer({ min: 1, max: 50 }), days: fc.option(fc.integer({ min: 1, max: 20 })) }),
  fc.record({ spend: fc.nat(30) }),
  fc.record({ wait: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ endOne: fc.nat(5) }),
)

test('the database and the rules agree on what every credit has paid and what the account may spend', async () => {
  await using world = await ledgerWorld()
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 5, maxLength: 25 }), async (events) => {
      const { id } = await makeBudget(world.db, { window: 'credits', limitNanoUsd: 0n, scope: someone() })
      await sql`
        insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, over_nano_usd)
        select id, window_start, window_end, 0, 1000000
        from budgets, budget_window(period, time_zone, now()) where id = ${id}`.execute(world.db)
      let account: Credit[] = []
      let [spent, today] = [0n, 0]
      for (const event of events) {
        const now = new Date(START + today * DAY_MS)
        account = lapse(account, spent, now)
        if ('grant' in event) {
          const creditId = newId('cdt')
          const expiresAt = event.days === null ? null : new Date(now.getTime() + event.days * DAY_MS)
          await payCredits(world.db, id)
          await grant(world.db, { id, creditId, amount: event.grant, days: event.days })
          const amountNanoUsd = BigInt(event.grant)
          account = [
            ...pay(account, spent),
            { id: creditId, amountNanoUsd, usedNanoUsd: 0n, expiresAt, over: false },
          ]
        } else if ('spend' in event) {
          spent += BigInt(event.spend)
          await sql`update budget_windows set spent_nano_usd = ${spent} where budget_id = ${id}`.execute(
            world.db,
          )
        } else if ('wait' in event) {
          today += event.wait
          await audited(world.db, async (db) => {
            await sql`update credits set expires_at = expires_at - make_interval(days => ${event.wait})
              where budget_id = ${id}`.execute(db)
          })
        } else {
          const which = account.find((credit, at) => at >= event.endOne && !credit.over)
          if (which === undefined) continue
          await payCredits(world.db, id)
          await sql`update credits set over_at = now() where id = ${which.id}`.execute(world.db)
          account = pay(account, spent).map((c) => (c.id === which.id ? { ...c, over: true } : c))
        }
        account = lapse(account, spent, new Date(START + today * DAY_MS))
        expect(await limitNow(world.db, id)).toEqual({
          limit: limitOf(account),
          days: daysUntil(nextLapse(account), today),
        })
        expect(await usedOf(world.db, id, spent)).toEqual(
          pay(account, spent).map(({ usedNanoUsd }) => usedNanoUsd),
        )
      }
    }),
    { numRuns: 25 },
  )
}, 60_000)

test('a lapse is written once, whoever asks first', async () => {
  await using world = await ledgerWorld()
  const { id } = await makeBudget(world.db, { window: 'credits', limitNanoUsd: 0n })
  await grant(world.db, { id, creditId: newId('cdt'), amount: 10, days: 1 })
  await sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd)
    select id, window_start, window_end, 10, 4
    from budgets, budget_window(period, time_zone, now()) where id = ${id}`.execute(world.db)
  await audited(world.db, async (db) => {
    await sql`update credits set expires_at = now()`.execute(db)
  })
  const asked = await Promise.all(Array.from({ length: 8 }, () => limitNow(world.db, id)))
  expect(new Set(asked.map(({ limit }) => limit))).toEqual(new Set([4n]))
  await sql`update budget_windows set spent_nano_usd = 6, over_nano_usd = 6`.execute(world.db)
  expect((await limitNow(world.db, id)).limit).toBe(4n)
})

const someone = () => ({ type: 'user' as const, id: newId('usr') })

/** Half a day more than the whole days that the rules count, so that the clock that runs meanwhile does not matter. */
async function grant(
  db: Db,
  { id, creditId, amount, days }: { id: string; creditId: string; amount: number; days: number | null },
): Promise<void> {
  await audited(db, async (db) => {
    await sql`
      insert into credits (id, budget_id, amount_nano_usd, reason, created_by, expires_at)
      values (${creditId}, ${id}, ${amount}, 'a test', 'test',
        now() + make_interval(days => ${days}::int) - interval '12 hours')`.execute(db)
  })
}

async function limitNow(db: Db, budgetId: string): Promise<{ limit: bigint; days: number | null }> {
  const { rows } = await sql<{ limit: bigint; days: number | null }>`
    select limit_nano_usd as limit, case when isfinite(valid_until) then
      ceil(extract(epoch from valid_until - now()) / 86400)::int end as days
    from budget_limit_now(${budgetId}, 'epoch')`.execute(db)
  const [row] = rows
  if (!row) throw new Error('every budget has a limit')
  return row
}

async function usedOf(db: Db, budgetId: string, spent: bigint): Promise<bigint[]> {
  const { rows } = await sql<{ used: bigint }>`
    select used_nano_usd as used from credit_lines(${budgetId}, ${spent}) order by id`.execute(db)
  return rows.map(({ used }) => used)
}

function daysUntil(end: Date | null, today: number): number | null {
  return end && Math.round((end.getTime() - START) / DAY_MS) - today
}
