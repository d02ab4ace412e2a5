import type { Ctx } from '../app.ts'
import { mappingCreate, mappingDelete, mappingList } from '../contract/mappings.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { lockConnection } from '../db/connections.ts'
import { deleteMapping, insertMapping, listMappings, lockMapping, type MappingRow } from '../db/mappings.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, requireCovers, visible } from './authorize.ts'
import { findNamedScope, named, permissionsGiven, permissionsHeld } from './given-role.ts'
import { pageOf } from './page.ts'

/** Lets a group have a role: never more than the actor has. */
export async function createMapping(
  ctx: Ctx,
  { body }: Valid<typeof mappingCreate>,
): Promise<Output<typeof mappingCreate>> {
  authorize(ctx.actor, mappingCreate.permission, CONFIDENTIAL)
  return transaction(ctx, async (ctx) => {
    const { connectionId, claim, value, role, production } = body
    const found = await lockConnection(ctx.db, connectionId)
    const connection = visible(ctx.actor, 'connection', found, () => CONFIDENTIAL)
    if (connection.archivedAt) throw new AppError('conflict', 'This connection is archived.')
    const scope = await findNamedScope(ctx, body)
    const permissions = await permissionsGiven(ctx, role, scope)
    requireCovers(ctx.actor, { permissions, scope: scope.scope, production, endsAt: null })
    const { teamId, projectId } = scope
    const row = await insertMapping(ctx.db, {
      id: newId('map'),
      connectionId,
      claim,
      value,
      roleId: role,
      teamId,
      projectId,
      production,
      createdBy: ctx.actor.id,
    })
    const after = presentMapping(row)
    await audit(ctx, { action: 'mapping.create', targetId: row.id, teamId, projectId, after })
    return after
  })
}

export async function listMappingsFor(
  ctx: Ctx,
  { query }: Valid<typeof mappingList>,
): Promise<Output<typeof mappingList>> {
  authorize(ctx.actor, mappingList.permission, CONFIDENTIAL)
  const { limit, cursor, connectionId } = query
  const rows = await listMappings(ctx.db, { limit: limit + 1, cursor, connectionId })
  return pageOf(rows, limit, presentMapping)
}

export async function deleteMappingFor(ctx: Ctx, { params }: Valid<typeof mappingDelete>): Promise<void> {
  authorize(ctx.actor, mappingDelete.permission, CONFIDENTIAL)
  await transaction(ctx, async (ctx) => {
    const found = await lockMapping(ctx.db, params.mappingId)
    const row = visible(ctx.actor, 'mapping', found, () => CONFIDENTIAL)
    const { scope } = named(row)
    const permissions = await permissionsHeld(ctx, row.roleId, named(row))
    const { production, teamId, projectId } = row
    requireCovers(ctx.actor, { permissions, scope, production, endsAt: new Date(0) })
    await deleteMapping(ctx.db, row.id)
    const before = presentMapping(row)
    await audit(ctx, { action: 'mapping.delete', targetId: row.id, teamId, projectId, before })
  })
}

function presentMapping({ roleId, createdAt, ...row }: MappingRow): Output<typeof mappingCreate> {
  return { ...row, role: roleId, createdAt: createdAt.toISOString() }
}
