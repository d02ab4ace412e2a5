import { count, isolated, usd } from '../../format.ts'
import type { Point } from '../../ui/series.tsx'

/** One line of `usageReport` by day. */
type Line = { group: Record<string, string | null>; costUsd: string; calls: number }

const TICK = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' })
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeZone: 'UTC' })

/** What each of `days` cost, days without a call included. */
export function dailyCost(lines: Line[], days: string[]): Point[] {
  const costs = new Map(lines.map(({ group, costUsd }) => [group.day, costUsd]))
  return days.map((day) => ({
    id: day,
    tick: isolated(TICK.format(new Date(day))),
    title: isolated(FULL.format(new Date(day))),
    values: { cost: costs.get(day) ?? '0' },
  }))
}

/** What it shows, in a sentence. */
export function sayDailyCost(lines: Line[], days: number): string {
  const used = lines.filter(({ calls }) => calls > 0)
  const dearest = [...used].sort((a, b) => Number(b.costUsd) - Number(a.costUsd))[0]
  if (!dearest) return `Not used in the last ${count(days)} days.`
  const day = isolated(TICK.format(new Date(dearest.group.day ?? '')))
  return `Used on ${count(used.length)} of ${count(days)} days; the dearest was ${day}, with ${usd(dearest.costUsd)}.`
}
