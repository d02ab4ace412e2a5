import { sql } from 'kysely'
import { projectBudgets, tellBudgetAlerts, tellRefusingBudgets } from '../../src/jobs/tell-alerts.ts'
import type { People, Places } from './acme-places.ts'
import type { Stage } from './acme-stage.ts'

const DAY_MS = 86_400_000

/** Budgets by about how much is spent of them, in percent. */
export type Budgets = Record<'at10' | 'at85' | 'at100', string> & { rateLimit: string }

const LIMIT_USD = { at10: 5000, at85: 400, at100: 250 }
/** What the calls of this month come to, in whole dollars, where a budget is to be nearly spent, and where one is spent. */
export const SPENT_USD = { at85: LIMIT_USD.at85 * 0.85, at100: LIMIT_USD.at100 }

/** Budgets, credits and rate limits. Nothing is spent yet: `spendBudgets` does that. */
export async function setBudgets(
  stage: Stage,
  { people, places }: { people: People; places: Places },
): Promise<Budgets> {
  const { owner, make, say } = stage
  const organization = await make(owner, 'organizationView', {})
  const budget = async (name: string, scope: object, limit: number, more: object = {}) => {
    const body = { scope, name: say(name), limitUsd: String(limit), period: 'month', ...more }
    return (await make(owner, 'budgetCreate', { body })).id as string
  }
  const team = (id: string) => ({ type: 'team', id })
  const budgets = {
    at10: await budget('Everything', { type: 'organization', id: organization.id }, LIMIT_USD.at10),
    at85: await budget('Search', team(places.search.id), LIMIT_USD.at85, {
      throttleAtPercent: 95,
      throttleRequestsPerMinute: 60,
    }),
    at100: await budget(
      'Helpdesk trial',
      { type: 'project', id: places.support.projects.helpdesk.id },
      LIMIT_USD.at100,
      { kind: 'hard', onShort: 'deny' },
    ),
  }
  await budget('Each of Support', team(places.support.id), 40, { perMember: true, kind: 'soft' })

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
  return { ...budgets, rateLimit }
}

/** What the jobs tell of budgets like these. */
export async function tellAlerts({ app }: Stage): Promise<void> {
  await tellBudgetAlerts(app)
  await projectBudgets(app)
  await tellRefusingBudgets(app)
}

/** Spends of each budget what the calls of its window cost, as their settlement does; then one is raised for a while. */
export async function spendBudgets({ app, owner, make, say }: Stage, { at10 }: Budgets): Promise<void> {
  await sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd)
    select b.id, w.window_start, w.window_end, b.limit_nano_usd, coalesce(sum(u.cost_nano_usd), 0)
    from budgets b
    cross join lateral budget_window(b.period, b.time_zone, now()) w
    left join usage u on u.admitted_at >= w.window_start and (
      b.scope_type = 'organization' or b.scope_id in (u.team_id, u.project_id, u.key_id))
    where not b.per_member
    group by b.id, w.window_start, w.window_end`.execute(app.db)
  await sql`select ledger_raise_alerts(budget_id, window_start) from budget_windows`.execute(app.db)
  const raise = { budgetId: at10, addUsd: '500', until: fromNow(6) }
  await make(owner, 'budgetRaiseCreate', { body: { ...raise, reason: say('Launch of the new catalogue') } })
}

function fromNow(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString()
}
