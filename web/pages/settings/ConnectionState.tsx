import type { connectionList } from '../../../src/contract/connections.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { Status } from '../../ui/Status.tsx'

export type Connection = Output<typeof connectionList>['data'][number]

/** How far an identity provider is from being the way in. */
export function ConnectionState({ of: { enabled, enforced, testedAt } }: { of: Connection }) {
  if (enforced) return <Status tone="good">enforced</Status>
  if (enabled) return <Status tone="good">enabled</Status>
  return testedAt === null ? (
    <Status tone="warn">not tested yet</Status>
  ) : (
    <Status tone="quiet">tested, not enabled</Status>
  )
}
