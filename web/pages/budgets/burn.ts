import type { Output } from '../../../src/contract/operation.ts'
import type { usageReport } from '../../../src/contract/usage.ts'
import { formatUsd, parseUsd } from '../../../src/domain/money.ts'

export type Day = { day: string; costUsd: string; soFarUsd: string }

/** Each day of a report by day, with what was spent up to its end. Days without calls are there as well. */
export function burnOf({ data, from, to, timeZone }: Output<typeof usageReport>): Day[] {
  const costs = new Map(data.map(({ group, costUsd }) => [group.day, costUsd]))
  let soFar = 0n
  return daysBetween(from, to, timeZone).map((day) => {
    const costUsd = costs.get(day) ?? '0.00'
    soFar += parseUsd(costUsd) ?? 0n
    return { day, costUsd, soFarUsd: formatUsd(soFar) }
  })
}

/** The calendar days that a range touches, as `2026-11-26`. */
function daysBetween(from: string, to: string, timeZone: string): string[] {
  // Sweden writes dates as ISO 8601 does.
  const dayOf = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
  const last = dayOf.format(new Date(Date.parse(to) - 1))
  const days: string[] = []
  let at = Date.parse(`${dayOf.format(new Date(from))}T12:00:00Z`)
  while (true) {
    const day = new Date(at).toISOString().slice(0, 10)
    if (day > last) return days
    days.push(day)
    at += DAY_MS
  }
}

const DAY_MS = 86_400_000

/** How high the drawing reaches: over the limit and all that is spent, and over where it leads unless that is far away. */
export function heightOf(limit: number, spent: number, projected: number): number {
  const most = Math.max(limit, spent, Math.min(projected, Math.max(limit, spent) * 1.5))
  return most === 0 ? 1 : most * 1.08
}
