import { useMemo } from 'react'
import { Chart } from '../../ui/Chart.tsx'
import { dayIn, daysBetween, hourIn, hoursBetween } from '../../zoned.ts'
import { MEASURES, type Measure, saying } from './measures.ts'
import type { Report } from './rows.ts'
import { peakOf, timelineOf } from './timeline.ts'
import { BUCKET_WORDS, type Bucket, groupName } from './view.ts'

type Props = {
  byPart: Report
  /** By the hour, where a bar is one, else by the day. */
  byTime: Report
  by: string
  measure: Measure
  bucket: Bucket
  /** Its days, both included. */
  first: string
  last: string
  timeZone: string
}

/** The chart. What it draws is worked out once: of a year and many parts that takes as long as one notices. */
export function OverTime({ byPart, byTime, by, measure, bucket, first, last, timeZone }: Props) {
  const byHour = bucket === 'hour'
  const now = new Date()
  const current = byHour ? hourIn(timeZone)(now) : dayIn(timeZone, now)
  const drawn = useMemo(() => {
    const { from, to } = byTime
    const times = byHour ? hoursBetween(timeZone, new Date(from), new Date(to)) : daysBetween(first, last)
    return timelineOf({ byTime, byPart, by, times, bucket, measure, current })
  }, [byTime, byPart, by, first, last, timeZone, byHour, bucket, measure, current])
  const { say, sayShort } = saying(measure)
  const part = groupName(by).toLowerCase()
  return (
    <Chart
      name="time"
      label={`${MEASURES[measure].name} by ${part}, each ${bucket}`}
      figcaption={`${peakOf(drawn, say)}${
        drawn.onlySum ? ` There are too many to draw each ${part} apart: add a filter.` : ''
      }`}
      series={drawn.series}
      points={drawn.points}
      say={say}
      sayShort={sayShort}
      per={BUCKET_WORDS[bucket]}
    />
  )
}
