import { Button } from '@mantine/core'
import { ChartColumn, Table2 } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { useAddress } from '../search.ts'
import { type Column, DataTable } from './DataTable.tsx'
import classes from './Figure.module.css'

/** A number to draw: as the API writes it (a decimal text, for money) or a count. Shown as it is, never summed here. */
export type Amount = string | number

type Props<Row> = {
  /** What is drawn, in a few words: "Cost by model, each day". */
  label: string
  /** Tells it from the others of its page, in the address: that says which of them is shown as a table. */
  name: string
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
  const { label, name, figcaption, rows, columns, rowId, children } = props
  const [{ table }, setAddress] = useAddress()
  const asTable = table === name
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
          onClick={() => setAddress({ table: asTable ? undefined : name, tableOrder: undefined }, false)}
        >
          {asTable ? 'View as chart' : 'View as table'}
        </Button>
      </div>
      {asTable ? (
        <div className={classes.table}>
          <DataTable label={label} rows={rows} columns={columns} rowId={rowId} orderIn="tableOrder" />
        </div>
      ) : (
        children
      )}
    </figure>
  )
}
