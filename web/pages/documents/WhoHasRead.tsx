import { Button, Group, Switch } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { acknowledgementExport, acknowledgementList } from '../../../src/contract/acknowledgements.ts'
import { documentList } from '../../../src/contract/documents.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { allOf } from '../../all.ts'
import { pages } from '../../api.ts'
import { day } from '../../format.ts'
import { ExemptionCreate } from '../../forms/panels.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Download, useDownload } from '../../ui/Download.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Select } from '../../ui/Select.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import { Completion } from './Completion.tsx'

export type Standing = Output<typeof acknowledgementList>['data'][number]

const STATE: Record<Standing['state'], { tone: Tone; text: string }> = {
  acknowledged: { tone: 'good', text: 'has read it' },
  exempt: { tone: 'quiet', text: 'excused' },
  due: { tone: 'waiting', text: 'has time' },
  overdue: { tone: 'bad', text: 'overdue' },
}

/** Who has read what concerns them: by document and team in numbers, then person by person. */
export function WhoHasRead() {
  const [address, setAddress] = useAddress()
  const { inOrganization } = useViewer()
  const documents = useQuery(allOf(documentList, { query: {} })).data ?? []
  const documentId = address.of
  const missing = address.missing === 'true'
  const filter = { documentId, missing: missing ? ('true' as const) : undefined }
  const list = useInfiniteQuery(pages(acknowledgementList, { query: filter }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const file = useDownload()
  const [exempting, setExempting] = useState<Standing | null>(null)
  const filtered = documentId !== undefined || missing
  const columns: Column<Standing>[] = [
    {
      id: 'user',
      header: 'Person',
      title: true,
      sort: ({ user }) => user.name,
      cell: ({ userId, user }) => (
        <To to="/people/$userId" params={{ userId }}>
          {user.name}
        </To>
      ),
    },
    { id: 'document', header: 'Document', cell: ({ documentTitle }) => documentTitle },
    {
      id: 'state',
      header: 'State',
      sort: ({ state }) => state,
      cell: ({ state }) => (
        <>
          <Status tone={STATE[state].tone}>{STATE[state].text}</Status>
          {state === 'overdue' && <small className="muted"> and gets no keys</small>}
        </>
      ),
    },
    {
      id: 'when',
      header: 'Read, or due by',
      cell: ({ acknowledgedAt, state, dueBy }) =>
        acknowledgedAt !== null
          ? day(acknowledgedAt)
          : state === 'exempt' || dueBy === null
            ? '–'
            : `by ${day(dueBy)}`,
    },
    {
      id: 'score',
      header: 'Right answers',
      numeric: true,
      cell: ({ scorePercent }) => (scorePercent === null ? '–' : `${scorePercent} %`),
    },
    {
      id: 'until',
      header: 'Lasts until',
      cell: ({ expiresAt }) => (expiresAt === null ? <span className="muted">–</span> : day(expiresAt)),
    },
  ]
  return (
    <>
      <Completion documentId={documentId} />
      <Group mb="md" align="flex-end" justify="space-between">
        <Group align="flex-end">
          <Select
            label="Document"
            placeholder="All"
            clearable
            searchable
            data={documents.map(({ id, title }) => ({ value: id, label: title }))}
            value={documentId ?? null}
            onChange={(next) => setAddress({ of: next ?? undefined })}
          />
          <Switch
            label="Only who has still to read"
            pb={8}
            checked={missing}
            onChange={({ currentTarget }) =>
              setAddress({ missing: currentTarget.checked ? 'true' : undefined })
            }
          />
        </Group>
        <Download of={file}>
          <Button
            variant="default"
            onClick={() =>
              file.start({
                operation: acknowledgementExport,
                query: filter,
                name: 'acknowledgements.csv',
                unit: ['line', 'lines'],
              })
            }
          >
            Export as CSV
          </Button>
        </Download>
      </Group>
      <Region of={list} rows={5}>
        {() =>
          rows.length === 0 ? (
            <Empty title={filtered ? 'Nobody matches' : 'Nothing concerns anybody yet'}>
              <p>
                {filtered
                  ? 'Everybody whom it concerns has read it, or it concerns nobody.'
                  : 'Publish a document, and everybody whom it concerns is listed here.'}
              </p>
              {filtered && (
                <Button variant="default" onClick={() => setAddress({ of: undefined, missing: undefined })}>
                  Clear filters
                </Button>
              )}
            </Empty>
          ) : (
            <DataTable
              label="Who has read what"
              rows={rows}
              columns={columns}
              rowId={({ documentId, userId }) => `${documentId}/${userId}`}
              more={moreOf(list)}
              actions={(standing) =>
                (standing.state === 'due' || standing.state === 'overdue') && (
                  <ActButton
                    variant="subtle"
                    size="compact-sm"
                    can={inOrganization('acknowledgement:exempt')}
                    onClick={() => setExempting(standing)}
                  >
                    Excuse
                  </ActButton>
                )
              }
            />
          )
        }
      </Region>
      {exempting && <ExemptionCreate standing={exempting} onClose={() => setExempting(null)} />}
    </>
  )
}
