import { Suspense, useDeferredValue, useId } from 'react'
import classes from './Chart.module.css'
import { ChartDrawing, Lines } from './ChartSpace.tsx'
import type { Column } from './DataTable.tsx'
import { ErrorBoundary } from './ErrorBoundary.tsx'
import { type Amount, Figure } from './Figure.tsx'
import { fillOf, Patterns, type Point, type Series } from './series.tsx'

export type { Amount } from './Figure.tsx'
export type { Point, Series } from './series.tsx'

type Props = {
  /** What is drawn, in a few words: "Cost by model, each day". */
  label: string
  /** Tells it from the others of its page, in the address. */
  name: string
  /** What it shows, as one sentence that the page computed from the same numbers. */
  figcaption: React.ReactNode
  /** From the bottom of the stack to its top: the largest first, at most eight and one `rest`. */
  series: Series[]
  /** In the order of time, without gaps: a day without a call is a point too. */
  points: Point[]
  /** How a number is written in the tooltip and in the table: `usd`, `count`. */
  say: (amount: Amount) => string
  /** How it is written beside the axis, where there is little room; as `say` when not given. */
  sayShort?: (amount: number) => string
  /** What a point is: the first column of the table. */
  per: string
}

/**
 * Numbers over time, stacked: bars, or areas when there are too many points for bars.
 *
 * ```tsx
 * <Chart
 *   label="Cost by model, each day"
 *   name="time"
 *   figcaption="Spend rose 12 % to $4,310; gpt-5.5 is 61 % of it."
 *   series={[{ id: 'gpt-5.5', name: 'gpt-5.5' }, { id: 'rest', name: '12 others', rest: true }]}
 *   points={[{ id: '2026-11-26', tick: '26 Nov', title: '26 November 2026', values: { 'gpt-5.5': '12.50' } }]}
 *   say={usd}
 *   per="Day"
 * />
 * ```
 *
 * It is as tall before its library is there as after. The arrow keys go from point to point and say each. A page shows
 * `<ChartSpace />` while it waits for the numbers.
 */
export function Chart({ label, name, figcaption, series, points, say, sayShort, per }: Props) {
  // What is said of the numbers need not wait for the drawing, which takes longest of all on its page.
  const drawn = useDeferredValue(true, false)
  const hasTotal = points.some(({ total }) => total !== undefined)
  const columns: Column<Point>[] = [
    { id: 'point', header: per, title: true, cell: ({ title }) => title, sort: ({ id }) => id },
    ...series.map(({ id, name: header }) => ({
      id: `series-${id}`,
      header,
      numeric: true,
      cell: ({ values }: Point) => say(values[id] ?? 0),
      sort: ({ values }: Point) => Number(values[id] ?? 0),
    })),
    ...(hasTotal && series.length > 1
      ? [
          {
            id: 'total',
            header: 'Total',
            numeric: true,
            cell: ({ total }: Point) => say(total ?? 0),
            sort: ({ total }: Point) => Number(total ?? 0),
          },
        ]
      : []),
  ]
  return (
    <Figure
      label={label}
      name={name}
      figcaption={figcaption}
      rows={points}
      columns={columns}
      rowId={({ id }) => id}
    >
      <div className={classes.drawing}>
        <ErrorBoundary>
          <Suspense fallback={<Lines />}>
            {drawn ? (
              <ChartDrawing
                label={label}
                series={series}
                points={points}
                say={say}
                sayShort={sayShort ?? say}
              />
            ) : (
              <Lines />
            )}
          </Suspense>
        </ErrorBoundary>
      </div>
      {series.length > 1 && <Legend series={series} />}
    </Figure>
  )
}

function Legend({ series }: { series: Series[] }) {
  const prefix = useId()
  return (
    <>
      <svg className={classes.patterns} aria-hidden>
        <Patterns prefix={prefix} series={series} />
      </svg>
      <ul className={classes.legend}>
        {series.map(({ id, name }, index) => (
          <li key={id}>
            <svg width="14" height="14" aria-hidden>
              <rect width="14" height="14" rx="3" fill={fillOf(prefix, index)} />
            </svg>
            {name}
          </li>
        ))}
      </ul>
    </>
  )
}
