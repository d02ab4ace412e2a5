import type { ReactNode } from 'react'
import type { userReach } from '../../../src/contract/offboarding.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { useNames } from '../../names.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { EnvironmentBadge, KeyState, Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import { useRoleNames } from '../teams/RoleFields.tsx'

type Reach = Output<typeof userReach>

/** Keys, tokens, sessions, programs and what all that reaches. */
export function Held({ reach }: { reach: Reach }) {
  const { keys, tokens, sessions, serviceAccounts, environments, credentials } = reach
  const nameOf = useNames([
    ...keys.map(({ environmentId }) => environmentId),
    ...serviceAccounts.map(({ projectId }) => projectId),
    ...environments.map(({ projectId }) => projectId),
  ])
  const roleName = useRoleNames()
  const kinds = new Map(environments.map(({ id, kind }) => [id, kind]))
  const living = tokens.filter(({ revokedAt }) => revokedAt === null)
  return (
    <>
      <Part title="Keys" none="They own no key." count={keys.length}>
        <DataTable
          label="Their keys"
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
            },
            {
              id: 'environment',
              header: 'Environment',
              cell: ({ environmentId }) => {
                const kind = kinds.get(environmentId)
                return kind ? <EnvironmentBadge kind={kind} /> : nameOf(environmentId)
              },
            },
            { id: 'state', header: 'State', cell: ({ state }) => <KeyState state={state} /> },
            { id: 'used', header: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
          ]}
        />
      </Part>
      <Part title="API tokens" none="No API token acts for them." count={living.length}>
        <DataTable
          label="Their API tokens"
          rows={living}
          rowId={({ id }) => id}
          columns={[
            {
              id: 'name',
              header: 'Token',
              title: true,
              cell: ({ name, hint }) => (
                <>
                  {name} <code>{hint}</code>
                </>
              ),
            },
            {
              id: 'role',
              header: 'May do',
              cell: ({ role }) => (role === null ? 'all that they may' : `at most ${roleName(role)}`),
            },
            {
              id: 'production',
              header: 'Production',
              cell: ({ production }) =>
                production ? (
                  <Status tone="production">reaches it</Status>
                ) : (
                  <span className="muted">no</span>
                ),
            },
            { id: 'used', header: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
            { id: 'ends', header: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} never="no end" /> },
          ]}
        />
      </Part>
      <Part title="Sessions" none="They are signed in nowhere." count={sessions.length}>
        <DataTable
          label="Where they are signed in"
          rows={sessions}
          rowId={({ id }) => id}
          columns={[
            {
              id: 'kind',
              header: 'With',
              title: true,
              cell: ({ kind }) => (kind === 'browser' ? 'a browser' : 'the command line'),
            },
            { id: 'ip', header: 'From', cell: ({ ip }) => ip ?? 'unknown' },
            { id: 'seen', header: 'Last seen', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
          ]}
        />
      </Part>
      <Part
        title="Programs they answer for"
        none="They answer for no program."
        count={serviceAccounts.length}
      >
        <DataTable
          label="Programs they answer for"
          rows={serviceAccounts}
          rowId={({ id }) => id}
          columns={[
            { id: 'name', header: 'Program', title: true, cell: ({ name }) => name },
            {
              id: 'project',
              header: 'Project',
              cell: ({ projectId }) => (
                <To to="/projects/$projectId" params={{ projectId }} search={{ tab: 'programs' }}>
                  {nameOf(projectId)}
                </To>
              ),
            },
          ]}
        />
      </Part>
      <Part
        title="Where they can call models"
        none="They can call models nowhere."
        count={environments.length}
      >
        <DataTable
          label="Environments they reach"
          rows={environments}
          rowId={({ id }) => id}
          columns={[
            {
              id: 'name',
              header: 'Environment',
              title: true,
              cell: ({ name, projectId }) => (
                <>
                  <To to="/projects/$projectId" params={{ projectId }}>
                    {nameOf(projectId)}
                  </To>{' '}
                  / {name}
                </>
              ),
            },
            { id: 'kind', header: 'Kind', cell: ({ kind }) => <EnvironmentBadge kind={kind} /> },
          ]}
        />
      </Part>
      <Part title="Provider credentials" none="No credential is in their reach." count={credentials.length}>
        <DataTable
          label="Provider credentials in their reach"
          rows={credentials}
          rowId={({ id }) => id}
          columns={[
            {
              id: 'name',
              header: 'Credential',
              title: true,
              cell: ({ name, providerName, hint }) => (
                <>
                  {providerName}/{name} <code>{hint}</code>
                </>
              ),
            },
            {
              id: 'knows',
              header: 'Do they know the secret',
              cell: ({ rotate }) =>
                rotate ? (
                  <Status tone="warn">maybe: they could type it in</Status>
                ) : (
                  <span className="muted">no, they only call through it</span>
                ),
            },
          ]}
        />
      </Part>
    </>
  )
}

function Part({
  title,
  none,
  count,
  children,
}: {
  title: string
  none: string
  count: number
  children: ReactNode
}) {
  return <Section title={title}>{count === 0 ? <p className="muted">{none}</p> : children}</Section>
}
