import type { Output } from '../../../src/contract/operation.ts'
import type { usageReport } from '../../../src/contract/usage.ts'
import { amountOf, type Measure, type Sums } from './measures.ts'
import type { Dimension } from './view.ts'

export type Report = Output<typeof usageReport>

/** A line of the ranking. */
export type Row = {
  id: string
  /** One for each level that is grouped by. */
  parts: Part[]
  sums: Sums
  /** The same part in the time before; null when there was nothing, or nobody asked. */
  before: Sums | null
}

export type Part = { by: string; value: string | null; name: string }

/** What a name is not enough to tell apart: there is a "production" in each project. */
const INSIDE: Partial<Record<string, Dimension>> = {
  project: 'team',
  environment: 'project',
  serviceAccount: 'project',
  key: 'project',
}

/** What stands for what is nobody's. */
const NOBODY: Partial<Record<string, string>> = {
  user: 'No person',
  serviceAccount: 'No service account',
  provider: 'Sent to no provider',
  model: 'No model named',
}
const NO_TAG = 'Without this tag'

/** What the API has to group by so that each part can be called by its name. */
export function groupingOf(by: string[]): string[] {
  const insides = by.flatMap((name) => INSIDE[name] ?? [])
  return [...new Set([...by, ...insides])]
}

/** The ranking, largest first. */
export function rowsOf(report: Report, before: Report | undefined, by: string[], measure: Measure): Row[] {
  const earlier = new Map(before?.data.map((line) => [idOf(line.group, by), line as Sums]))
  return report.data
    .map(({ group, ...sums }) => {
      const id = idOf(group, by)
      return { id, parts: partsOf(group, by, report.names), sums, before: earlier.get(id) ?? null }
    })
    .sort((one, other) => compare(amountOf(measure, other.sums), amountOf(measure, one.sums)))
}

export function partsOf(
  group: Record<string, string | null>,
  by: string[],
  names: Record<string, string>,
): Part[] {
  const nameOf = (value: string) => names[value] ?? value
  return by.map((name) => {
    const value = group[name] ?? null
    if (value === null) return { by: name, value, name: NOBODY[name] ?? NO_TAG }
    const inside = INSIDE[name] && group[INSIDE[name]]
    return { by: name, value, name: inside ? `${nameOf(inside)} / ${nameOf(value)}` : nameOf(value) }
  })
}

function idOf(group: Record<string, string | null>, by: string[]): string {
  return JSON.stringify(by.map((name) => group[name] ?? null))
}

export function compare(one: bigint | null, other: bigint | null): number {
  const [a, b] = [one ?? -1n, other ?? -1n]
  return a < b ? -1 : a > b ? 1 : 0
}
