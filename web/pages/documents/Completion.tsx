import { useQuery } from '@tanstack/react-query'
import { acknowledgementCount } from '../../../src/contract/acknowledgements.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { q } from '../../api.ts'
import { count } from '../../format.ts'
import { useNames } from '../../names.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { Section } from '../../ui/Page.tsx'
import { Region } from '../../ui/Region.tsx'

type Counted = Output<typeof acknowledgementCount>['data'][number]
type Row = Omit<Counted['teams'][number], 'teamId'> & { id: string; title: string; teamId: string | null }

/** How far each document is: all of those whom it concerns, and team by team once one document is chosen. */
export function Completion({ documentId }: { documentId: string | undefined }) {
  const counted = useQuery(q(acknowledgementCount, { query: { documentId } }))
  const nameOf = useNames(counted.data?.data.flatMap(({ teams }) => teams.map(({ teamId }) => teamId)) ?? [])
  const rowsOf = (data: Counted[]): Row[] =>
    data.flatMap(({ documentId: id, documentTitle: title, read, exempt, missing, teams }) => [
      { id, title, teamId: null, read, exempt, missing },
      ...(documentId === undefined
        ? []
        : teams.map((team) => ({ ...team, id: `${id}/${team.teamId}`, title }))),
    ])
  const columns: Column<Row>[] = [
    {
      id: 'who',
      header: documentId === undefined ? 'Document' : 'Who',
      title: true,
      cell: ({ teamId, title }) =>
        documentId === undefined ? title : teamId === null ? 'All whom it concerns' : nameOf(teamId),
    },
    {
      id: 'share',
      header: 'Have read it',
      cell: ({ read, missing, title }) => (
        <Meter used={read} limit={read + missing} unit="people" label={`Have read ${title}`} goal />
      ),
    },
    { id: 'missing', header: 'Still to read', numeric: true, cell: ({ missing }) => count(missing) },
    { id: 'exempt', header: 'Excused', numeric: true, cell: ({ exempt }) => count(exempt) },
  ]
  return (
    <Section
      title="How far it is"
      note={documentId === undefined ? 'Choose a document below to see it team by team.' : undefined}
    >
      <Region of={counted} rows={3}>
        {({ data }) =>
          data.length > 0 && (
            <DataTable
              label="How many have read what"
              rows={rowsOf(data)}
              columns={columns}
              rowId={({ id }) => id}
            />
          )
        }
      </Region>
    </Section>
  )
}
