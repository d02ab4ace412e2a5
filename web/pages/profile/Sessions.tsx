import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import { sessionClear, sessionList, sessionRevoke } from '../../../src/contract/sessions.ts'
import { browserName } from '../../../src/domain/browser-name.ts'
import { pages, useAct } from '../../api.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { toast } from '../../ui/announce.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Problem, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'

type Session = Output<typeof sessionList>['data'][number]

/** Where they are signed in: browsers and command lines. */
export function Sessions() {
  const sessions = useInfiniteQuery(pages(sessionList, { query: {} }))
  const revoke = useAct(sessionRevoke)
  const clear = useAct(sessionClear)
  const [asked, setAsked] = useState(false)
  const rows = sessions.data?.pages.flatMap(({ data }) => data) ?? []
  const end = (session: Session) =>
    revoke.mutate(
      { input: { params: { sessionId: session.id } } },
      { onSuccess: () => toast(`${nameOf(session)} is signed out.`) },
    )
  const close = () => {
    clear.reset()
    setAsked(false)
  }
  return (
    <Section
      title="Where you are signed in"
      actions={
        rows.length > 1 && (
          <Button variant="default" onClick={() => setAsked(true)}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      <Problem error={revoke.error} />
      <Region of={sessions} rows={3}>
        {() => (
          <DataTable
            label="Where you are signed in"
            rows={rows}
            rowId={({ id }) => id}
            sortedBy={{ id: 'seen', desc: true }}
            columns={[
              {
                id: 'name',
                header: 'Program',
                title: true,
                cell: (session) => (
                  <>
                    {nameOf(session)} {session.current && <Status tone="good">this one</Status>}
                  </>
                ),
              },
              { id: 'ip', header: 'Address', cell: ({ ip }) => ip ?? 'unknown' },
              { id: 'how', header: 'Signed in', cell: ({ createdAt }) => <Time at={createdAt} /> },
              {
                id: 'seen',
                header: 'Last seen',
                sort: ({ lastSeenAt }) => lastSeenAt,
                cell: ({ lastSeenAt }) => <Time at={lastSeenAt} />,
              },
            ]}
            actions={(session) =>
              !session.current && (
                <Button
                  variant="subtle"
                  color="gray"
                  size="compact-md"
                  aria-label={`Sign out ${nameOf(session)} at ${session.ip ?? 'an unknown address'}`}
                  loading={revoke.isPending && revoke.variables.input.params.sessionId === session.id}
                  onClick={() => end(session)}
                >
                  Sign out
                </Button>
              )
            }
            more={moreOf(sessions)}
          />
        )}
      </Region>
      <ConfirmDialog
        opened={asked}
        onClose={close}
        title="Sign out everywhere else?"
        act="Sign out"
        pending={clear.isPending}
        error={clear.error}
        onConfirm={() =>
          clear.mutate(
            { input: { body: { keepThis: true } } },
            {
              onSuccess: ({ ended }) => {
                toast(ended === 1 ? 'One session has ended.' : `${ended} sessions have ended.`)
                close()
              },
            },
          )
        }
      >
        All other browsers and command lines that act as you have to sign in again. API tokens go on.
      </ConfirmDialog>
    </Section>
  )
}

function nameOf({ kind, userAgent }: Session): string {
  return kind === 'cli' ? 'Command line' : browserName(userAgent ?? '')
}
