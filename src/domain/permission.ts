/** What a caller of the control plane may be allowed: `resource:action`. */
export const PERMISSIONS = [
  'organization:read',
  'organization:update',
  'team:read',
  'team:create',
  'team:update',
  'project:read',
  'project:create',
  'project:update',
  'environment:read',
  'environment:create',
  'environment:update',
  'user:read',
  'user:create',
  'user:update',
  'service-account:read',
  'service-account:create',
  'service-account:update',
  'token:read',
  'token:create',
  'token:revoke',
  'key:read',
  'key:create',
  'key:update',
  'key:rotate',
  'key:suspend',
  'key:revoke',
  'provider:read',
  'provider:create',
  'provider:update',
  'credential:read',
  'credential:create',
  'credential:update',
  'model:read',
  'model:create',
  'model:update',
  'policy:read',
  'policy:update',
  'budget:read',
  'budget:create',
  'budget:update',
  'rate-limit:read',
  'rate-limit:create',
  'rate-limit:update',
  'usage:read',
  'audit:read',
] as const

export type Permission = (typeof PERMISSIONS)[number]

/** The roles an API token can carry. More roles and grants to people build on this table. */
export const ROLES = ['owner', 'admin', 'viewer'] as const
export type Role = (typeof ROLES)[number]

const ROLE_PERMISSIONS: Record<Role, ReadonlySet<Permission>> = {
  owner: new Set(PERMISSIONS),
  admin: new Set(PERMISSIONS.filter((permission) => permission !== 'organization:update')),
  viewer: new Set(PERMISSIONS.filter((permission) => permission.endsWith(':read'))),
}

export function roleAllows(role: Role, permission: Permission): boolean {
  return ROLE_PERMISSIONS[role].has(permission)
}

/** True when everything `inner` allows, `outer` allows too: nobody grants what they lack. */
export function roleCovers(outer: Role, inner: Role): boolean {
  return [...ROLE_PERMISSIONS[inner]].every((permission) => ROLE_PERMISSIONS[outer].has(permission))
}
