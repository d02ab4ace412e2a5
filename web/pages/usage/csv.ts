import { csvLine } from '../../../src/domain/csv.ts'
import { amountOf, MEASURES, type Measure, type Sums, written } from './measures.ts'
import { partsOf, type Report, type Row } from './rows.ts'
import { groupName } from './view.ts'

const COLUMNS: { head: string; of: (row: { sums: Sums }) => number }[] = [
  { head: 'calls', of: ({ sums }) => sums.calls },
  { head: 'attempts', of: ({ sums }) => sums.attempts },
  { head: 'errors', of: ({ sums }) => sums.errors },
  { head: 'input_tokens', of: ({ sums }) => sums.inputTokens },
  { head: 'cached_input_tokens', of: ({ sums }) => sums.cachedInputTokens },
  { head: 'cache_write_tokens', of: ({ sums }) => sums.cacheWriteTokens },
  { head: 'output_tokens', of: ({ sums }) => sums.outputTokens },
  { head: 'reasoning_tokens', of: ({ sums }) => sums.reasoningTokens },
]

type Table = {
  rows: Row[]
  by: string[]
  measure: Measure
  compared: boolean
  /** When it is of, as the API said: UTC. */
  from: string
  to: string
}

/** The ranking as a file: what stands in it and in what order, with ids, all sums and its time. */
export function csvOf({ rows, by, measure, compared, from, to }: Table): string {
  const before = `${MEASURES[measure].name.toLowerCase().replaceAll(/[ ,]+/g, '_')}_before`
  const head = [
    ...by.flatMap((name) => [groupName(name), `${groupName(name)} id`].map(snake)),
    'from',
    'to',
    'cost_usd',
    ...COLUMNS.map(({ head }) => head),
    ...(compared ? [before] : []),
  ]
  const lines = rows.map((row) => [
    ...row.parts.flatMap(({ name, value }) => [name, value]),
    from,
    to,
    row.sums.costUsd,
    ...COLUMNS.map(({ of }) => of(row)),
    ...(compared ? [earlier(row, measure)] : []),
  ])
  return [head, ...lines].map(csvLine).join('')
}

/** What the chart is drawn of, as a file: a line for each part and each hour or day in which there was a call. */
export function csvOverTime(report: Report, by: string, step: 'hour' | 'day'): string {
  const head = [
    step,
    ...[groupName(by), `${groupName(by)} id`].map(snake),
    'cost_usd',
    ...COLUMNS.map(({ head }) => head),
  ]
  const lines = report.data.map(({ group, ...sums }) => [
    group[step] ?? '',
    ...partsOf(group, [by], report.names).flatMap(({ name, value }) => [name, value]),
    sums.costUsd,
    ...COLUMNS.map(({ of }) => of({ sums })),
  ])
  return [head, ...lines].map(csvLine).join('')
}

function earlier({ before }: Row, measure: Measure): string {
  const amount = before === null ? 0n : amountOf(measure, before)
  return amount === null ? '' : written(measure, amount)
}

function snake(text: string): string {
  return text.toLowerCase().replaceAll(/[ :]+/g, '_')
}
