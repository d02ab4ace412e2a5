import type { Ctx } from '../app.ts'
import type { OperationPermission, Output, Valid } from '../contract/operation.ts'
import { projectCreate, projectList, projectUpdate, projectView } from '../contract/projects.ts'
import { hasProduction } from '../db/in-production.ts'
import { notify } from '../db/notify.ts'
import {
  findProject,
  insertProject,
  listProjects,
  lockProject,
  type ProjectRow,
  setProject,
} from '../db/projects.ts'
import { findTeam, lockTeam } from '../db/teams.ts'
import { transaction } from '../db/transaction.ts'
import { type Place, projectPlace, teamPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { requireUnarchived, switchedAt } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, visible, within } from './authorize.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'

export async function createProject(
  ctx: Ctx,
  { body }: Valid<typeof projectCreate>,
): Promise<Output<typeof projectCreate>> {
  return transaction(ctx, async (ctx) => {
    const team = visible(ctx.actor, 'team', await lockTeam(ctx.db, body.teamId), ({ id }) => teamPlace(id))
    authorize(ctx.actor, projectCreate.permission, teamPlace(team.id))
    requireUnarchived('team', team)
    const project = presentProject(await insertProject(ctx.db, { id: newId('prj'), ...body }))
    const { id: projectId, teamId } = project
    await audit(ctx, { action: 'project.create', targetId: projectId, teamId, projectId, after: project })
    return project
  })
}

export async function listProjectsFor(
  ctx: Ctx,
  { query }: Valid<typeof projectList>,
): Promise<Output<typeof projectList>> {
  const reach = within(ctx.actor, projectList.permission, query)
  const { limit, cursor, teamId, q } = query
  const rows = await listProjects(ctx.db, { limit: limit + 1, cursor, within: reach, teamId, q })
  return pageOf(rows, limit, presentProject)
}

export async function viewProject(
  ctx: Ctx,
  { params }: Valid<typeof projectView>,
): Promise<Output<typeof projectView>> {
  const row = visible(ctx.actor, 'project', await findProject(ctx.db, params.projectId), projectPlace)
  authorize(ctx.actor, projectView.permission, projectPlace(row))
  return presentProject(row)
}

export async function updateProject(
  ctx: Ctx,
  { params, body }: Valid<typeof projectUpdate>,
): Promise<Output<typeof projectUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = visible(ctx.actor, 'project', await lockProject(ctx.db, params.projectId), projectPlace)
    // What is archived stops, production too.
    const production = body.archived !== undefined && (await hasProduction(ctx.db, { projectId: row.id }))
    authorize(ctx.actor, projectUpdate.permission, { ...projectPlace(row), production })
    requireVersion(ctx, 'project', row)
    const archivedAt = switchedAt(body.archived, row.archivedAt, ctx.clock())
    const before = presentProject(row)
    const after = presentProject(await setProject(ctx.db, row.id, { name: body.name, archivedAt }))
    const { id: projectId, teamId } = row
    await audit(ctx, { action: 'project.update', targetId: projectId, teamId, projectId, before, after })
    await notify(ctx, { topic: 'access' })
    return after
  })
}

/**
 * The project into which something is to be put, locked, or the reason why the actor may not. `placeOf` says where
 * exactly: for an environment it matters of which kind it is.
 */
export async function openProject(
  ctx: Ctx,
  permission: OperationPermission,
  projectId: string,
  placeOf: (project: ProjectRow) => Place = projectPlace,
): Promise<ProjectRow> {
  const project = visible(ctx.actor, 'project', await lockProject(ctx.db, projectId), projectPlace)
  authorize(ctx.actor, permission, placeOf(project))
  requireUnarchived('project', project)
  const team = await findTeam(ctx.db, project.teamId)
  requireUnarchived(
    'team',
    visible(ctx.actor, 'team', team, ({ id }) => teamPlace(id)),
  )
  return project
}

function presentProject(row: ProjectRow): Output<typeof projectView> {
  return {
    id: row.id,
    teamId: row.teamId,
    name: row.name,
    createdAt: row.createdAt.toISOString(),
    archivedAt: row.archivedAt?.toISOString() ?? null,
    version: row.version,
  }
}
