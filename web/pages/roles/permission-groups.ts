import { PERMISSIONS, type Permission } from '../../../src/domain/permission.ts'

export type PermissionGroup = {
  /** What it is about, as people say it: "service account". */
  resource: string
  permissions: { permission: Permission; action: string }[]
}

/** All permissions by what they are about, in the order of the contract. */
export const PERMISSION_GROUPS: PermissionGroup[] = groupsOf(PERMISSIONS)

function groupsOf(permissions: readonly Permission[]): PermissionGroup[] {
  const groups = new Map<string, PermissionGroup>()
  for (const permission of permissions) {
    const [resource = '', action = ''] = permission.split(':')
    const name = resource.replaceAll('-', ' ')
    const group = groups.get(name) ?? { resource: name, permissions: [] }
    group.permissions.push({ permission, action })
    groups.set(name, group)
  }
  return [...groups.values()]
}
