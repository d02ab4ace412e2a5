import { ApiError } from '../../src/contract/client.ts'
import type { Permission } from '../../src/domain/permission.ts'
import { useViewer } from '../viewer.ts'
import { Failure, useRefresh } from './Region.tsx'

/** In place of a page that the viewer may see nowhere: what it takes, as the API says it, without asking for the rest. */
export function Forbidden({ permission }: { permission: Permission }) {
  const verdict = useViewer().inOrganization(permission)
  const refresh = useRefresh()
  const detail = verdict === true ? 'Your roles have changed.' : verdict.reason
  const needs = { permission, anywhere: 'true' } as const
  return <Failure error={new ApiError(403, { code: 'forbidden', detail, needs })} retry={refresh} />
}
