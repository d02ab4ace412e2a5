import type { Output } from '../contract/operation.ts'
import type { usageReport } from '../contract/usage.ts'
import { cell, type Row, table } from './table.ts'

type Report = Output<typeof usageReport>

const SUMS = ['calls', 'errors', 'inputTokens', 'outputTokens', 'costUsd']

/** The report as a table: one column for each thing it was grouped by, then the sums, then their total. */
export function usageTable({ from, to, timeZone, data, total, unpriced, truncated, names }: Report): string {
  const dimensions = Object.keys(data[0]?.group ?? {})
  const rows = data.map((line): Row => ({ ...named(line.group, names), ...line }))
  const first = dimensions[0]
  if (first !== undefined) rows.push({ [first]: 'total', ...total })
  const period = `From ${cell(from)} to ${cell(to)}, days of ${cell(timeZone)}.`
  const cut = truncated ? ' There are more groups: raise --limit. The total counts all of them.' : ''
  const { calls, costUsd } = unpriced
  const held =
    calls === 0
      ? ''
      : `\n${calls} ${calls === 1 ? 'call has' : 'calls have'} no known price: ${costUsd} USD was held for ${calls === 1 ? 'it' : 'them'}, which the sums have instead. --priced false shows no others.`
  return data.length === 0
    ? `No calls. ${period}`
    : `${table(rows, [...dimensions, ...SUMS])}\n\n${period}${cut}${held}`
}

function named(group: Record<string, string | null>, names: Record<string, string>): Row {
  return Object.fromEntries(
    Object.entries(group).map(([dimension, value]) => [
      dimension,
      value === null ? null : (names[value] ?? value),
    ]),
  )
}
