import { Button } from '@mantine/core'
import { ChartColumn, Table2 } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { type Column, DataTable } from './DataTable.tsx'
import classes from './Figure.module.css'

/** A number to draw: as the API writes it (a decimal text, for money) or a count. Shown as it is, never summed here. */
export type Amount = string | number

type Props<Row> = {
  /** What is drawn, in a few words: "Cost by model, each day". */
  label: string
  /** What it shows, as one sentence that the page computed: "Spend rose 12 % to $4,310; gpt-5.5 is 61 % of it." */
  figcaption: ReactNode
  /** The same numbers as a table. */
  rows: Row[]
  columns: Column<Row>[]
  rowId: (row: Row) => string
  /** The drawing, and what tells its parts apart. */
  children: ReactNode
}

/** The frame of every chart: its conclusion in words, the drawing, and the same numbers as a table when asked for. */
export function Figure<Row extends object>(props: Props<Row>) {
  const { label, figcaption, rows, columns, rowId, children } = props
  const [asTable, setAsTable] = useState(false)
  const caption = useId()
  return (
    <figure className={classes.figure} aria-label={label} aria-describedby={caption}>
      <div className={classes.head}>
        <figcaption id={caption}>{figcaption}</figcaption>
        <Button
          size="compact-sm"
          variant="subtle"
          className={classes.toggle}
          leftSection={asTable ? <ChartColumn size={15} aria-hidden /> : <Table2 size={15} aria-hidden />}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? 'View as chart' : 'View as table'}
        </Button>
      </div>
      {asTable ? (
        <div className={classes.table}>
          <DataTable label={label} rows={rows} columns={columns} rowId={rowId} />
        </div>
      ) : (
        children
      )}
    </figure>
  )
}
