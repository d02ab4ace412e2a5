import type { Scope } from './scope.ts'

/** Requests and tokens in any 60 seconds, and calls at the same time, at one scope. `null` sets no limit. */
export type RateLimit = {
  id: string
  scope: Scope
  requestsPerMinute: number | null
  tokensPerMinute: number | null
  concurrentCalls: number | null
  providerId: string | null
  modelPattern: string | null
}

/** Any 60 seconds touch at most 61 whole ones, so a sum over 61 cells is never less than the sum over any minute. */
const CELLS = 61
export const MINUTE_MS = 60_000

/**
 * What was counted in each of the last 61 seconds, and their sum: a ring, changed in place because it is on the path
 * of every call. Times are milliseconds of any clock that does not go back.
 */
export type Minute = { readonly cells: Float64Array; second: number; sum: number }

export function newMinute(): Minute {
  return { cells: new Float64Array(CELLS), second: 0, sum: 0 }
}

/** What counts at `nowMs`. */
export function countedIn(minute: Minute, nowMs: number): number {
  advance(minute, Math.floor(nowMs / 1000))
  return minute.sum
}

/** What was counted in this second and the one before it. */
export function countedLately(minute: Minute, nowMs: number): number {
  advance(minute, Math.floor(nowMs / 1000))
  return (minute.cells[cellOf(minute.second)] ?? 0) + (minute.cells[cellOf(minute.second - 1)] ?? 0)
}

/** Counts `amount` now. */
export function count(minute: Minute, nowMs: number, amount: number): void {
  advance(minute, Math.floor(nowMs / 1000))
  add(minute, minute.second, amount)
}

/** Corrects what was counted at `countedAtMs` by `difference`; does nothing once that second has left the minute. */
export function correct(minute: Minute, nowMs: number, countedAtMs: number, difference: number): void {
  advance(minute, Math.floor(nowMs / 1000))
  const second = Math.floor(countedAtMs / 1000)
  if (second > minute.second - CELLS) add(minute, second, difference)
}

/** Milliseconds until `amount` fits under `limit`; a minute when it never does. */
export function waitMs(minute: Minute, nowMs: number, limit: number, amount: number): number {
  let left = countedIn(minute, nowMs)
  for (let second = minute.second - CELLS + 1; second <= minute.second; second++) {
    if (left + amount <= limit) return Math.max(0, leavesAtMs(second - 1) - nowMs)
    left -= minute.cells[cellOf(second)] ?? 0
  }
  return left + amount <= limit ? leavesAtMs(minute.second) - nowMs : MINUTE_MS
}

/** Milliseconds until everything that counts now has left the minute. */
export function resetMs(minute: Minute, nowMs: number): number {
  if (countedIn(minute, nowMs) === 0) return 0
  let second = minute.second
  while (minute.cells[cellOf(second)] === 0) second--
  return leavesAtMs(second) - nowMs
}

function leavesAtMs(second: number): number {
  return (second + CELLS) * 1000
}

function advance(minute: Minute, second: number): void {
  const steps = Math.min(second - minute.second, CELLS)
  for (let step = 1; step <= steps; step++) {
    const cell = cellOf(second - steps + step)
    minute.sum -= minute.cells[cell] ?? 0
    minute.cells[cell] = 0
  }
  if (steps > 0) minute.second = second
}

function add(minute: Minute, second: number, amount: number): void {
  const cell = cellOf(second)
  minute.cells[cell] = (minute.cells[cell] ?? 0) + amount
  minute.sum += amount
}

function cellOf(second: number): number {
  return ((second % CELLS) + CELLS) % CELLS
}
