import { useQuery } from '@tanstack/react-query'
import type { Input, Output } from '../../../src/contract/operation.ts'
import { usageReport } from '../../../src/contract/usage.ts'
import { q } from '../../api.ts'
import { count, percent, usd } from '../../format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { type Target, To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import { monthStart } from './this-month.ts'

type Row = Output<typeof usageReport>['data'][number]

type Props = {
  title: string
  /** What each row is: a project, a model. */
  by: 'project' | 'environment' | 'model' | 'user'
  header: string
  /** Whose usage. */
  of: Pick<NonNullable<Input<typeof usageReport>['query']>, 'teamId' | 'projectId'>
  target?: (id: string) => Target
}

const MOST = 8

/** What was spent this month, part by part, dearest first. */
export function SpendTable({ title, by, header, of, target }: Props) {
  const { organization } = useViewer()
  const from = monthStart(organization.timeZone)
  const report = useQuery(q(usageReport, { query: { by, from, ...of } }))
  const filter = {
    ...(of.teamId ? { team: of.teamId } : {}),
    ...(of.projectId ? { project: of.projectId } : {}),
  }
  return (
    <Section
      title={title}
      actions={
        <To to="/usage" search={{ by, range: 'month', ...filter }}>
          Usage and cost
        </To>
      }
    >
      <Region of={report} rows={3}>
        {({ data, names, total }) => {
          if (data.length === 0) return <Empty title="Nothing was spent this month" />
          const nameOf = (row: Row) => {
            const id = row.group[by] ?? null
            return id === null ? 'none' : (names[id] ?? id)
          }
          const columns: Column<Row>[] = [
            {
              id: 'name',
              header,
              title: true,
              cell: (row) => {
                const id = row.group[by]
                return id && target ? <To {...target(id)}>{nameOf(row)}</To> : nameOf(row)
              },
            },
            { id: 'calls', header: 'Calls', numeric: true, cell: ({ calls }) => count(calls) },
            { id: 'cost', header: 'Spent', numeric: true, cell: ({ costUsd }) => usd(costUsd) },
            {
              id: 'share',
              header: 'Share',
              numeric: true,
              cell: ({ costUsd }) =>
                Number(total.costUsd) > 0 ? percent(Number(costUsd) / Number(total.costUsd)) : '–',
            },
          ]
          return (
            <DataTable
              label={title}
              rows={data.slice(0, MOST)}
              columns={columns}
              rowId={(row) => row.group[by] ?? 'none'}
            />
          )
        }}
      </Region>
    </Section>
  )
}
