import { count, size } from './format.ts'
import type { SoFar } from './received.ts'

/** How far a download is; `total` is about how many lines there will be, null when that is not known. */
export type Progress = SoFar & { total: number | null }

type Unit = readonly [one: string, many: string]

/** "12,400 of about 240,000 calls, 3.1 MB", or "12,400 calls, 3.1 MB so far". */
export function soFarText({ lines, bytes, total }: Progress, unit: Unit): string {
  if (bytes === 0) return 'waiting for the first lines'
  // More came than was counted before.
  if (total === null || lines > total) return `${counted(lines, unit)}, ${size(bytes)} so far`
  return `${count(lines)} of about ${counted(total, unit)}, ${size(bytes)}`
}

/** What is saved, and what to know of it. */
export function savedText(
  { lines }: SoFar,
  { unit, note }: { unit: Unit; note?: (lines: number) => string | null },
): string {
  const saved = `${counted(lines, unit)} ${lines === 1 ? 'is' : 'are'} saved.`
  const more = note?.(lines) ?? null
  return more === null ? saved : `${saved} ${more}`
}

function counted(lines: number, [one, many]: Unit): string {
  return `${count(lines)} ${lines === 1 ? one : many}`
}
