import { isRead, ORGANIZATION_ONLY, PERMISSIONS, type Permission } from './permission.ts'

/** How far a role reaches. */
export const GRANT_SCOPES = ['organization', 'team', 'project'] as const
export type GrantScopeType = (typeof GRANT_SCOPES)[number]

export const BUILT_IN_ROLES = ['owner', 'admin', 'developer', 'analyst', 'builder', 'viewer'] as const
export type BuiltInRole = (typeof BUILT_IN_ROLES)[number]

/** A built-in role by its name, or a custom one by its id (`role_…`). */
export type RoleId = string

/** A role that somebody made from another one. */
export type CustomRole = { permissions: readonly string[]; scopeTypes: readonly string[] }

const ADMIN = PERMISSIONS.filter(
  (permission) =>
    ![
      'organization:update',
      'security:update',
      'connection:create',
      'connection:update',
      'audit:update',
    ].includes(permission),
)

const VIEWER: Permission[] = [
  'organization:read',
  'provider:read',
  'model:read',
  'role:read',
  'document:read',
  'team:read',
  'project:read',
  'environment:read',
  'service-account:read',
  'key:read',
  'policy:read',
  'budget:read',
  'rate-limit:read',
  'usage:read',
  'grant:read',
  // May own keys that somebody gave it, and call the gateway with them; not make any.
  'key:use',
  'access-request:create',
]

const BUILDER: Permission[] = [
  ...VIEWER,
  'service-account:create',
  'service-account:update',
  'key:create',
  'key:update',
  'key:rotate',
  'key:suspend',
  'key:revoke',
  'trust-rule:read',
  'access-request:read',
  'attestation:read',
]

const DEVELOPER: Permission[] = [
  'organization:read',
  'team:read',
  'project:read',
  'environment:read',
  'provider:read',
  'model:read',
  'role:read',
  'document:read',
  'access-request:create',
]

const IN_ORGANIZATION: Partial<Record<BuiltInRole, readonly Permission[]>> = {
  owner: PERMISSIONS,
  admin: ADMIN,
  developer: DEVELOPER,
  analyst: [...PERMISSIONS.filter(isRead), 'audit:export', 'access-request:create'],
}

const IN_TEAM: Partial<Record<BuiltInRole, readonly Permission[]>> = {
  admin: ADMIN,
  builder: BUILDER,
  viewer: VIEWER,
}

const SETS: Record<GrantScopeType, ReadonlyMap<RoleId, ReadonlySet<Permission>>> = {
  organization: setsOf(IN_ORGANIZATION, 'organization'),
  team: setsOf(IN_TEAM, 'team'),
  project: setsOf(IN_TEAM, 'project'),
}

export const EVERY_PERMISSION: ReadonlySet<Permission> = new Set(PERMISSIONS)

export function isBuiltIn(roleId: RoleId): roleId is BuiltInRole {
  return (BUILT_IN_ROLES as readonly string[]).includes(roleId)
}

/** What a role allows when it is held at such a scope; null when it cannot be held there. */
export function permissionsOf(
  roleId: RoleId,
  scopeType: GrantScopeType,
  custom?: CustomRole | null,
): ReadonlySet<Permission> | null {
  if (isBuiltIn(roleId)) return SETS[scopeType].get(roleId) ?? null
  if (!custom?.scopeTypes.includes(scopeType)) return null
  // A permission that this version does not know allows nothing.
  const known = PERMISSIONS.filter((permission) => custom.permissions.includes(permission))
  return heldAt(scopeType, known)
}

/** Where a built-in role can be held. */
export function scopeTypesOf(roleId: BuiltInRole): GrantScopeType[] {
  return GRANT_SCOPES.filter((scopeType) => SETS[scopeType].has(roleId))
}

/** The built-in roles that hold `permission` at such a scope: for SQL, which knows the custom ones. */
export function rolesAllowing(permission: Permission, scopeType: GrantScopeType): BuiltInRole[] {
  return BUILT_IN_ROLES.filter((role) => SETS[scopeType].get(role)?.has(permission))
}

function setsOf(roles: Partial<Record<BuiltInRole, readonly Permission[]>>, scopeType: GrantScopeType) {
  return new Map(
    Object.entries(roles).map(([role, permissions]) => [role, heldAt(scopeType, permissions)] as const),
  )
}

function heldAt(scopeType: GrantScopeType, permissions: readonly Permission[]): ReadonlySet<Permission> {
  return new Set(
    scopeType === 'organization'
      ? permissions
      : permissions.filter((permission) => !ORGANIZATION_ONLY.has(permission)),
  )
}
