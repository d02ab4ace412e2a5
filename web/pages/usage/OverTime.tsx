import { useMemo } from 'react'
import { Chart } from '../../ui/Chart.tsx'
import { dayIn, daysBetween } from '../../zoned.ts'
import { MEASURES, type Measure, saying } from './measures.ts'
import type { Report } from './rows.ts'
import { peakOf, timelineOf } from './timeline.ts'
import { BUCKET_WORDS, type Bucket, groupName } from './view.ts'

type Props = {
  byPart: Report
  byDay: Report
  by: string
  measure: Measure
  bucket: Bucket
  /** Its days, both included. */
  first: string
  last: string
  timeZone: string
}

/** The chart. What it draws is worked out once: of a year and many parts that takes as long as one notices. */
export function OverTime({ byPart, byDay, by, measure, bucket, first, last, timeZone }: Props) {
  const today = dayIn(timeZone, new Date())
  const drawn = useMemo(
    () => timelineOf({ byDay, byPart, by, days: daysBetween(first, last), bucket, measure, today }),
    [byDay, byPart, by, first, last, bucket, measure, today],
  )
  const { say, sayShort } = saying(measure)
  const part = groupName(by).toLowerCase()
  return (
    <Chart
      label={`${MEASURES[measure].name} by ${part}, each ${bucket}`}
      figcaption={`${peakOf(drawn, bucket, say)}${
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
