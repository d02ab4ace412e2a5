import type { Logger } from 'pino'
import type { NanoUsd } from '../domain/money.ts'
import type { Journal, Mark, Place } from './journal.ts'
import type { Leases, Window } from './leases.ts'
import { settledFrom } from './replay.ts'
import { type KeptText, RowTexts } from './row-texts.ts'

/** Beyond this many, rows wait in the journal alone and are read back from it. */
const ROWS_IN_MEMORY = 50_000
const ROWS_READ_BACK = 5_000

/** A usage row on its way to PostgreSQL. Its mark and its call's keep their segments until it is booked. */
export type UsageRow = {
  /** Its text, until it is in the journal. */
  text: string
  /** Its text, while it waits in memory. */
  kept: KeptText | null
  readonly settledAtMs: number
  readonly cost: NanoUsd
  readonly windows: readonly Window[]
  booked: boolean
} & (
  | { readonly kind: 'settled'; readonly mark: Mark; readonly admitted: Mark }
  | { readonly kind: 'attempt'; readonly mark: Mark; readonly callId: string }
  | { readonly kind: 'refused' }
)

export type JournaledRow = UsageRow & { kind: 'settled' | 'attempt' }

/** The rows that wait to be booked, oldest first: in memory, and when that is full, in the journal. */
export type Backlog = {
  /** Takes on a settled row; its line goes to the journal. */
  add(row: JournaledRow): void
  /** Takes on a row that is not worth a line in the journal. False when there is no room. */
  addUnjournaled(row: UsageRow & { kind: 'refused' }): boolean
  /** Hands out the oldest rows, to be booked. They still wait until `finish`. */
  take(rows: number): readonly UsageRow[]
  /** Those of the rows handed out that are not booked wait again. */
  finish(): void
  size(): number
  oldestMs(): number | null
}

export function createBacklog(
  journal: Journal,
  leases: Leases,
  log: Logger,
  left: { place: Place; rows: number },
  rowsInMemory = ROWS_IN_MEMORY,
): Backlog {
  const texts = new RowTexts()
  let queue: UsageRow[] = []
  let taken: UsageRow[] = []
  /** From here on, rows wait in the journal only. */
  let place: Place | null = left.rows > 0 ? left.place : null
  let rowsInJournal = left.rows

  function add(row: JournaledRow): void {
    if (!place && queue.length >= rowsInMemory) spill()
    journal.append(row)
    if (place) {
      rowsInJournal++
      return
    }
    row.kept = texts.keep(row.text)
    queue.push(row)
  }

  /** What is in memory is written before the place, so that nothing is read back that is in memory as well. */
  function spill(): void {
    journal.flush()
    if (!journal.writable()) return
    place = journal.end()
    log.warn({ rows: queue.length }, 'the database is behind: usage waits in the journal')
  }

  /** What is still to be written is written first, so that the end of the journal is the end of what waits. */
  function readBack(from: Place): void {
    journal.flush()
    const { stored, next, ended } = settledFrom(journal, from, ROWS_READ_BACK)
    queue = stored.map(({ row, text, mark, origin }) => ({
      ...origin,
      text: '',
      kept: texts.keep(text),
      settledAtMs: Date.parse(row.settled_at),
      cost: BigInt(row.cost_nano_usd),
      windows: row.budget_ids.map((id, at) => leases.window(id, row.budget_window_starts[at] ?? '')),
      mark,
      booked: false,
    }))
    rowsInJournal -= queue.length
    place = ended && journal.writable() ? null : next
    if (!place) rowsInJournal = 0
  }

  return {
    add,
    addUnjournaled(row) {
      if (place || queue.length >= rowsInMemory) return false
      row.kept = texts.keep(row.text)
      row.text = ''
      queue.push(row)
      return true
    },
    take(rows) {
      if (queue.length === 0 && place) readBack(place)
      taken = queue.slice(0, rows)
      queue = queue.slice(rows)
      return taken
    },
    finish() {
      for (const { booked, kept } of taken) if (booked && kept) texts.letGo(kept)
      const waiting = taken.filter((row) => !row.booked)
      if (waiting.length > 0) queue = [...waiting, ...queue]
      taken = []
    },
    size: () => taken.length + queue.length + rowsInJournal,
    oldestMs: () => (taken[0] ?? queue[0])?.settledAtMs ?? null,
  }
}
