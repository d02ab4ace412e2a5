import type { Ctx } from '../app.ts'
import { budgetDryRun } from '../contract/dry-runs.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { boundDryRun, modelsCalled, replayBudget } from '../db/dry-runs.ts'
import { namesOf } from '../db/names.ts'
import { transaction } from '../db/transaction.ts'
import { WINDOW_WORDS } from '../domain/budget.ts'
import { appliesTo } from '../domain/call-route.ts'
import { formatUsd } from '../domain/money.ts'
import { alone } from './alone.ts'
import { within } from './authorize.ts'
import { nanoUsd, requireLines } from './budget-terms.ts'
import { findBudgetFor } from './budgets.ts'
import { asksForLess, MOST_LINES, percentOf, rangeOf } from './dry-run.ts'
import { invalid } from './invalid.ts'
import { reachScope, requireProvider } from './rule-scope.ts'
import { timeZoneOf } from './time-zone.ts'

type Outcome = Output<typeof budgetDryRun>
type Body = Valid<typeof budgetDryRun>['body']
type Tried = Outcome['budget']

/** Goes through the calls of the last days with a budget as it would be. Changes nothing. */
export async function dryRunBudget(ctx: Ctx, { body }: Valid<typeof budgetDryRun>): Promise<Outcome> {
  const { userId, ...budget } = await triedBudget(ctx, body)
  const { modelPattern, scope } = budget
  const range = await rangeOf(ctx, body.days)
  const replay = { scope, userId, ...range, within: within(ctx.actor, budgetDryRun.permission) }
  const { total, windows, groups } = await alone('a dry run of a budget', () =>
    asksForLess(() =>
      transaction(ctx, async ({ db }) => {
        await boundDryRun(db)
        const called = modelPattern === null ? null : await modelsCalled(db, replay)
        const models = called?.filter(({ model, upstreamModel }) =>
          appliesTo(
            { providerId: null, modelPattern },
            { providerId: '', model, upstreamModel: upstreamModel ?? model },
          ),
        )
        const { period: window, limitUsd, ...terms } = budget
        const tried = { ...terms, window, limitNanoUsd: nanoUsd(limitUsd), models: models ?? null }
        return replayBudget(db, replay, tried, MOST_LINES + 1)
      }),
    ),
  )
  const shown = groups.slice(0, MOST_LINES)
  return {
    budget,
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    calls: Number(total.calls),
    costUsd: formatUsd(total.costNanoUsd),
    blocked: {
      calls: Number(total.blockedCalls),
      keys: Number(total.keys),
      costUsd: formatUsd(total.blockedNanoUsd),
      costPercent: percentOf(total.blockedNanoUsd, total.costNanoUsd),
      firstAt: iso(total.firstBlockedAt),
      lastAt: iso(total.lastBlockedAt),
    },
    slowed: {
      calls: Number(total.slowedCalls),
      keys: Number(total.slowedKeys),
      firstAt: iso(total.firstSlowedAt),
      lastAt: iso(total.lastSlowedAt),
    },
    data: shown.map(({ keyId, model, blockedCalls, blockedNanoUsd, firstBlockedAt, lastBlockedAt }) => ({
      keyId,
      model,
      calls: Number(blockedCalls),
      costUsd: formatUsd(blockedNanoUsd),
      firstAt: iso(firstBlockedAt) ?? '',
      lastAt: iso(lastBlockedAt) ?? '',
    })),
    truncated: groups.length > shown.length,
    names: await namesOf(ctx.db, [...new Set(shown.map(({ keyId }) => keyId))]),
    windows: windows.map((window) => ({
      startedAt: window.startedAt.toISOString(),
      endsAt: budget.period === 'total' ? null : window.endsAt.toISOString(),
      spentUsd: formatUsd(window.spentNanoUsd),
      blockedCalls: Number(window.blockedCalls),
      blockedUsd: formatUsd(window.blockedNanoUsd),
      blockedFrom: iso(window.firstBlockedAt),
      passedAt: iso(window.passedAt),
      throttledFrom: iso(window.throttledFrom),
      slowedCalls: Number(window.slowedCalls),
      suspendedFrom: iso(window.suspendedFrom),
    })),
  }
}

/** The budget with the change, or the new one, at a scope whose usage the actor may see. */
async function triedBudget(ctx: Ctx, body: Body): Promise<Tried & { userId: string | null }> {
  const known = body.budgetId === undefined ? null : await findBudgetFor(ctx, body.budgetId)
  const scope = known?.scope ?? body.scope
  const period = body.period ?? known?.period
  const limitUsd = body.limitUsd ?? known?.limitUsd
  if (period === 'rolling_24h' || period === 'credits') {
    throw invalid(
      '/body/budgetId',
      `a budget ${WINDOW_WORDS[period]} has no windows to go through: give a period`,
    )
  }
  if (known?.perMember) throw invalid('/body/budgetId', 'a budget for each member has no calls of its own')
  if (!scope || !period || limitUsd === undefined) throw new Error('the contract lets no less through')
  await reachScope(ctx, budgetDryRun.permission, scope)
  const { providerId = known?.providerId ?? null, modelPattern = known?.modelPattern ?? null } = body
  await requireProvider(ctx, providerId, '/body/providerId')
  const timeZone = await timeZoneOf(ctx, body.timeZone ?? known?.timeZone, '/body/timeZone')
  const { kind = known?.kind ?? 'hard', onShort = known?.onShort ?? 'clamp' } = body
  const {
    throttleAtPercent = known?.throttleAtPercent ?? null,
    throttleRequestsPerMinute = known?.throttleRequestsPerMinute ?? null,
    suspendAtPercent = known?.suspendAtPercent ?? null,
  } = body
  const lines = { throttleAtPercent, throttleRequestsPerMinute, suspendAtPercent }
  requireLines({ kind, ...lines }, '/body')
  const userId = known?.userId ?? null
  return { scope, userId, kind, period, timeZone, limitUsd, onShort, ...lines, providerId, modelPattern }
}

function iso(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
