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

/** The line of an entry that is written to segment `number`; an admission that has no mark yet goes there as well. */
export function lineOf(entry: Entry, number: number): string {
  switch (entry.kind) {
    case 'admitted':
      return `{"admitted":${entry.text}}`
    case 'attempt':
      return `{"call":"${entry.callId}","attempt":${entry.text}}`
    case 'settled':
      return `{"admittedIn":${entry.admitted.segment?.number ?? number},"settled":${entry.text}}`
  }
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
const LINE_END = 0x0a

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
