/** Numbers, money and times as the reader's own locale writes them, each fit for the middle of a sentence. */

const WHOLE = new Intl.NumberFormat()
const SHORT = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })
const PERCENT = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 })
const CENTS = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD' })
const SMALL = new Intl.NumberFormat(undefined, {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 2,
  maximumSignificantDigits: 4,
})
const USD_SHORT = new Intl.NumberFormat(undefined, {
  style: 'currency',
  currency: 'USD',
  notation: 'compact',
  minimumFractionDigits: 0,
  maximumSignificantDigits: 3,
})
const [KILOBYTES, MEGABYTES] = ['kilobyte', 'megabyte'].map(
  (unit) => new Intl.NumberFormat(undefined, { style: 'unit', unit, maximumFractionDigits: 1 }),
) as [Intl.NumberFormat, Intl.NumberFormat]
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

/** Below this a sum has no cents to show, and would look as if it were nothing. */
const LEAST_SHOWN = 0.0001

const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc]/

/**
 * What is written from right to left, as Arabic or Hebrew dates and sums are, in Unicode's isolates (FSI, PDI): what stands
 * around it in an English sentence keeps its order. Anything else is as it was. Characters, since sentences are texts.
 */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text
}

export const count = (value: number): string => isolated(WHOLE.format(value))
/** 1,234,567 as 1.2M, for where there is little room. */
export const countShort = (value: number): string => isolated(SHORT.format(value))
export const percent = (ratio: number): string => isolated(PERCENT.format(ratio))

/** A decimal amount of USD as the API writes it. Never 0 for what is more than nothing. */
export function usd(amount: string | number): string {
  const value = Number(amount)
  if (value !== 0 && Math.abs(value) < LEAST_SHOWN) return isolated(`<${SMALL.format(LEAST_SHOWN)}`)
  const finer = Math.abs(value) < 1 && Number(value.toFixed(2)) !== value
  return isolated((finer ? SMALL : CENTS).format(value))
}

/** $1.2K: for an axis, where there is little room. */
export const usdShort = (amount: number): string => isolated(USD_SHORT.format(amount))

/** 12 kB, 3.1 MB: how large a file is, in thousands. */
export const size = (bytes: number): string =>
  isolated(bytes < 1e6 ? KILOBYTES.format(Math.ceil(bytes / 1e3)) : MEGABYTES.format(bytes / 1e6))

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** "3 hours ago", "in 2 days": to the largest unit that fits. */
export function ago(moment: string, now: number = Date.now()): string {
  const distance = Date.parse(moment) - now
  for (const [unit, ms] of UNITS) {
    if (Math.abs(distance) >= ms) return isolated(RELATIVE.format(Math.round(distance / ms), unit))
  }
  return distance > 0 ? 'in less than a minute' : 'just now'
}

const momentIn = formatIn(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const dayIn = formatIn(undefined, { dateStyle: 'medium' })

/** A moment in full, in the reader's time zone unless another is given. */
export const moment = (text: string, timeZone?: string): string =>
  isolated(momentIn(timeZone).format(new Date(text)))

/** A day without its time. */
export const day = (text: string, timeZone?: string): string =>
  isolated(dayIn(timeZone).format(new Date(text)))

/** A format for each time zone, made once: that takes longer than to write dozens of dates with it. */
export function formatIn(
  locale: string | undefined,
  options: Intl.DateTimeFormatOptions,
): (timeZone?: string) => Intl.DateTimeFormat {
  const made = new Map<string | undefined, Intl.DateTimeFormat>()
  return (timeZone) => {
    const format =
      made.get(timeZone) ?? new Intl.DateTimeFormat(locale, { ...options, ...(timeZone ? { timeZone } : {}) })
    made.set(timeZone, format)
    return format
  }
}

/** Milliseconds as a person says them: 840 ms, 2.4 s. */
export function duration(ms: number): string {
  return ms < 1000 ? `${count(ms)} ms` : `${countShort(ms / 1000)} s`
}
