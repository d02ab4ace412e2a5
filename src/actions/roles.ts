import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { roleCreate, type roleDelete, roleList, roleUpdate, roleView } from '../contract/roles.ts'
import { notify } from '../db/notify.ts'
import {
  findRole,
  insertRole,
  isRoleInProduction,
  isRoleInUse,
  listRoles,
  lockRole,
  type RoleRow,
  setRole,
} from '../db/roles.ts'
import { markHoldersForRotation } from '../db/sessions.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { isPermission, PERMISSIONS } from '../domain/permission.ts'
import { ORGANIZATION } from '../domain/place.ts'
import {
  BUILT_IN_ROLES,
  type BuiltInRole,
  GRANT_SCOPES,
  isBuiltIn,
  permissionsOf,
  scopeTypesOf,
} from '../domain/roles.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, authorizeAnywhere, notFound, requireCovers, visible } from './authorize.ts'
import { invalid } from './invalid.ts'
import { requireVersion } from './require-version.ts'

type PresentedRole = Output<typeof roleView>

/** Makes a role of what its creator holds in the whole organization, or a part of it. */
export async function createRole(
  ctx: Ctx,
  { body }: Valid<typeof roleCreate>,
): Promise<Output<typeof roleCreate>> {
  authorize(ctx.actor, roleCreate.permission, ORGANIZATION)
  requireFreeName(body.name)
  return transaction(ctx, async (ctx) => {
    const { basedOn, permissions } = body
    if (!isBuiltIn(basedOn) && !(await findRole(ctx.db, basedOn))) {
      throw invalid('/body/basedOn', 'there is no such role')
    }
    requireHolds(ctx, permissions)
    const row = await insertRole(ctx.db, { ...body, id: newId('role'), createdBy: ctx.actor.id })
    const after = presentCustom(row)
    await audit(ctx, { action: 'role.create', targetId: row.id, after })
    return after
  })
}

export async function listRolesFor(
  ctx: Ctx,
  { query }: Valid<typeof roleList>,
): Promise<Output<typeof roleList>> {
  authorizeAnywhere(ctx.actor, roleList.permission)
  const { limit, cursor } = query
  const all = [...BUILT_IN_ROLES.map(presentBuiltIn), ...(await listRoles(ctx.db)).map(presentCustom)]
  const start = cursor === undefined ? 0 : all.findIndex(({ id }) => id === cursor) + 1
  const data = all.slice(start, start + limit)
  return { data, nextCursor: start + limit < all.length ? (data.at(-1)?.id ?? null) : null }
}

export async function viewRole(
  ctx: Ctx,
  { params }: Valid<typeof roleView>,
): Promise<Output<typeof roleView>> {
  authorizeAnywhere(ctx.actor, roleView.permission)
  if (isBuiltIn(params.roleId)) return presentBuiltIn(params.roleId)
  const row = await findRole(ctx.db, params.roleId)
  if (!row) throw notFound('role')
  return presentCustom(row)
}

/** Changes a role. Nobody takes from its holders, or gives them, what they lack themselves. */
export async function updateRole(
  ctx: Ctx,
  { params, body }: Valid<typeof roleUpdate>,
): Promise<Output<typeof roleUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.roleId)
    if (body.name !== undefined) requireFreeName(body.name)
    if (body.permissions !== undefined) {
      // Nobody is given it meanwhile: whoever gives it locks it as well.
      requireHolds(ctx, body.permissions, await isRoleInProduction(ctx.db, row.id))
      await markHoldersForRotation(ctx.db, row.id)
    }
    const before = presentCustom(row)
    const after = presentCustom(await setRole(ctx.db, row.id, body))
    await audit(ctx, { action: 'role.update', targetId: row.id, before, after })
    await notify(ctx, { topic: 'access' })
    return after
  })
}

export async function deleteRole(ctx: Ctx, { params }: Valid<typeof roleDelete>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.roleId)
    if (await isRoleInUse(ctx.db, row.id)) {
      throw new AppError(
        'conflict',
        'Somebody holds this role, or a token carries it: take it from them first.',
      )
    }
    await setRole(ctx.db, row.id, { deletedAt: ctx.clock() })
    await audit(ctx, { action: 'role.delete', targetId: row.id, before: presentCustom(row) })
  })
}

async function lockForChange(ctx: Ctx, roleId: string): Promise<RoleRow> {
  const row = visible(ctx.actor, 'role', await lockRole(ctx.db, roleId), () => ORGANIZATION)
  authorize(ctx.actor, roleUpdate.permission, ORGANIZATION)
  requireVersion(ctx, 'role', row)
  requireHolds(ctx, row.permissions)
  return row
}

function requireHolds(ctx: Ctx, permissions: readonly string[], production = false): void {
  const known = permissions.filter(isPermission)
  requireCovers(ctx.actor, {
    permissions: known,
    scope: { type: 'organization' },
    production,
    endsAt: null,
  })
}

function requireFreeName(name: string): void {
  if (isBuiltIn(name.toLowerCase())) throw invalid('/body/name', 'this is the name of a built-in role')
}

function presentBuiltIn(role: BuiltInRole): PresentedRole {
  const scopeTypes = scopeTypesOf(role)
  const [widest] = GRANT_SCOPES.filter((scopeType) => scopeTypes.includes(scopeType))
  const held = widest === undefined ? new Set() : permissionsOf(role, widest)
  return {
    id: role,
    name: role,
    builtIn: true,
    basedOn: null,
    permissions: PERMISSIONS.filter((permission) => held?.has(permission)),
    scopeTypes,
    createdAt: null,
    version: null,
  }
}

function presentCustom(row: RoleRow): PresentedRole {
  return {
    id: row.id,
    name: row.name,
    builtIn: false,
    basedOn: row.basedOn,
    permissions: PERMISSIONS.filter((permission) => row.permissions.includes(permission)),
    scopeTypes: GRANT_SCOPES.filter((scopeType) => row.scopeTypes.includes(scopeType)),
    createdAt: row.createdAt.toISOString(),
    version: row.version,
  }
}
