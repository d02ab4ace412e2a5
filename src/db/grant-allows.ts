import { type RawBuilder, sql } from 'kysely'
import type { Permission } from '../domain/permission.ts'
import { GRANT_SCOPES, rolesAllowing } from '../domain/roles.ts'

/** Whether the grant `g` allows this where it reaches; `r` is its role when that is a custom one. */
export function grantAllows(permission: Permission): RawBuilder<boolean> {
  const ways = GRANT_SCOPES.map(
    (scopeType) =>
      sql`(g.scope_type = ${scopeType} and g.role_id = any(${rolesAllowing(permission, scopeType)}))`,
  )
  return sql`(${sql.join(ways, sql` or `)} or ${permission} = any(r.permissions) and g.scope_type = any(r.scope_types))`
}
