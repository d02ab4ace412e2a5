import { useId } from 'react'
import {
  Area,
  AreaChart,
  Bar,
  BarChart,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
  usePlotArea,
  useYAxisScale,
  useYAxisTicks,
  XAxis,
  YAxis,
} from 'recharts'
import classes from './Chart.module.css'
import type { Amount } from './Figure.tsx'
import { fillOf, Patterns, type Point, type Series } from './series.tsx'

type Props = {
  label: string
  series: Series[]
  points: Point[]
  say: (amount: Amount) => string
  sayShort: (amount: number) => string
}

/** More bars than this are too thin to tell apart. */
const MOST_BARS = 62
const WIDEST_BAR = 48
const BAR_OF_ROOM = 0.64
const TICKS = 4
const TICK = { fontSize: 12, fill: 'var(--muted)' }
/** Of a label in `TICK`, in pixels, and between two of them. */
const WIDTH_OF_LETTER = 7
const ROOM_BETWEEN = 24

/** What Chart.tsx draws, with the library: loaded by itself. Nothing moves unless the reader moves it. */
export default function ChartDrawing({ label, series, points, say, sayShort }: Props) {
  // Addresses inside the drawing: no colons.
  const prefix = useId().replaceAll(':', '')
  const inside = (
    <>
      <Patterns prefix={prefix} series={series} />
      <Grid />
      <TimeAxis points={points} />
      <YAxis
        width="auto"
        tickCount={TICKS}
        tickFormatter={sayShort}
        tickLine={false}
        axisLine={false}
        tick={TICK}
      />
      <Tooltip
        cursor={{ fill: 'var(--hover)', stroke: 'var(--line)' }}
        animationDuration={120}
        content={(shown: TooltipContentProps) => (
          <Said shown={shown} series={series} prefix={prefix} say={say} />
        )}
      />
    </>
  )
  const shared = { data: points, 'aria-label': label, margin: { top: 8, right: 8, bottom: 0, left: 12 } }
  const sums = { dataKey: sumOf(series), fill: 'none', stroke: 'none', isAnimationActive: false }
  return (
    <ResponsiveContainer width="100%" height="100%">
      {points.length > MOST_BARS ? (
        <AreaChart {...shared}>
          {inside}
          <Area {...sums} activeDot={false} />
          <Stacks points={points} series={series} prefix={prefix} shapes={areas} />
        </AreaChart>
      ) : (
        <BarChart {...shared}>
          {inside}
          <Bar {...sums} shape={Unseen} />
          <Stacks points={points} series={series} prefix={prefix} shapes={bars} />
        </BarChart>
      )}
    </ResponsiveContainer>
  )
}

/** The library's own works out where the lines of the other axis would be as well, and measures each label for that. */
function Grid() {
  const area = usePlotArea()
  const ticks = useYAxisTicks()
  if (!area || !ticks) return null
  const d = ticks.map(({ coordinate }) => `M${area.x} ${coordinate}h${area.width}`).join('')
  return <path d={d} stroke="var(--faint)" />
}

/** As many labels as the longest leaves room for, away from both ends: none is measured, and none cut off. */
function TimeAxis({ points }: { points: Point[] }) {
  const area = usePlotArea()
  const widest = Math.max(0, ...points.map(({ tick }) => tick.length)) * WIDTH_OF_LETTER + ROOM_BETWEEN
  const each = area ? Math.max(1, Math.ceil((widest * points.length) / area.width)) : 1
  const middle = Math.floor(each / 2)
  const shown = points.filter((_, at) => at % each === middle && at - middle + each <= points.length)
  const ticks = new Map(points.map(({ id, tick }) => [id, tick]))
  return (
    <XAxis
      dataKey="id"
      ticks={shown.map(({ id }) => id)}
      interval={0}
      tickFormatter={(id: string) => ticks.get(id) ?? ''}
      tickLine={false}
      axisLine={{ stroke: 'var(--line)' }}
      tickMargin={8}
      tick={TICK}
    />
  )
}

/** By these the library scales the axes, and finds the point that is pointed at. */
function sumOf(series: Series[]): (point: Point) => number {
  return ({ values }) => series.reduce((sum, { id }) => sum + Number(values[id] ?? 0), 0)
}

const Unseen = () => null

type Plot = { x: number; width: number; y: (amount: number) => number | undefined }

/**
 * The stacks, one path for each series. The library draws each piece by itself, and works them out once more for each series:
 * a month of eight models took it as long as all else on the page together. No amount is below zero.
 */
function Stacks({
  points,
  series,
  prefix,
  shapes,
}: {
  points: Point[]
  series: Series[]
  prefix: string
  shapes: (plot: Plot, below: number[], above: number[]) => string
}) {
  const area = usePlotArea()
  const y = useYAxisScale()
  if (!area || !y) return null
  const plot: Plot = { x: area.x, width: area.width, y }
  let below = points.map(() => 0)
  return series.map(({ id }, index) => {
    const above = points.map(({ values }, at) => (below[at] ?? 0) + Number(values[id] ?? 0))
    const d = shapes(plot, below, above)
    below = above
    return <path key={id} d={d} fill={fillOf(prefix, index)} stroke="var(--surface)" strokeWidth={0.75} />
  })
}

function bars({ x, width, y }: Plot, below: number[], above: number[]): string {
  const room = width / above.length
  const bar = Math.min(WIDEST_BAR, room * BAR_OF_ROOM)
  return above
    .map((to, at) => {
      const from = below[at] ?? 0
      const left = x + at * room + (room - bar) / 2
      return to > from ? `M${left} ${y(from)}V${y(to)}h${bar}V${y(from)}z` : ''
    })
    .join('')
}

function areas({ x, width, y }: Plot, below: number[], above: number[]): string {
  const step = width / (above.length - 1)
  const line = (amounts: number[]) => amounts.map((amount, at) => `${x + at * step} ${y(amount)}`)
  return `M${line(above).join('L')}L${line(below).reverse().join('L')}z`
}

/** One point in words, for who points at it and for who comes by the arrow keys. */
function Said({
  shown,
  series,
  prefix,
  say,
}: {
  shown: TooltipContentProps
  series: Series[]
  prefix: string
  say: (amount: Amount) => string
}) {
  // The library hands back one of the points it was given.
  const point = shown.payload[0]?.payload as Point | undefined
  if (!shown.active || point === undefined) return null
  const parts = series.flatMap((one, index) => {
    const value = point.values[one.id]
    return value === undefined || Number(value) === 0 ? [] : [{ one, index, value }]
  })
  return (
    <div className={classes.tooltip} role="status" aria-live="assertive">
      <p>{point.title}</p>
      <dl>
        {parts.map(({ one, index, value }) => (
          <div key={one.id}>
            <svg width="12" height="12" aria-hidden>
              <rect width="12" height="12" rx="3" fill={fillOf(prefix, index)} />
            </svg>
            <dt>{one.name}</dt>
            <dd>{say(value)}</dd>
          </div>
        ))}
        {(parts.length !== 1 || point.total === undefined) && (
          <div className={classes.total}>
            <dt>{parts.length === 0 ? 'Nothing' : 'Total'}</dt>
            <dd>{point.total === undefined ? '' : say(point.total)}</dd>
          </div>
        )}
      </dl>
    </div>
  )
}
