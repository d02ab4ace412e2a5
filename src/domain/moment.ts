const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/**
 * A moment as people write it: `now`, before now (`-30m`, `-24h`, `-30d`, `-4w`), a time with its offset
 * (`2026-11-01T09:00:00+01:00`), or a date (midnight UTC). Null for anything else.
 */
export function parseMoment(text: string, now: Date): Date | null {
  if (text === 'now') return now
  const ago = /^-(\d{1,5})([mhdw])$/.exec(text)
  if (ago) return new Date(now.getTime() - Number(ago[1]) * UNIT_MS[ago[2] as keyof typeof UNIT_MS])
  return /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text)
    ? parseDate(text)
    : null
}

/** `Date` turns the 31st of February into a day in March; here such a date is none. */
function parseDate(text: string): Date | null {
  const midnight = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  const real = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text.slice(0, 10))
  const date = new Date(text)
  return real && !Number.isNaN(date.getTime()) ? date : null
}
