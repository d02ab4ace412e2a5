import type { Ctx } from '../app.ts'
import { creditEnd, creditGrant, creditList } from '../contract/credits.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { lockBudget } from '../db/budgets.ts'
import {
  type CreditRow,
  findCredit,
  insertCredit,
  listCredits,
  openAccount,
  payCredits,
  setAccountLimit,
  setCreditEnded,
} from '../db/credits.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { formatUsd, MAX_NANO_USD } from '../domain/money.ts'
import { type FoundScope, type Place, rulePlace } from '../domain/place.ts'
import type { ScopeType } from '../domain/scope.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { notFound, visible, within } from './authorize.ts'
import { nanoUsd } from './budget-terms.ts'
import { announceBudget } from './budgets.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'
import { authorizeRule, reachScope } from './rule-scope.ts'
import { timeZoneOf } from './time-zone.ts'

type Credit = Output<typeof creditGrant>

/** Adds money to the account of a scope; the first credit there opens it. */
export function grantCredit(ctx: Ctx, { body }: Valid<typeof creditGrant>): Promise<Credit> {
  return transaction(ctx, async (ctx) => {
    const { type, id: scopeId, teamId, projectId } = await reachScope(ctx, creditGrant.permission, body.scope)
    const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt)
    if (expiresAt !== null && expiresAt <= (await databaseTime(ctx.db))) {
      throw invalid('/body/expiresAt', 'the credit would be over before it begins')
    }
    const account = await openAccount(ctx.db, {
      id: newId('bud'),
      scopeType: type,
      scopeId,
      name: body.name ?? 'Credits',
      kind: 'hard',
      period: 'credits',
      timeZone: await timeZoneOf(ctx, undefined, '/body'),
      limitNanoUsd: 0n,
    })
    const amountNanoUsd = nanoUsd(body.amountUsd)
    if (account.limitNanoUsd + amountNanoUsd > MAX_NANO_USD) {
      throw new AppError('conflict', 'That is more than an account can hold.')
    }
    await payCredits(ctx.db, account.id)
    const id = newId('cdt')
    const { reason } = body
    const createdBy = ctx.actor.id
    await insertCredit(ctx.db, { id, budgetId: account.id, amountNanoUsd, reason, createdBy, expiresAt })
    await setAccountLimit(ctx.db, account.id)
    const after = presentCredit(await theCredit(ctx, id))
    await audit(ctx, { action: 'credit.grant', targetId: id, teamId, projectId, after, reason })
    await announceBudget(ctx, account.id)
    return after
  })
}

export async function listCreditsFor(
  ctx: Ctx,
  { query }: Valid<typeof creditList>,
): Promise<Output<typeof creditList>> {
  const reach = within(ctx.actor, creditList.permission)
  const { limit, cursor, scopeType, scopeId, budgetId } = query
  const filter = { limit: limit + 1, cursor, scopeType, scopeId, budgetId, within: reach }
  return pageOf(await listCredits(ctx.db, filter), limit, presentCredit)
}

/** Takes what is left of a credit out of its account. What is spent of it stays spent. */
export function endCredit(ctx: Ctx, { params, body }: Valid<typeof creditEnd>): Promise<Credit> {
  return transaction(ctx, async (ctx) => {
    const { creditId } = params
    const found = visible(ctx.actor, 'credit', await findCredit(ctx.db, creditId), placeOf)
    authorizeRule(ctx.actor, creditEnd.permission, scopeOf(found))
    if (!(await lockBudget(ctx.db, found.budgetId))) throw notFound('credit')
    await payCredits(ctx.db, found.budgetId)
    const row = await theCredit(ctx, creditId)
    if (row.over) {
      throw new AppError(
        'conflict',
        `This credit is over: it ${row.endedBy === null ? 'lapsed' : 'was ended'}.`,
      )
    }
    await setCreditEnded(ctx.db, creditId, { endedBy: ctx.actor.id, endReason: body.reason })
    await setAccountLimit(ctx.db, row.budgetId)
    const [before, after] = [presentCredit(row), presentCredit(await theCredit(ctx, creditId))]
    const { teamId, projectId } = row
    const { reason } = body
    await audit(ctx, { action: 'credit.end', targetId: creditId, teamId, projectId, before, after, reason })
    await announceBudget(ctx, row.budgetId)
    return after
  })
}

/** Takes what has lapsed out of a locked account, and says of each credit what was left of it. */
export async function sayLapsed(ctx: Ctx, creditIds: readonly string[]): Promise<void> {
  for (const id of creditIds) {
    const row = await theCredit(ctx, id)
    const { teamId, projectId } = row
    const after = { ...presentCredit(row), lapsedUsd: formatUsd(row.amountNanoUsd - row.usedNanoUsd) }
    await audit(ctx, { action: 'credit.lapse', targetId: id, teamId, projectId, after })
  }
}

async function theCredit(ctx: Ctx, creditId: string): Promise<CreditRow> {
  const row = await findCredit(ctx.db, creditId)
  if (!row) throw notFound('credit')
  return row
}

function scopeOf(row: CreditRow): FoundScope {
  // Written only by `grantCredit`, whose scope has one of these types.
  return { ...row, scopeType: row.scopeType as ScopeType }
}

function placeOf(row: CreditRow): Place {
  return rulePlace(scopeOf(row))
}

export function presentCredit(row: CreditRow): Credit {
  const left = row.over ? 0n : row.amountNanoUsd - row.usedNanoUsd
  return {
    id: row.id,
    budgetId: row.budgetId,
    scope: { type: scopeOf(row).scopeType, id: row.scopeId },
    state: !row.over ? 'active' : row.endedBy === null ? 'lapsed' : 'ended',
    amountUsd: formatUsd(row.amountNanoUsd),
    usedUsd: formatUsd(row.usedNanoUsd),
    remainingUsd: formatUsd(left),
    reason: row.reason,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    overAt: (row.overAt ?? (row.over ? row.expiresAt : null))?.toISOString() ?? null,
    endedBy: row.endedBy,
    endReason: row.endReason,
  }
}
