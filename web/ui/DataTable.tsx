import { Button, UnstyledButton } from '@mantine/core'
import {
  createSortedRowModel,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useAddress } from '../search.ts'
import classes from './DataTable.module.css'

export type Column<Row> = {
  id: string
  header: string
  cell: (row: Row) => ReactNode
  /** What it is sorted by, of the rows that are loaded. Without it the column is not sorted. */
  sort?: (row: Row) => string | number
  /** Numbers stand at the end, under each other. */
  numeric?: boolean
  /** What a row is called: the title of its card on a phone. One column of each table has it. */
  title?: boolean
}

export type More = { hasMore: boolean; loading: boolean; load: () => unknown }

/** How the rest of a list is fetched, of what `useInfiniteQuery` answers. */
export function moreOf(list: {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => unknown
}): More {
  return { hasMore: list.hasNextPage, loading: list.isFetchingNextPage, load: list.fetchNextPage }
}

/** By which column, and whether the largest comes first. */
type Order = { id: string; desc: boolean }

type Props<Row> = {
  /** What the table shows, for who does not see it. */
  label: string
  rows: Row[]
  /** How many of them are drawn, the first as they are sorted; all when not given. */
  drawn?: number
  columns: Column<Row>[]
  rowId: (row: Row) => string
  /** What can be done with a row, at its end. */
  actions?: (row: Row) => ReactNode
  /** How it is sorted at first; in the order of `rows` when not given. */
  sortedBy?: Order
  /** The parameter of the address in which its order stands, where a link shows it as it is: `sort`. */
  orderIn?: string
  /** When there are more: fetches the next page. */
  more?: More
  /** Stands out, such as a row that was just made. */
  highlight?: string | undefined
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns })

/** Rows and columns: a table where there is room, a card for each row on a phone. */
export function DataTable<Row extends object>(props: Props<Row>) {
  const { label, rows, drawn, columns, rowId, actions, sortedBy, orderIn, more, highlight } = props
  const [asked, setOrder] = useOrder(orderIn, sortedBy)
  const order = columns.some(({ id, sort }) => id === asked?.id && sort !== undefined) ? asked : undefined
  const table = useTable({
    features,
    data: rows,
    getRowId: rowId,
    state: { sorting: order ? [order] : [] },
    columns: columns.map(({ id, sort }) => ({
      id,
      accessorFn: (row: Row) => sort?.(row),
      enableSorting: sort !== undefined,
      sortFn: 'alphanumeric' as const,
    })),
  })
  const inOrder = table.getRowModel().rows
  return (
    <div className={classes.frame}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ id, header, sort, numeric }) => {
              const sorted = order?.id === id ? order : undefined
              return (
                <th
                  key={id}
                  scope="col"
                  className={numeric ? classes.numeric : undefined}
                  aria-sort={sorted ? (sorted.desc ? 'descending' : 'ascending') : undefined}
                >
                  {sort ? (
                    <UnstyledButton
                      className={classes.sort}
                      onClick={() => setOrder({ id, desc: sorted ? !sorted.desc : numeric === true })}
                    >
                      {header}
                      {sorted &&
                        (sorted.desc ? (
                          <ArrowDown size={13} aria-hidden />
                        ) : (
                          <ArrowUp size={13} aria-hidden />
                        ))}
                    </UnstyledButton>
                  ) : (
                    header
                  )}
                </th>
              )
            })}
            {actions && (
              <th scope="col">
                <span className="unseen">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {inOrder.slice(0, drawn).map(({ id, original }) => (
            <tr key={id} className={id === highlight ? classes.highlight : undefined}>
              {columns.map((column) => (
                <Cell key={column.id} column={column} row={original} />
              ))}
              {actions && <td className={classes.actions}>{actions(original)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {more && <ShowMore more={more} />}
    </div>
  )
}

function useOrder(parameter: string | undefined, first: Order | undefined) {
  const [address, setAddress] = useAddress()
  const [chosen, setChosen] = useState(first)
  if (parameter === undefined) return [chosen, setChosen] as const
  const [, minus, id] = /^(-?)(.+)$/.exec(address[parameter] ?? '') ?? []
  const order = id === undefined ? first : { id, desc: minus === '-' }
  return [
    order,
    ({ id, desc }: Order) => setAddress({ [parameter]: `${desc ? '-' : ''}${id}` }, false),
  ] as const
}

/** The next page of a list. */
export function ShowMore({ more }: { more: More }) {
  if (!more.hasMore) return null
  return (
    <div className={classes.more}>
      <Button variant="default" loading={more.loading} onClick={() => more.load()}>
        Show more
      </Button>
    </div>
  )
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const { title, numeric, header, cell } = column
  const className = `${title ? classes.title : ''} ${numeric ? classes.numeric : ''}`
  if (title) {
    return (
      <th scope="row" className={className}>
        {cell(row)}
      </th>
    )
  }
  return (
    <td className={className} data-label={header}>
      {cell(row)}
    </td>
  )
}
