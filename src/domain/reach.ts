import type { GrantScope, Reach } from './actor.ts'
import type { Permission } from './permission.ts'
import { type CustomRole, type GrantScopeType, permissionsOf, type RoleId } from './roles.ts'

/** A grant that holds now, as it is stored, with the permissions of its role when that is a custom one. */
export type HeldGrant = {
  roleId: RoleId
  scopeType: GrantScopeType
  teamId: string | null
  projectId: string | null
  production: boolean
  expiresAt: string | null
  custom: CustomRole | null
}

const NOTHING: ReadonlySet<Permission> = new Set()

/** What a grant allows. A role that is unknown, or not one for such a scope, allows nothing. */
export function reachOfGrant(grant: HeldGrant): Reach {
  return {
    scope: scopeAt(grant),
    roleId: grant.roleId,
    permissions: permissionsOf(grant.roleId, grant.scopeType, grant.custom) ?? NOTHING,
    production: grant.production,
    endsAt: grant.expiresAt === null ? null : new Date(grant.expiresAt),
  }
}

/** The scope with these ids: the project if there is one, else the team, else the organization. */
export function scopeAt({
  teamId,
  projectId,
}: {
  teamId: string | null
  projectId: string | null
}): GrantScope {
  if (teamId === null) return { type: 'organization' }
  return projectId === null ? { type: 'team', teamId } : { type: 'project', teamId, projectId }
}
