import type { Ctx } from '../app.ts'
import { budgetMemberList, budgetMemberSet } from '../contract/budget-members.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { listMembers, type MemberRow } from '../db/budget-members.ts'
import { type BudgetChange, type BudgetRow, findBudget, lockBudget, setBudget } from '../db/budgets.ts'
import { insertPart } from '../db/parts.ts'
import { transaction } from '../db/transaction.ts'
import { findUser } from '../db/users.ts'
import { decide } from '../domain/access.ts'
import { AppError } from '../domain/errors.ts'
import { formatUsd, type NanoUsd } from '../domain/money.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { audit } from './audit.ts'
import { notFound } from './authorize.ts'
import { nanoUsd } from './budget-terms.ts'
import { announceBudget, letIntoBudget, nameFor } from './budgets.ts'
import { requireVersion } from './require-version.ts'

type Member = Output<typeof budgetMemberSet>

export async function listMembersFor(
  ctx: Ctx,
  { params, query }: Valid<typeof budgetMemberList>,
): Promise<Output<typeof budgetMemberList>> {
  const { id } = letIntoBudget(ctx, budgetMemberList.permission, await findBudget(ctx.db, params.budgetId))
  const rows = await listMembers(ctx.db, id, { ...query, limit: query.limit + 1 })
  const data = rows.slice(0, query.limit).map(presentMember)
  return { data, nextCursor: rows.length > query.limit ? (data.at(-1)?.userId ?? null) : null }
}

/** What a member has spent in the window stays spent, whichever limit they have. */
export function setMember(ctx: Ctx, { params, body }: Valid<typeof budgetMemberSet>): Promise<Member> {
  return transaction(ctx, async (ctx) => {
    const { budgetId, userId } = params
    const whole = letIntoBudget(ctx, budgetMemberSet.permission, await lockBudget(ctx.db, budgetId))
    if (!whole.perMember) throw new AppError('conflict', 'This budget is not one for each member.')
    const [before] = await listMembers(ctx.db, whole.id, { limit: 1, userId })
    if (before === undefined) await requireMayKnow(ctx, userId)
    await insertPart(ctx.db, 'budgets', whole.id, userId)
    const partId = await thePart(ctx, whole.id, userId)
    // It may be changed as a budget by itself.
    await lockBudget(ctx.db, partId)
    requireVersion(ctx, 'limit', await theMember(ctx, whole.id, userId))
    const limit = body.limitUsd === null ? asAll(whole) : ownLimit(whole, nanoUsd(body.limitUsd))
    await setBudget(ctx.db, partId, limit)
    const after = presentMember(await theMember(ctx, whole.id, userId))
    const { teamId, projectId } = whole
    await audit(ctx, {
      action: 'budget-member.set',
      targetId: partId,
      teamId,
      projectId,
      ...(before && { before: presentMember(before) }),
      after,
    })
    await announceBudget(ctx, partId)
    return after
  })
}

function asAll({ name, limitNanoUsd, proratedStart, proratedNanoUsd }: BudgetRow): BudgetChange {
  return { name, limitNanoUsd, proratedStart, proratedNanoUsd, ownLimit: false }
}

function ownLimit(whole: BudgetRow, limitNanoUsd: NanoUsd): BudgetChange {
  const name = nameFor({ ...whole, perMember: false }, limitNanoUsd)
  return { name, limitNanoUsd, proratedStart: null, proratedNanoUsd: null, ownLimit: true }
}

/** Who is no member yet may be given a limit by those who know them. */
async function requireMayKnow(ctx: Ctx, userId: string): Promise<void> {
  const known = decide(ctx.actor, 'user:read', CONFIDENTIAL).allowed && (await findUser(ctx.db, userId))
  if (!known) throw notFound('user')
}

async function theMember(ctx: Ctx, budgetId: string, userId: string): Promise<MemberRow> {
  const [row] = await listMembers(ctx.db, budgetId, { limit: 1, userId })
  if (!row) throw notFound('user')
  return row
}

async function thePart(ctx: Ctx, budgetId: string, userId: string): Promise<string> {
  const { budgetId: partId } = await theMember(ctx, budgetId, userId)
  if (partId === null) throw new Error('a part that was made is there')
  return partId
}

function presentMember(row: MemberRow): Member {
  const left = row.totalLimitNanoUsd - row.spentNanoUsd
  return {
    userId: row.id,
    email: row.email,
    name: row.name,
    budgetId: row.budgetId,
    limitUsd: formatUsd(row.limitNanoUsd),
    ownLimit: row.ownLimit,
    spentUsd: formatUsd(row.spentNanoUsd),
    leasedUsd: formatUsd(row.leasedNanoUsd),
    remainingUsd: formatUsd(left > 0n ? left : 0n),
    version: row.version,
  }
}
