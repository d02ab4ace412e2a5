import { type UseQueryOptions, useQueries } from '@tanstack/react-query'
import { useRef } from 'react'
import { usageReport } from '../../../src/contract/usage.ts'
import { q } from '../../api.ts'
import { type Span, spanOf } from './range.ts'
import { groupingOf, type Report } from './rows.ts'
import { bucketOf, filterOf, type View } from './view.ts'

const MOST_ROWS = 1000
/** The most that the API answers: of a year and many parts it is not enough, and then the chart draws their sum. */
const MOST_POINTS = 10_000

/** What was asked, with its answer: while the next is on its way, both are still the last one's. */
export type Answered = { view: View; span: Span; timeZone: string }

/** The questions of a view, four at most: the ranking now and before, and the chart by part and in all. */
export function questionsOf(view: View, timeZone: string) {
  const span = spanOf(view.range, timeZone, new Date(), view)
  const ask = (by: string[], stretch: { from: string; to?: string }, limit: number) => {
    const { from, to } = stretch
    const time = { from, ...(to === undefined ? {} : { to }), timeZone }
    return q(usageReport, { query: { by: by.join(','), ...time, ...filterOf(view), limit } })
  }
  const grouping = groupingOf(view.by)
  const ranking = [
    ask(grouping, span, MOST_ROWS),
    ...(view.compare ? [ask(grouping, span.before, MOST_ROWS)] : []),
  ]
  const step = bucketOf(view, span.days.length) === 'hour' ? 'hour' : 'day'
  const timeline = [
    ask([...groupingOf(view.by.slice(0, 1)), step], span, MOST_POINTS),
    ask([step], span, MOST_POINTS),
  ]
  return { span, ranking, timeline }
}

/** The numbers of a view: all of them are asked for at once. */
export function useUsage(view: View, timeZone: string) {
  const { span, ranking, timeline } = questionsOf(view, timeZone)
  const about: Answered = { view, span, timeZone }
  return { span, ranking: useTogether(about, ranking), timeline: useTogether(about, timeline) }
}

/** Several questions about one thing: their answers appear together, and the last ones stay until all are there. */
function useTogether(
  about: Answered,
  queries: ReturnType<typeof q<typeof usageReport>>[],
): {
  data: { about: Answered; reports: Report[] } | undefined
  error: Error | null
  isPending: boolean
  dataUpdatedAt: number
  refetch: () => unknown
  waiting: boolean
} {
  const asked = useQueries({ queries: queries as UseQueryOptions<Report>[] })
  const last = useRef<{ about: Answered; reports: Report[] } | undefined>(undefined)
  const reports = asked.flatMap(({ data }) => (data === undefined ? [] : [data]))
  const complete = reports.length === asked.length
  if (complete) last.current = { about, reports }
  const error = asked.find((one) => one.error !== null)?.error ?? null
  return {
    // What failed is not hidden behind the answer to something else.
    data: complete || error === null ? last.current : undefined,
    error,
    isPending: !complete,
    dataUpdatedAt: Math.min(...asked.map(({ dataUpdatedAt }) => dataUpdatedAt)),
    refetch: () => Promise.all(asked.map((one) => one.refetch())),
    waiting: !complete && error === null,
  }
}
