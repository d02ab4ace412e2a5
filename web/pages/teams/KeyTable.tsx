import type { keyList } from '../../../src/contract/keys.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { useNames } from '../../names.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { EnvironmentBadge, KeyState } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'

type Key = Output<typeof keyList>['data'][number]

/** Keys in short: whose, where, in which state, when last used. */
export function KeyTable({ label, keys }: { label: string; keys: Key[] }) {
  const nameOf = useNames(
    keys.flatMap(({ userId, serviceAccountId, projectId }) => [userId, serviceAccountId, projectId]),
  )
  return (
    <DataTable
      label={label}
      rows={keys}
      rowId={({ id }) => id}
      columns={[
        {
          id: 'name',
          header: 'Key',
          title: true,
          cell: ({ id, name }) => (
            <To to="/keys/$keyId" params={{ keyId: id }}>
              {name}
            </To>
          ),
          sort: ({ name }) => name.toLowerCase(),
        },
        {
          id: 'owner',
          header: 'Owner',
          cell: ({ userId, serviceAccountId }) => nameOf(userId ?? serviceAccountId),
        },
        { id: 'project', header: 'Project', cell: ({ projectId }) => nameOf(projectId) },
        {
          id: 'environment',
          header: 'Environment',
          cell: ({ environmentKind }) => <EnvironmentBadge kind={environmentKind} />,
        },
        { id: 'state', header: 'State', cell: ({ state }) => <KeyState state={state} /> },
        { id: 'used', header: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
        { id: 'ends', header: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} never="no end" /> },
      ]}
    />
  )
}
