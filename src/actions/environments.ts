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
import { environmentPlace, projectPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { switchedAt } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, visible, within } from './authorize.ts'
import { pageOf } from './page.ts'
import { openProject } from './projects.ts'
import { requireVersion } from './require-version.ts'

export async function createEnvironment(
  ctx: Ctx,
  { body }: Valid<typeof environmentCreate>,
): Promise<Output<typeof environmentCreate>> {
  return transaction(ctx, async (ctx) => {
    const production = body.kind === 'production'
    const project = await openProject(ctx, environmentCreate.permission, body.projectId, (project) => ({
      ...projectPlace(project),
      production,
    }))
    const id = newId('env')
    await insertEnvironment(ctx.db, { id, ...body })
    await bindDemoCredentials(ctx.db, id)
    const environment = await readEnvironment(ctx, id)
    await audit(ctx, {
      action: 'environment.create',
      targetId: id,
      teamId: project.teamId,
      projectId: project.id,
      after: environment,
    })
    return environment
  })
}

export async function listEnvironmentsFor(
  ctx: Ctx,
  { query }: Valid<typeof environmentList>,
): Promise<Output<typeof environmentList>> {
  const reach = within(ctx.actor, environmentList.permission, query)
  const { limit, ...filter } = query
  const rows = await listEnvironments(ctx.db, { ...filter, limit: limit + 1, within: reach })
  return pageOf(rows, limit, presentEnvironment)
}

export async function viewEnvironment(
  ctx: Ctx,
  { params }: Valid<typeof environmentView>,
): Promise<Output<typeof environmentView>> {
  const row = visible(
    ctx.actor,
    'environment',
    await findEnvironment(ctx.db, params.environmentId),
    environmentPlace,
  )
  authorize(ctx.actor, environmentView.permission, environmentPlace(row))
  return presentEnvironment(row)
}

export async function updateEnvironment(
  ctx: Ctx,
  { params, body }: Valid<typeof environmentUpdate>,
): Promise<Output<typeof environmentUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = visible(
      ctx.actor,
      'environment',
      await lockEnvironment(ctx.db, params.environmentId),
      environmentPlace,
    )
    authorize(ctx.actor, environmentUpdate.permission, environmentPlace(row))
    requireVersion(ctx, 'environment', row)
    const archivedAt = switchedAt(body.archived, row.archivedAt, ctx.clock())
    await setEnvironment(ctx.db, row.id, { name: body.name, archivedAt })
    const before = presentEnvironment(row)
    const after = await readEnvironment(ctx, row.id)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'environment.update', targetId: row.id, teamId, projectId, before, after })
    await notify(ctx, { topic: 'access' })
    return after
  })
}

async function readEnvironment(ctx: Ctx, environmentId: string): Promise<Output<typeof environmentView>> {
  return presentEnvironment(
    visible(ctx.actor, 'environment', await findEnvironment(ctx.db, environmentId), environmentPlace),
  )
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
