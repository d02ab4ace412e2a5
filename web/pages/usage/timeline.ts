import type { Point, Series } from '../../ui/series.tsx'
import { mondayOf } from '../../zoned.ts'
import { amountOf, MEASURES, type Measure, written } from './measures.ts'
import { compare, partsOf, type Report } from './rows.ts'
import { wordsOf } from './time-words.ts'
import type { Bucket } from './view.ts'

/** As many as have a colour of their own. */
const MOST_SERIES = 8
const REST = 'rest'
const ALL = 'all'

export type Timeline = {
  series: Series[]
  /** `when`: in a sentence, "on Thursday, 26 November 2026". */
  points: (Point & { when: string })[]
  /** Too many parts to tell them apart: only their sum is drawn. */
  onlySum: boolean
}

type Told = {
  /** Grouped by time alone: by the hour, where a bar is one, else by the day. */
  byTime: Report
  /** Grouped by what is looked at and by the same. */
  byPart: Report
  /** What is looked at. */
  by: string
  /** Each day, or each hour, as the API calls it. */
  times: string[]
  bucket: Bucket
  measure: Measure
  /** The last of them, which has not ended yet. */
  current: string
}

/**
 * What the chart draws: the eight largest and the rest of them, for each stretch of time, also those without a call. All
 * sums are exact; the rest is the whole less the eight.
 */
export function timelineOf({ byTime, byPart, by, times, bucket, measure, current }: Told): Timeline {
  const stretches = [...new Set(times.map((time) => stretchOf(time, bucket)))]
  const words = wordsOf(stretches, bucket)
  const wholes = MEASURES[measure].adds
    ? sumUp(byTime, bucket, measure, () => ALL)
    : costPerThousand(byTime, bucket)
  const onlySum = byPart.truncated || !MEASURES[measure].adds
  const partial = stretchOf(current, bucket)
  const pointOf = (stretch: string, values: Point['values'], total: bigint) => {
    const { tick, title, when } = words(stretch)
    const id = bucket === 'hour' ? new Date(stretch).toISOString() : stretch
    const soFar = stretch === partial ? ', so far' : ''
    return { id, tick, title: `${title}${soFar}`, when, values, total: written(measure, total) }
  }
  if (onlySum) {
    return {
      series: [{ id: ALL, name: 'All' }],
      points: stretches.map((stretch) => {
        const whole = wholes.get(stretch)?.get(ALL) ?? 0n
        return pointOf(stretch, { [ALL]: written(measure, whole) }, whole)
      }),
      onlySum: byPart.truncated,
    }
  }
  const named = new Map<string, string>()
  const parts = sumUp(byPart, bucket, measure, (group) => {
    const [part] = partsOf(group, [by], byPart.names)
    const id = `part:${part?.value ?? ''}`
    named.set(id, part?.name ?? '')
    return id
  })
  const totals = new Map<string, bigint>()
  for (const stretch of parts.values()) {
    for (const [id, amount] of stretch) totals.set(id, (totals.get(id) ?? 0n) + amount)
  }
  const ranked = [...totals].filter(([, amount]) => amount > 0n).sort(([, a], [, b]) => compare(b, a))
  const top = ranked.slice(0, MOST_SERIES).map(([id]) => id)
  const others = ranked.length - top.length
  return {
    series: [
      ...top.map((id) => ({ id, name: named.get(id) ?? id })),
      ...(others > 0 ? [{ id: REST, name: others === 1 ? '1 other' : `${others} others`, rest: true }] : []),
    ],
    points: stretches.map((stretch) => {
      const amounts = parts.get(stretch)
      const whole = wholes.get(stretch)?.get(ALL) ?? 0n
      const largest = top.map((id) => [id, amounts?.get(id) ?? 0n] as const)
      const rest = largest.reduce((left, [, amount]) => left - amount, whole)
      const shown = [...largest, ...(others > 0 && rest > 0n ? [[REST, rest] as const] : [])]
      const values = Object.fromEntries(shown.map(([id, amount]) => [id, written(measure, amount)]))
      return pointOf(stretch, values, whole)
    }),
    onlySum: false,
  }
}

/** By the stretch of time and by whatever `key` says of a group: exact, for a measure that adds up. */
function sumUp(
  report: Report,
  bucket: Bucket,
  measure: Measure,
  key: (group: Record<string, string | null>) => string,
): Map<string, Map<string, bigint>> {
  const sums = new Map<string, Map<string, bigint>>()
  const stretches = new Map<string, string>()
  for (const { group, ...line } of report.data) {
    const time = group[bucket === 'hour' ? 'hour' : 'day'] ?? ''
    const stretch = stretches.get(time) ?? stretchOf(time, bucket)
    stretches.set(time, stretch)
    const amounts = sums.get(stretch) ?? new Map<string, bigint>()
    const id = key(group)
    amounts.set(id, (amounts.get(id) ?? 0n) + (amountOf(measure, line) ?? 0n))
    sums.set(stretch, amounts)
  }
  return sums
}

/** Of a week: its cost by its calls, and not the days' ratios added up. */
function costPerThousand(byTime: Report, bucket: Bucket): Map<string, Map<string, bigint>> {
  const cost = sumUp(byTime, bucket, 'cost', () => ALL)
  const calls = sumUp(byTime, bucket, 'calls', () => ALL)
  return new Map(
    [...cost].map(([stretch, amounts]) => {
      const of = calls.get(stretch)?.get(ALL) ?? 0n
      return [stretch, new Map([[ALL, of === 0n ? 0n : ((amounts.get(ALL) ?? 0n) * 1000n) / of]])]
    }),
  )
}

function stretchOf(time: string, bucket: Bucket): string {
  if (bucket === 'hour' || bucket === 'day') return time
  return bucket === 'week' ? mondayOf(time) : time.slice(0, 7)
}

/** Where it stood highest, as a sentence: what the chart shows at a glance. */
export function peakOf({ points }: Timeline, say: (amount: string) => string): string {
  const total = (point: Point) => Number(point.total ?? 0)
  const [first] = points
  if (first === undefined) return ''
  const peak = points.reduce((most, point) => (total(point) > total(most) ? point : most), first)
  if (total(peak) === 0) return 'Nothing in this time.'
  return `Most ${peak.when}: ${say(String(peak.total))}.`
}
