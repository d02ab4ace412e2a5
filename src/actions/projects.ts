import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { projectCreate, projectList, projectUpdate, projectView } from '../contract/projects.ts'
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
import type { Permission } from '../domain/permission.ts'
import { newId } from '../ids.ts'
import { requireUnarchived, switchedAt } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, reachedTeam, visible } from './authorize.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'

export async function createProject(
  ctx: Ctx,
  { body }: Valid<typeof projectCreate>,
): Promise<Output<typeof projectCreate>> {
  return transaction(ctx, async (ctx) => {
    const team = visible(ctx.actor, 'team', await lockTeam(ctx.db, body.teamId), (team) => team.id)
    authorize(ctx.actor, projectCreate.permission, team.id)
    requireUnarchived('team', team)
    const project = presentProject(await insertProject(ctx.db, { id: newId('prj'), ...body }))
    await audit(ctx, { action: 'project.create', targetId: project.id, teamId: team.id, after: project })
    return project
  })
}

export async function listProjectsFor(
  ctx: Ctx,
  { query }: Valid<typeof projectList>,
): Promise<Output<typeof projectList>> {
  authorize(ctx.actor, projectList.permission, ctx.actor.teamId)
  const { limit, cursor } = query
  const teamId = reachedTeam(ctx.actor, query.teamId)
  return pageOf(await listProjects(ctx.db, { limit: limit + 1, cursor, teamId }), limit, presentProject)
}

export async function viewProject(
  ctx: Ctx,
  { params }: Valid<typeof projectView>,
): Promise<Output<typeof projectView>> {
  const row = visible(ctx.actor, 'project', await findProject(ctx.db, params.projectId), teamOf)
  authorize(ctx.actor, projectView.permission, row.teamId)
  return presentProject(row)
}

export async function updateProject(
  ctx: Ctx,
  { params, body }: Valid<typeof projectUpdate>,
): Promise<Output<typeof projectUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = visible(ctx.actor, 'project', await lockProject(ctx.db, params.projectId), teamOf)
    authorize(ctx.actor, projectUpdate.permission, row.teamId)
    requireVersion(ctx, 'project', row)
    const archivedAt = switchedAt(body.archived, row.archivedAt, ctx.clock())
    const before = presentProject(row)
    const after = presentProject(await setProject(ctx.db, row.id, { name: body.name, archivedAt }))
    await audit(ctx, { action: 'project.update', targetId: row.id, teamId: row.teamId, before, after })
    await notify(ctx, { topic: 'access' })
    return after
  })
}

/** The project into which something is to be put, locked, or the reason why the actor may not. */
export async function openProject(
  ctx: Ctx,
  permission: Permission | null,
  projectId: string,
): Promise<ProjectRow> {
  const project = visible(ctx.actor, 'project', await lockProject(ctx.db, projectId), teamOf)
  authorize(ctx.actor, permission, project.teamId)
  requireUnarchived('project', project)
  requireUnarchived(
    'team',
    visible(ctx.actor, 'team', await findTeam(ctx.db, project.teamId), ({ id }) => id),
  )
  return project
}

function teamOf(row: ProjectRow): string {
  return row.teamId
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
