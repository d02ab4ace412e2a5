import type { Amount } from './Figure.tsx'

/** One of the things that a chart stacks. */
export type Series = {
  id: string
  name: string
  /** What is left when the largest have been named. */
  rest?: boolean
}

/** What a chart shows of one stretch of time. */
export type Point = {
  /** Tells it from the others: `2026-11-26`. */
  id: string
  /** Under the axis, short: "26 Nov". */
  tick: string
  /** In the tooltip and the table, in full: "Thursday, 26 November 2026". */
  title: string
  /** By the series' id. What is not there is nothing. */
  values: Record<string, Amount>
  /** Of all series, as the API or exact arithmetic says it; not shown when not given. */
  total?: Amount
}

const COLOURS = 8

/** Its colour: the n-th of the palette, or grey for the rest. */
export function colourOf(series: Series, index: number): string {
  return series.rest || index >= COLOURS ? 'var(--series-rest)' : `var(--series-${index + 1})`
}

/** What is drawn over each colour, in a tile of 8 × 8: told apart without seeing hues. The first is plain. */
const MARKS = [
  '',
  'M-2 10 10 -2M-2 2 2 -2M6 10 10 6',
  'M2 2h.01M6 6h.01',
  'M0 4h8',
  'M-2 -2 10 10M-2 6 2 10M6 -2 10 2',
  'M4 0v8',
  'M0 0 8 8M8 0 0 8',
  'M0 2h8M0 6h8',
]
const REST_MARK = 'M1 1h.01M5 5h.01M5 1h.01M1 5h.01'

/** The patterns that `fill={fillOf(prefix, index)}` draws with; inside an `<svg>`. */
export function Patterns({ prefix, series }: { prefix: string; series: Series[] }) {
  return (
    <defs>
      {series.map((one, index) => (
        <pattern key={one.id} id={`${prefix}-${index}`} width="8" height="8" patternUnits="userSpaceOnUse">
          <rect width="8" height="8" style={{ fill: colourOf(one, index) }} />
          <path
            d={one.rest ? REST_MARK : MARKS[index % MARKS.length]}
            style={{ stroke: 'var(--surface)', strokeWidth: 1.25, strokeLinecap: 'round', opacity: 0.4 }}
          />
        </pattern>
      ))}
    </defs>
  )
}

export const fillOf = (prefix: string, index: number): string => `url(#${prefix}-${index})`
