import type { Logger } from 'pino'
import { charge } from '../domain/lease.ts'
import type { Journal, Place, Segment } from './journal.ts'
import { parseLine } from './journal-lines.ts'
import type { Leases } from './leases.ts'
import type { StoredRow, StoredSettledRow } from './usage-row.ts'

/** A call that was let in and never settled: the process stopped while it was under way. */
export type OpenCall = { row: StoredRow; text: string; segment: Segment; attempts: number }

/** What an earlier run of this node has left in the journal. */
export type Left = { open: OpenCall[]; place: Place; rows: number }

/**
 * Reads the whole journal once: charges what was settled to this node's windows, since the database may not know it,
 * and finds the calls that were under way.
 */
export function scanJournal(journal: Journal, leases: Leases, log: Logger): Left {
  const open = new Map<string, OpenCall>()
  let rows = 0
  for (const segment of journal.segments()) {
    segment.waiting++
    for (const { line } of journal.lines(segment, 0)) {
      segment.waiting++
      const parsed = parseLine(line)
      if (!parsed) {
        log.error({ segment: segment.path }, 'a line of the journal is damaged; the file is kept')
        continue
      }
      if (parsed.kind === 'admitted') {
        const { row, text } = parsed
        // The last line of a call counts: the earlier one held less.
        const earlier = open.get(row.id)
        if (earlier) journal.done(earlier.segment)
        open.set(row.id, { row, text, segment, attempts: earlier?.attempts ?? 0 })
        continue
      }
      rows++
      const { row } = parsed
      if (parsed.kind === 'settled') open.delete(row.id)
      const call = parsed.kind === 'attempt' ? open.get(parsed.callId) : undefined
      if (call) call.attempts++
      for (const window of leases.windowsOf(row)) {
        window.lease = charge(window.lease, BigInt(row.cost_nano_usd))
      }
    }
    // A crash may have left no whole line in it: then nothing else would ever delete it.
    journal.done(segment)
  }
  return { open: [...open.values()], place: { segment: 0, offset: 0 }, rows }
}

/** `segment` has the line, `admission` the one of its call. */
export type StoredLine = {
  row: StoredSettledRow
  text: string
  segment: Segment
  admission: Segment | null
}

/** Up to `count` settled rows from a place in the journal, and the place after them. */
export function settledFrom(
  journal: Journal,
  from: Place,
  count: number,
): { stored: StoredLine[]; next: Place; ended: boolean } {
  const stored: StoredLine[] = []
  let next = from
  for (const segment of journal.segments()) {
    if (segment.number < from.segment) continue
    const offset = segment.number === from.segment ? from.offset : 0
    for (const { line, end } of journal.lines(segment, offset)) {
      next = { segment: segment.number, offset: end }
      const parsed = parseLine(line)
      if (!parsed || parsed.kind === 'admitted') continue
      const { row, text } = parsed
      const admission = parsed.kind === 'settled' ? journal.segment(parsed.admittedIn) : null
      stored.push({ row, text, segment, admission: admission ?? null })
      if (stored.length === count) return { stored, next, ended: false }
    }
  }
  return { stored, next, ended: true }
}
