import type { Disk } from './disk.ts'
import type { Entry } from './journal.ts'
import type { StoredRow, StoredSettledRow } from './usage-row.ts'

/*
 * The lines of the journal:
 *   {"admitted":ROW}                    a call was let in, or holds more since; ROW lacks how it ended
 *   {"call":ID,"attempt":ROW}           an attempt of the call that was not its last one
 *   {"admittedIn":N,"settled":ROW}      the call ended; it was admitted in segment N
 * ROW is the usage row as PostgreSQL gets it, so its text is made once and never parsed on the way.
 */
export type JournalLine =
  | { kind: 'admitted'; text: string; row: StoredRow }
  | { kind: 'attempt'; text: string; row: StoredSettledRow; callId: string }
  | { kind: 'settled'; text: string; row: StoredSettledRow; admittedIn: number }

/** What a line has beside its row, at the most. */
const MOST_AROUND = 80
const MOST_BYTES_PER_UNIT = 3
const [OPEN, COMMA, CLOSE, LINE_END] = [0x7b, 0x2c, 0x7d, 0x0a]

/** More bytes than the line of an entry has. */
export function mostBytesOf(entry: Entry): number {
  const ended = entry.kind === 'admitted' ? 0 : entry.ended.length
  return MOST_AROUND + (entry.fields.length + ended) * MOST_BYTES_PER_UNIT
}

/** Where a line's row is, and where the line ends. */
export type Written = { rowFrom: number; rowTo: number; end: number }

/**
 * Writes the line of an entry into `bytes`, from `at` on, and says in `written` where it is. It goes to segment
 * `number`; an admission that has no mark yet goes there as well. A row's text is long and made of many pieces: each
 * half of it is copied once, and what was written of an admission need not be put together again when its call ends.
 */
export function writeLine(entry: Entry, number: number, bytes: Buffer, at: number, written: Written): void {
  const start = startOf(entry, number)
  bytes.set(start, at)
  let to = at + start.length
  written.rowFrom = to
  bytes[to++] = OPEN
  to += bytes.write(entry.fields, to)
  if (entry.kind !== 'admitted') {
    bytes[to++] = COMMA
    to += bytes.write(entry.ended, to)
  }
  bytes[to++] = CLOSE
  written.rowTo = to
  bytes[to++] = CLOSE
  bytes[to++] = LINE_END
  written.end = to
}

const ADMITTED = Buffer.from('{"admitted":')
/** Most calls that end in one turn were let in in the same segment. */
let settledIn = { number: Number.NaN, start: ADMITTED }

function startOf(entry: Entry, number: number): Buffer {
  if (entry.kind === 'admitted') return ADMITTED
  if (entry.kind === 'attempt') return Buffer.from(`{"call":"${entry.callId}","attempt":`)
  const admittedIn = entry.admitted.segment?.number ?? number
  if (settledIn.number !== admittedIn)
    settledIn = { number: admittedIn, start: Buffer.from(`{"admittedIn":${admittedIn},"settled":`) }
  return settledIn.start
}

const LINE = /^\{(?:"admitted"|"call":"(\w+)","attempt"|"admittedIn":(\d+),"settled"):(\{.*\})\}$/s

/** Null when the line is damaged. */
export function parseLine(line: string): JournalLine | null {
  const [, callId, admittedIn, text] = LINE.exec(line) ?? []
  const row = text === undefined ? null : parseRow(text)
  if (text === undefined || row === null) return null
  if (callId !== undefined) return { kind: 'attempt', text, row, callId }
  if (admittedIn !== undefined) return { kind: 'settled', text, row, admittedIn: Number(admittedIn) }
  return { kind: 'admitted', text, row }
}

/** The cast holds because `usage-row.ts` wrote the text, and it is whole; an admission lacks what it does not read. */
function parseRow(text: string): StoredSettledRow | null {
  try {
    return JSON.parse(text) as StoredSettledRow
  } catch {
    return null
  }
}

const CHUNK_BYTES = 64 * 1024

/** The whole lines of a file from byte `offset`, and where each ends. A last line without its end was never written. */
export function* readLines(
  disk: Disk,
  path: string,
  offset: number,
): Generator<{ line: string; end: number }> {
  const file = disk.openToRead(path)
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  try {
    let rest = Buffer.alloc(0)
    let at = offset
    for (;;) {
      const bytes = disk.read(file, chunk, at + rest.length)
      if (bytes === 0) return
      const text = Buffer.concat([rest, chunk.subarray(0, bytes)])
      let start = 0
      for (let end = text.indexOf(LINE_END); end >= 0; end = text.indexOf(LINE_END, start)) {
        if (end > start) yield { line: text.toString('utf8', start, end), end: at + end + 1 }
        start = end + 1
      }
      rest = text.subarray(start)
      at += start
    }
  } finally {
    disk.close(file)
  }
}
