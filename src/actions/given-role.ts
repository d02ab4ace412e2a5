import type { Ctx } from '../app.ts'
import { findProject } from '../db/projects.ts'
import { lockRole } from '../db/roles.ts'
import { findTeam } from '../db/teams.ts'
import type { GrantScope } from '../domain/actor.ts'
import type { Permission } from '../domain/permission.ts'
import { heldPlace, type Place, projectPlace, teamPlace } from '../domain/place.ts'
import { scopeAt } from '../domain/reach.ts'
import { isBuiltIn, permissionsOf, type RoleId, scopeTypesOf } from '../domain/roles.ts'
import { visible } from './authorize.ts'
import { invalid } from './invalid.ts'

export type AskedScope = { teamId?: string | undefined; projectId?: string | undefined }

/** A scope that was asked for, with the team of its project, and the place that decides who may give it. */
export type NamedScope = { teamId: string | null; projectId: string | null; scope: GrantScope; place: Place }

/** Finds the team or the project, which the actor must know of; none of both is the whole organization. */
export async function findNamedScope(ctx: Ctx, asked: AskedScope): Promise<NamedScope> {
  if (asked.projectId !== undefined) {
    const project = await findProject(ctx.db, asked.projectId)
    const { id, teamId } = visible(ctx.actor, 'project', project, projectPlace)
    return named({ teamId, projectId: id })
  }
  if (asked.teamId === undefined) return named({ teamId: null, projectId: null })
  const team = visible(ctx.actor, 'team', await findTeam(ctx.db, asked.teamId), ({ id }) => teamPlace(id))
  return named({ teamId: team.id, projectId: null })
}

export function named(ids: { teamId: string | null; projectId: string | null }): NamedScope {
  return { ...ids, scope: scopeAt(ids), place: heldPlace(ids) }
}

/** What a role would give at a scope; `pointer` is where it was asked for. Locks a custom one, so that it is not deleted while somebody is given it. */
export async function permissionsGiven(
  ctx: Ctx,
  roleId: RoleId,
  { scope }: NamedScope,
  pointer = '/body/role',
): Promise<ReadonlySet<Permission>> {
  const custom = isBuiltIn(roleId) ? null : await lockRole(ctx.db, roleId)
  if (custom === undefined) throw invalid(pointer, 'there is no such role')
  const permissions = permissionsOf(roleId, scope.type, custom)
  if (permissions !== null) return permissions
  const where = isBuiltIn(roleId) ? scopeTypesOf(roleId) : (custom?.scopeTypes ?? [])
  const analyst =
    scope.type === 'organization' && roleId === 'viewer' ? ' (there, "analyst" reads everything)' : ''
  throw invalid(
    pointer,
    `this role is not one for the whole ${scope.type}, but for: ${where.join(', ')}${analyst}`,
  )
}

/** What a role that was given once allows now: nothing any more when it is gone. */
export async function permissionsHeld(
  ctx: Ctx,
  roleId: RoleId,
  { scope }: NamedScope,
): Promise<ReadonlySet<Permission>> {
  const custom = isBuiltIn(roleId) ? null : await lockRole(ctx.db, roleId)
  return permissionsOf(roleId, scope.type, custom) ?? new Set()
}
