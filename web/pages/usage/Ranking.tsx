import { useState } from 'react'
import { percent } from '../../format.ts'
import type { Search } from '../../search.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { To } from '../../ui/To.tsx'
import { amountOf, MEASURES, type Measure, type Sums, said } from './measures.ts'
import classes from './Ranking.module.css'
import type { Part, Row } from './rows.ts'
import { changeText } from './sentence.ts'
import { drill, groupName } from './view.ts'

/** What stands beside the measure that was chosen. */
const BESIDE: Measure[] = ['cost', 'calls', 'tokens', 'errors', 'costPerThousand']

/** A thousand lines at once keep a browser busy for as long as one notices. */
const SHOWN = 50
const MORE = 4

type Props = {
  label: string
  rows: Row[]
  total: Sums
  by: string[]
  measure: Measure
  compared: boolean
  /** The address that shows this: each name leads on from there. */
  search: Search
}

/** Who has how much of it: a name leads into what it consists of. */
export function Ranking({ label, rows, total, by, measure, compared, search }: Props) {
  const [shown, setShown] = useState(SHOWN)
  const whole = amountOf(measure, total)
  const columns: Column<Row>[] = [
    ...by.map((name, level) => ({
      id: `level-${level}`,
      header: groupName(name),
      ...(level === 0 ? { title: true } : {}),
      cell: ({ parts }: Row) => <Name part={parts[level]} by={by} search={search} />,
      sort: ({ parts }: Row) => parts[level]?.name ?? '',
    })),
    {
      ...amount(measure),
      cell: ({ sums }) => <Share measure={measure} amount={amountOf(measure, sums)} whole={whole} />,
    },
    ...(compared
      ? [
          {
            id: 'change',
            header: 'Change',
            numeric: true,
            cell: ({ sums, before }: Row) =>
              changeText(amountOf(measure, sums), before && amountOf(measure, before)),
          },
        ]
      : []),
    ...BESIDE.filter((name) => name !== measure).map(amount),
  ]
  return (
    <DataTable
      label={label}
      rows={rows.slice(0, shown)}
      columns={columns}
      rowId={({ id }) => id}
      orderIn="sort"
      more={{ hasMore: rows.length > shown, loading: false, load: () => setShown(shown * MORE) }}
    />
  )
}

function amount(measure: Measure): Column<Row> {
  return {
    id: measure,
    header: MEASURES[measure].name,
    numeric: true,
    cell: ({ sums }) => said(measure, amountOf(measure, sums)),
    sort: ({ sums }) => Number(amountOf(measure, sums) ?? -1n),
  }
}

function Name({ part, by, search }: { part: Part | undefined; by: string[]; search: Search }) {
  if (part === undefined) return null
  const into = drill(search, by, part.by, part.value)
  if (into === null) return <span>{part.name}</span>
  return (
    <To to="/usage" search={into} className={classes.name}>
      {part.name}
    </To>
  )
}

function Share({
  measure,
  amount,
  whole,
}: {
  measure: Measure
  amount: bigint | null
  whole: bigint | null
}) {
  const words = said(measure, amount)
  if (!MEASURES[measure].adds || !whole || amount === null) return <>{words}</>
  const share = Number((amount * 10_000n) / whole) / 10_000
  return (
    <span className={classes.share}>
      <span>{words}</span>
      <span className={classes.percent}>{percent(share)}</span>
      <span className={classes.track} aria-hidden>
        <span className={classes.bar} style={{ width: `${Math.min(share, 1) * 100}%` }} />
      </span>
    </span>
  )
}
