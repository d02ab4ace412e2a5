import { useId } from 'react'
import {
  Area,
  AreaChart,
  Bar,
  BarChart,
  type BarShapeProps,
  CartesianGrid,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
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
const TICKS = 4
const TICK = { fontSize: 12, fill: 'var(--muted)' }

/** What Chart.tsx draws, with the library: loaded by itself. Nothing moves unless the reader moves it. */
export default function ChartDrawing({ label, series, points, say, sayShort }: Props) {
  // Addresses inside the drawing: no colons.
  const prefix = useId().replaceAll(':', '')
  const amountOf = (id: string) => (point: Point) => Number(point.values[id] ?? 0)
  const ticks = new Map(points.map(({ id, tick }) => [id, tick]))
  const inside = (
    <>
      <Patterns prefix={prefix} series={series} />
      <CartesianGrid vertical={false} stroke="var(--faint)" />
      <XAxis
        dataKey="id"
        tickFormatter={(id: string) => ticks.get(id) ?? ''}
        tickLine={false}
        axisLine={{ stroke: 'var(--line)' }}
        minTickGap={28}
        tickMargin={8}
        tick={TICK}
      />
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
  return (
    <ResponsiveContainer width="100%" height="100%">
      {points.length > MOST_BARS ? (
        <AreaChart {...shared}>
          {inside}
          {series.map((one, index) => (
            <Area
              key={one.id}
              name={one.name}
              dataKey={amountOf(one.id)}
              stackId="all"
              type="linear"
              stroke="var(--surface)"
              strokeWidth={0.75}
              fill={fillOf(prefix, index)}
              fillOpacity={1}
              isAnimationActive={false}
            />
          ))}
        </AreaChart>
      ) : (
        <BarChart {...shared} barCategoryGap="18%">
          {inside}
          {series.map((one, index) => (
            <Bar
              key={one.id}
              name={one.name}
              dataKey={amountOf(one.id)}
              stackId="all"
              maxBarSize={48}
              stroke="var(--surface)"
              strokeWidth={0.5}
              fill={fillOf(prefix, index)}
              shape={PartOfBar}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      )}
    </ResponsiveContainer>
  )
}

/** The library's own is made for rounded corners and for moving, and there are hundreds. */
function PartOfBar({ x, y, width, height, fill, stroke, strokeWidth }: BarShapeProps) {
  return <rect {...{ x, y, width, height, fill, stroke, strokeWidth }} />
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
