import { sql } from 'kysely'
import { projectBudgets, tellBudgetAlerts, tellRefusingBudgets } from '../../src/jobs/tell-alerts.ts'
import type { Keys } from './acme-keys.ts'
import type { People, Places } from './acme-places.ts'
import type { Stage } from './acme-stage.ts'

const DAY_MS = 86_400_000

/** Budgets by what is spent of them, in percent. */
export type Budgets = Record<'at10' | 'at85' | 'at100', string> & { rateLimit: string }

/** Budgets that are hardly used, nearly spent and spent; credits and rate limits. */
export async function setBudgets(
  stage: Stage,
  { people, places, keys }: { people: People; places: Places; keys: Keys },
): Promise<Budgets> {
  const { owner, make, say } = stage
  const organization = await make(owner, 'organizationView', {})
  const budget = async (name: string, scope: object, limitUsd: string, more: object = {}) => {
    const body = { scope, name: say(name), limitUsd, period: 'month', ...more }
    return (await make(owner, 'budgetCreate', { body })).id as string
  }
  const team = (id: string) => ({ type: 'team', id })
  const budgets = {
    at10: await budget('Everything', { type: 'organization', id: organization.id }, '5000'),
    at85: await budget('Search', team(places.search.id), '400', {
      throttleAtPercent: 95,
      throttleRequestsPerMinute: 60,
    }),
    at100: await budget(
      'Helpdesk trial',
      { type: 'project', id: places.support.projects.helpdesk.id },
      '250',
      { kind: 'hard', onShort: 'deny' },
    ),
  }
  await budget('Each of Support', team(places.support.id), '40', { perMember: true, kind: 'soft' })
  await spend(stage, budgets.at10, 10)
  await spend(stage, budgets.at85, 85)
  await spend(stage, budgets.at100, 100)

  const { id: rateLimit } = await make(owner, 'rateLimitCreate', {
    body: { scope: team(places.search.id), requestsPerMinute: 3_000, tokensPerMinute: 2_000_000 },
  })
  await make(owner, 'rateLimitCreate', {
    body: { scope: team(places.support.id), concurrentCalls: 20, modelPattern: 'claude-*' },
  })

  const credit = (scope: object, amountUsd: string, days: number, reason: string) =>
    make(owner, 'creditGrant', {
      body: { scope, amountUsd, expiresAt: fromNow(days), reason: say(reason) },
    })
  await credit(team(places.support.id), '2000', 18, 'Prepaid, invoice 118')
  await credit({ type: 'user', id: people.developer.userId }, '25', 60, 'Trial of Claude Code')
  const twice = await credit(team(places.support.id), '2000', 18, 'Prepaid, invoice 118')
  const params = { creditId: twice.id }
  await make(owner, 'creditEnd', { params, body: { reason: say('Granted twice') } })

  const raise = { budgetId: budgets.at10, addUsd: '500', until: fromNow(6) }
  await make(owner, 'budgetRaiseCreate', { body: { ...raise, reason: say('Launch of the new catalogue') } })
  await spendOfKeys(stage, keys)
  return { ...budgets, rateLimit }
}

/** What the jobs tell of budgets like these. */
export async function tellAlerts({ app }: Stage): Promise<void> {
  await tellBudgetAlerts(app)
  await projectBudgets(app)
  await tellRefusingBudgets(app)
}

/** Spends so many percent of the present window, as the settlement of calls does. */
async function spend({ app }: Stage, budgetId: string, percent: number): Promise<void> {
  await sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd)
    select id, window_start, window_end, limit_nano_usd, limit_nano_usd * ${sql.lit(percent)} / 100
    from budgets, budget_window(period, time_zone, now()) where id = ${budgetId}`.execute(app.db)
  await sql`
    select ledger_raise_alerts(budget_id, window_start) from budget_windows
    where budget_id = ${budgetId}`.execute(app.db)
}

async function spendOfKeys(stage: Stage, { active, developers }: Keys): Promise<void> {
  const ofKeys = await stage.app.db
    .selectFrom('budgets')
    .select(['id', 'scopeId'])
    .where('scopeId', 'in', [active.id, developers.id])
    .execute()
  for (const { id, scopeId } of ofKeys) await spend(stage, id, scopeId === active.id ? 62 : 34)
}

function fromNow(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString()
}
