import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { teamCreate, teamList, teamUpdate, teamView } from '../contract/teams.ts'
import { hasProduction } from '../db/in-production.ts'
import { notify } from '../db/notify.ts'
import { findTeam, insertTeam, listTeams, lockTeam, setTeam, type TeamRow } from '../db/teams.ts'
import { transaction } from '../db/transaction.ts'
import { ORGANIZATION, type Place, teamPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { switchedAt } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, visible, within } from './authorize.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'

export async function createTeam(
  ctx: Ctx,
  { body }: Valid<typeof teamCreate>,
): Promise<Output<typeof teamCreate>> {
  authorize(ctx.actor, teamCreate.permission, ORGANIZATION)
  return transaction(ctx, async (ctx) => {
    const team = presentTeam(await insertTeam(ctx.db, { id: newId('team'), ...body }))
    await audit(ctx, { action: 'team.create', targetId: team.id, teamId: team.id, after: team })
    return team
  })
}

export async function listTeamsFor(
  ctx: Ctx,
  { query }: Valid<typeof teamList>,
): Promise<Output<typeof teamList>> {
  const reach = within(ctx.actor, teamList.permission)
  const { limit, cursor, q } = query
  const rows = await listTeams(ctx.db, { limit: limit + 1, cursor, within: reach, q })
  return pageOf(rows, limit, presentTeam)
}

export async function viewTeam(
  ctx: Ctx,
  { params }: Valid<typeof teamView>,
): Promise<Output<typeof teamView>> {
  const row = visible(ctx.actor, 'team', await findTeam(ctx.db, params.teamId), placeOf)
  authorize(ctx.actor, teamView.permission, placeOf(row))
  return presentTeam(row)
}

export async function updateTeam(
  ctx: Ctx,
  { params, body }: Valid<typeof teamUpdate>,
): Promise<Output<typeof teamUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = visible(ctx.actor, 'team', await lockTeam(ctx.db, params.teamId), placeOf)
    // What is archived stops, production too.
    const production = body.archived !== undefined && (await hasProduction(ctx.db, { teamId: row.id }))
    authorize(ctx.actor, teamUpdate.permission, { ...placeOf(row), production })
    requireVersion(ctx, 'team', row)
    const archivedAt = switchedAt(body.archived, row.archivedAt, ctx.clock())
    const before = presentTeam(row)
    const after = presentTeam(await setTeam(ctx.db, row.id, { name: body.name, archivedAt }))
    await audit(ctx, { action: 'team.update', targetId: row.id, teamId: row.id, before, after })
    await notify(ctx, { topic: 'access' })
    return after
  })
}

function placeOf(row: TeamRow): Place {
  return teamPlace(row.id)
}

function presentTeam(row: TeamRow): Output<typeof teamView> {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.createdAt.toISOString(),
    archivedAt: row.archivedAt?.toISOString() ?? null,
    version: row.version,
  }
}
