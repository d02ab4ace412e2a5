import type { ReactNode } from 'react'
import { ApiError } from '../../../src/contract/client.ts'
import type { Needs } from '../../../src/domain/errors.ts'
import type { Permission } from '../../../src/domain/permission.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { Failure, Loading } from '../../ui/Region.tsx'
import { NOT_KNOWN, useCan } from '../../viewer.ts'

/**
 * Shows what the viewer may see of a place, or why they may not: a list that is narrowed to what they see would be empty,
 * and look as if there were nothing.
 */
export function Allowed({
  permission,
  scope,
  projectId,
  children,
}: {
  permission: Permission
  scope: Scope
  /** Of a key or an environment: the project it lies in, where a role for it can be asked for. */
  projectId?: string | undefined
  children: () => ReactNode
}) {
  const verdict = useCan([scope])(permission, scope.id)
  if (verdict === true) return children()
  if (verdict === NOT_KNOWN) return <Loading rows={2} />
  const needs = needsIn(permission, scope, projectId)
  const refused = new ApiError(403, {
    code: 'forbidden',
    detail: verdict.reason,
    ...(needs ? { needs } : {}),
  })
  return <Failure error={refused} retry={() => {}} />
}

/** As the API explains it, which knows teams and projects; null for what lies in none that is given. */
function needsIn(permission: Permission, { type, id }: Scope, projectId: string | undefined): Needs | null {
  switch (type) {
    case 'team':
      return { permission, teamId: id }
    case 'project':
      return { permission, projectId: id }
    case 'organization':
    case 'user':
      return { permission }
    default:
      return projectId === undefined ? null : { permission, projectId }
  }
}
