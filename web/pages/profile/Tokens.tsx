import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import { tokenList, tokenRevoke } from '../../../src/contract/tokens.ts'
import { pages, useAct } from '../../api.ts'
import { ConfirmDialog, TokenCreate } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { SecretDialog } from '../../ui/SecretDialog.tsx'
import { Time } from '../../ui/Time.tsx'
import { useViewer } from '../../viewer.ts'

type Token = Output<typeof tokenList>['data'][number]

/** What acts for them in programs: never more than they may themselves. */
export function Tokens({ userId }: { userId: string }) {
  const { somewhere } = useViewer()
  const tokens = useInfiniteQuery(pages(tokenList, { query: { userId } }))
  const [creating, setCreating] = useState(false)
  const [revoking, setRevoking] = useState<Token | null>(null)
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null)
  const rows =
    tokens.data?.pages.flatMap(({ data }) => data).filter(({ revokedAt }) => revokedAt === null) ?? []
  const nameOf = useNames(rows.flatMap(({ teamId, projectId, role }) => [teamId, projectId, ownRole(role)]))
  const can = somewhere('token:create') || { reason: 'None of your roles lets you make API tokens.' }
  const create = (
    <ActButton variant="default" can={can} onClick={() => setCreating(true)}>
      Create a token
    </ActButton>
  )
  return (
    <Section
      title="API tokens"
      note="For programs and scripts that use the API as you. Your command line needs none: it signs in."
      actions={rows.length > 0 && create}
    >
      <Region of={tokens} rows={2}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No API tokens">
              <p>
                A token acts for you, within what it is narrowed to:{' '}
                <code>claviger token create --name ci</code>
              </p>
              {create}
            </Empty>
          ) : (
            <DataTable
              label="API tokens"
              rows={rows}
              rowId={({ id }) => id}
              columns={[
                {
                  id: 'name',
                  header: 'Name',
                  title: true,
                  sort: ({ name }) => name,
                  cell: ({ name }) => name,
                },
                {
                  id: 'role',
                  header: 'May do',
                  cell: ({ role }) =>
                    role === null ? 'all that you may' : ownRole(role) ? nameOf(role) : role,
                },
                {
                  id: 'place',
                  header: 'Reaches',
                  cell: ({ teamId, projectId, production }) =>
                    `${projectId ? nameOf(projectId) : teamId ? nameOf(teamId) : 'everything'}${production ? ', production too' : ''}`,
                },
                { id: 'hint', header: 'Token', cell: ({ hint }) => <code>{hint}</code> },
                { id: 'used', header: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
                { id: 'ends', header: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
              ]}
              actions={(token) => (
                <ActButton
                  variant="subtle"
                  color="gray"
                  size="compact-md"
                  aria-label={`Revoke the token ${token.name}`}
                  onClick={() => setRevoking(token)}
                >
                  Revoke
                </ActButton>
              )}
              more={moreOf(tokens)}
            />
          )
        }
      </Region>
      {creating && (
        <TokenCreate
          onClose={() => setCreating(false)}
          onMade={(made) => {
            setCreating(false)
            setMade(made)
          }}
        />
      )}
      <Revoke token={revoking} onClose={() => setRevoking(null)} />
      <SecretDialog
        secret={made?.secret ?? null}
        title={made ? `Save the token ${made.name}` : ''}
        fileName="claviger-token.env"
        variable="CLAVIGER_TOKEN"
        onClose={() => setMade(null)}
      />
    </Section>
  )
}

/** The id of a role of the organization's own; built-in ones are their names. */
function ownRole(role: string | null): string | null {
  return role?.startsWith('role_') ? role : null
}

function Revoke({ token, onClose }: { token: Token | null; onClose: () => void }) {
  const revoke = useAct(tokenRevoke)
  const close = () => {
    revoke.reset()
    onClose()
  }
  return (
    <ConfirmDialog
      opened={token !== null}
      onClose={close}
      title={`Revoke the token ${token?.name ?? ''}?`}
      act="Revoke"
      danger
      pending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => {
        if (token) revoke.mutate({ input: { params: { tokenId: token.id } } }, { onSuccess: close })
      }}
    >
      Whatever uses it is refused at once, and for good.
    </ConfirmDialog>
  )
}
