import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { documentList } from '../../../src/contract/documents.ts'
import { exemptionList, exemptionRevoke } from '../../../src/contract/exemptions.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { allOf } from '../../all.ts'
import { pages, useAct } from '../../api.ts'
import { day } from '../../format.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { useViewer } from '../../viewer.ts'

type Exemption = Output<typeof exemptionList>['data'][number]

/** Who is excused from what, and why. */
export function Exemptions() {
  const { inOrganization } = useViewer()
  const list = useInfiniteQuery(pages(exemptionList, { query: {} }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const documents = useQuery(allOf(documentList, { query: {} })).data ?? []
  const nameOf = useNames(
    rows.flatMap(({ userId, createdBy }) => [userId, createdBy.startsWith('usr_') ? createdBy : null]),
  )
  const [ending, setEnding] = useState<Exemption | null>(null)
  const columns: Column<Exemption>[] = [
    { id: 'who', header: 'Person', title: true, cell: ({ userId }) => nameOf(userId) },
    {
      id: 'what',
      header: 'From',
      cell: ({ documentId }) => documents.find(({ id }) => id === documentId)?.title ?? '',
    },
    { id: 'why', header: 'Why', cell: ({ reason }) => reason },
    {
      id: 'by',
      header: 'By',
      cell: ({ createdBy, createdAt }) =>
        `${createdBy.startsWith('usr_') ? `${nameOf(createdBy)}, ` : ''}${day(createdAt)}`,
    },
    {
      id: 'until',
      header: 'Until',
      cell: ({ until, revokedAt }) =>
        revokedAt !== null ? (
          <Status tone="quiet">{`ended ${day(revokedAt)}`}</Status>
        ) : until === null ? (
          'for good'
        ) : (
          day(until)
        ),
    },
  ]
  return (
    <>
      <Region of={list} rows={3}>
        {() =>
          rows.length === 0 ? (
            <Empty title="Nobody is excused">
              <p>Somebody who wrote a text need not read it. Nobody excuses themselves.</p>
              <code>
                claviger exemption create --document "AI policy" --user ada@example.com --reason "wrote it"
              </code>
            </Empty>
          ) : (
            <DataTable
              label="Who is excused from what"
              rows={rows}
              columns={columns}
              rowId={({ id }) => id}
              more={moreOf(list)}
              actions={(exemption) =>
                exemption.revokedAt === null && (
                  <ActButton
                    variant="subtle"
                    size="compact-sm"
                    can={inOrganization('acknowledgement:exempt')}
                    onClick={() => setEnding(exemption)}
                  >
                    End it
                  </ActButton>
                )
              }
            />
          )
        }
      </Region>
      {ending && <Revoke exemption={ending} who={nameOf(ending.userId)} onClose={() => setEnding(null)} />}
    </>
  )
}

function Revoke({ exemption, who, onClose }: { exemption: Exemption; who: string; onClose: () => void }) {
  const act = useAct(exemptionRevoke)
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`End the exemption of ${who}?`}
      act="End it"
      pending={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate(
          { input: { params: { exemptionId: exemption.id } } },
          {
            onSuccess: () => {
              toast(`${who} reads it like everybody else.`)
              onClose()
            },
          },
        )
      }
    >
      They have to read it like everybody else, and create no key before that where keys depend on it.
    </ConfirmDialog>
  )
}
