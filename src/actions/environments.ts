import type { Ctx } from '../app.ts'
import {
  environmentCreate,
  environmentList,
  environmentUpdate,
  environmentView,
} from '../contract/environments.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { bindDemoCredentials } from '../db/environment-credentials.ts'
import {
  type EnvironmentRow,
  findEnvironment,
  insertEnvironment,
  listEnvironments,
  lockEnvironment,
  setEnvironment,
} from '../db/environments.ts'
import { notify } from '../db/notify.ts'
import { transaction } from '../db/transaction.ts'
import { newId } from '../ids.ts'
import { switchedAt } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, reachedTeam, visible } from './authorize.ts'
import { pageOf } from './page.ts'
import { openProject } from './projects.ts'
import { requireVersion } from './require-version.ts'

export async function createEnvironment(
  ctx: Ctx,
  { body }: Valid<typeof environmentCreate>,
): Promise<Output<typeof environmentCreate>> {
  return transaction(ctx, async (ctx) => {
    const project = await openProject(ctx, environmentCreate.permission, body.projectId)
    const id = newId('env')
    await insertEnvironment(ctx.db, { id, ...body })
    await bindDemoCredentials(ctx.db, id)
    const environment = await readEnvironment(ctx, id)
    await audit(ctx, {
      action: 'environment.create',
      targetId: id,
      teamId: project.teamId,
      after: environment,
    })
    return environment
  })
}

export async function listEnvironmentsFor(
  ctx: Ctx,
  { query }: Valid<typeof environmentList>,
): Promise<Output<typeof environmentList>> {
  authorize(ctx.actor, environmentList.permission, ctx.actor.teamId)
  const { limit, cursor, projectId } = query
  const teamId = reachedTeam(ctx.actor, query.teamId)
  const rows = await listEnvironments(ctx.db, { limit: limit + 1, cursor, teamId, projectId })
  return pageOf(rows, limit, presentEnvironment)
}

export async function viewEnvironment(
  ctx: Ctx,
  { params }: Valid<typeof environmentView>,
): Promise<Output<typeof environmentView>> {
  const row = visible(ctx.actor, 'environment', await findEnvironment(ctx.db, params.environmentId), teamOf)
  authorize(ctx.actor, environmentView.permission, row.teamId)
  return presentEnvironment(row)
}

export async function updateEnvironment(
  ctx: Ctx,
  { params, body }: Valid<typeof environmentUpdate>,
): Promise<Output<typeof environmentUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = visible(ctx.actor, 'environment', await lockEnvironment(ctx.db, params.environmentId), teamOf)
    authorize(ctx.actor, environmentUpdate.permission, row.teamId)
    requireVersion(ctx, 'environment', row)
    const archivedAt = switchedAt(body.archived, row.archivedAt, ctx.clock())
    await setEnvironment(ctx.db, row.id, { name: body.name, archivedAt })
    const before = presentEnvironment(row)
    const after = await readEnvironment(ctx, row.id)
    await audit(ctx, { action: 'environment.update', targetId: row.id, teamId: row.teamId, before, after })
    await notify(ctx, { topic: 'access' })
    return after
  })
}

async function readEnvironment(ctx: Ctx, environmentId: string): Promise<Output<typeof environmentView>> {
  return presentEnvironment(
    visible(ctx.actor, 'environment', await findEnvironment(ctx.db, environmentId), teamOf),
  )
}

function teamOf(row: EnvironmentRow): string {
  return row.teamId
}

function presentEnvironment(row: EnvironmentRow): Output<typeof environmentView> {
  return {
    id: row.id,
    projectId: row.projectId,
    teamId: row.teamId,
    name: row.name,
    kind: row.kind,
    createdAt: row.createdAt.toISOString(),
    archivedAt: row.archivedAt?.toISOString() ?? null,
    version: row.version,
  }
}
