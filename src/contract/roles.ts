import { z } from 'zod'
import { PERMISSIONS } from '../domain/permission.ts'
import { BUILT_IN_ROLES, GRANT_SCOPES } from '../domain/roles.ts'
import { Id, Name, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

/** A built-in role by its name, a custom one by its id. */
export const RoleRef = z
  .string()
  .regex(
    new RegExp(`^(?:${BUILT_IN_ROLES.join('|')}|role_[0-9A-HJKMNP-TV-Z]{26})$`),
    `expected a role: ${BUILT_IN_ROLES.join(', ')}, or the id of a custom one`,
  )

export const PermissionName = z.enum(PERMISSIONS)
const ScopeTypes = z.array(z.enum(GRANT_SCOPES)).min(1).max(GRANT_SCOPES.length)

export const Role = z
  .object({
    /** The name itself, for a built-in role. */
    id: z.string(),
    name: z.string(),
    builtIn: z.boolean(),
    basedOn: z.string().nullable(),
    permissions: z.array(PermissionName),
    /** Where it can be held. What only the organization can give is left out below it. */
    scopeTypes: z.array(z.enum(GRANT_SCOPES)),
    createdAt: Timestamp.nullable(),
    version: z.int().nullable(),
  })
  .meta({ id: 'Role' })

export const roleCreate = operation({
  name: 'roleCreate',
  method: 'POST',
  path: '/v1/roles',
  summary: 'Create a role of your own, from another one. It never allows more than you may',
  permission: 'role:create',
  body: z.strictObject({
    name: Name,
    basedOn: RoleRef.describe('the role it began as'),
    permissions: z.array(PermissionName).max(PERMISSIONS.length),
    scopeTypes: ScopeTypes.describe('where it can be held: organization, team, project'),
  }),
  response: Role,
  examples: [
    'claviger role create --name Auditor --based-on analyst --permission audit:read --permission usage:read --scope-type organization',
  ],
})

export const roleList = operation({
  name: 'roleList',
  method: 'GET',
  path: '/v1/roles',
  summary: 'List roles, the built-in ones first',
  permission: 'role:read',
  // There are few of them, but whoever lists asks for pages.
  query: {
    limit: z.coerce.number().int().min(1).max(200).default(200),
    cursor: z.string().max(200).optional(),
  },
  response: z.object({ data: z.array(Role), nextCursor: z.string().nullable() }),
  examples: ['claviger role list'],
})

export const roleView = operation({
  name: 'roleView',
  method: 'GET',
  path: '/v1/roles/{roleId}',
  summary: 'Show a role and what it allows',
  permission: 'role:read',
  params: { roleId: RoleRef },
  response: Role,
  examples: ['claviger role get builder'],
})

export const roleUpdate = operation({
  name: 'roleUpdate',
  method: 'PATCH',
  path: '/v1/roles/{roleId}',
  summary: 'Change a role of your own. Everybody who holds it may at once what it then allows',
  permission: 'role:update',
  params: { roleId: Id },
  body: z.strictObject({
    name: Name.optional(),
    permissions: z.array(PermissionName).max(PERMISSIONS.length).optional(),
  }),
  response: Role,
  examples: ['claviger role update Auditor --permission audit:read'],
})

export const roleDelete = operation({
  name: 'roleDelete',
  method: 'DELETE',
  path: '/v1/roles/{roleId}',
  summary: 'Delete a role of your own that nobody holds any more',
  permission: 'role:update',
  params: { roleId: Id },
  examples: ['claviger role delete Auditor'],
})
