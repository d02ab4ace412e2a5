import { useInfiniteQuery } from '@tanstack/react-query'
import { connectionList } from '../../../src/contract/connections.ts'
import { pages } from '../../api.ts'
import { count } from '../../format.ts'
import { ConnectionCreate } from '../../forms/panels.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import { ConnectionPanel } from './ConnectionPanel.tsx'
import { type Connection, ConnectionState } from './ConnectionState.tsx'
import { SettingsFrame } from './SettingsFrame.tsx'

export function Sso() {
  const [address, setAddress] = useAddress()
  const { inOrganization } = useViewer()
  const list = useInfiniteQuery(pages(connectionList, { query: {} }))
  const rows = (list.data?.pages.flatMap(({ data }) => data) ?? []).filter(
    ({ archivedAt }) => archivedAt === null,
  )
  const opened = rows.find(({ id }) => id === address.connection)
  const columns: Column<Connection>[] = [
    {
      id: 'name',
      header: 'Provider',
      title: true,
      cell: ({ id, name }) => (
        <To to="/settings/$section" params={{ section: 'sso' }} search={{ connection: id }}>
          {name}
        </To>
      ),
    },
    { id: 'issuer', header: 'Issuer', cell: ({ issuer }) => <span className="mono">{issuer}</span> },
    {
      id: 'domains',
      header: 'Domains',
      cell: ({ domains }) => domains.join(', ') || <span className="muted">none</span>,
    },
    { id: 'state', header: 'State', cell: (connection) => <ConnectionState of={connection} /> },
  ]
  return (
    <SettingsFrame
      title="Single sign-on"
      lead={list.data && leadOf(rows)}
      actions={
        <ActButton
          can={inOrganization('connection:create')}
          onClick={() => setAddress({ new: 'connection' }, false)}
        >
          Connect a provider
        </ActButton>
      }
    >
      <Region of={list} rows={4}>
        {() =>
          opened ? (
            <ConnectionPanel key={opened.id} connection={opened} />
          ) : rows.length === 0 ? (
            <Empty title="No identity provider is connected">
              <p>
                People sign in with a password. Connect Okta, Auth0, Entra, Google, Keycloak or another one.
              </p>
              <code>
                claviger connection create --name Okta --issuer https://acme.okta.com --client-id 0oa1
              </code>
            </Empty>
          ) : (
            <DataTable
              label="Identity providers"
              rows={rows}
              columns={columns}
              rowId={({ id }) => id}
              more={moreOf(list)}
            />
          )
        }
      </Region>
      {address.new === 'connection' && <ConnectionCreate onClose={() => setAddress({ new: undefined })} />}
    </SettingsFrame>
  )
}

function leadOf(rows: Connection[]): string {
  if (rows.length === 0) return 'People sign in with a password of their own.'
  const enforced = rows.filter((one) => one.enforced)
  if (enforced.length > 0) {
    const domains = enforced.flatMap(({ domains }) => domains).join(', ')
    return `People of ${domains || 'its domains'} sign in at ${enforced.map(({ name }) => name).join(', ')}, and in no other way.`
  }
  const enabled = rows.filter((one) => one.enabled)
  if (enabled.length === 0) {
    const many = rows.length === 1 ? 'One provider is' : `${count(rows.length)} providers are`
    return `${many} connected, and nobody signs in there yet.`
  }
  return `People may sign in at ${enabled.map(({ name }) => name).join(', ')}, or with a password.`
}
