import type { Logger } from 'pino'
import { Batch, BatchBuffers, type Charge, mostBytesOf, type Waiting } from './batch.ts'
import type { Journal, Place, RowEntry, Segment, WrittenRow } from './journal.ts'
import type { Leases } from './leases.ts'
import { settledFrom } from './replay.ts'
import { rowOf } from './usage-row.ts'

/** Beyond this many, rows wait in the journal alone and are read back from it. */
const ROWS_IN_MEMORY = 50_000
const ROWS_READ_BACK = 5_000

/** A row that `Backlog.add` takes on. */
export type NewRow =
  | Omit<RowEntry & { kind: 'settled' }, 'land'>
  | Omit<RowEntry & { kind: 'attempt' }, 'land'>

/** The rows that wait to be booked, oldest first: in memory, and when that is full, in the journal. */
export type Backlog = {
  /** Takes on a settled row; its line goes to the journal, and it waits from when it is written there. */
  add(row: NewRow): void
  /** Takes on a row that is not worth a line in the journal. False when there is no room. */
  addUnjournaled(row: Waiting): boolean
  /** The oldest rows, to be booked; nothing is added to them any more. They wait until `drop`. */
  oldest(): Batch | null
  /** All rows of the oldest batch are booked. */
  drop(batch: Batch): void
  size(): number
  /** True while a batch waits that takes no more rows. */
  hasFullBatch(): boolean
  oldestMs(): number | null
}

/** How many rows wait in memory at most, and how many bytes a batch has, unless one row alone has more. */
export type BacklogSizes = { rowsInMemory?: number; batchBytes?: number }

export function createBacklog(
  journal: Journal,
  leases: Leases,
  log: Logger,
  left: { place: Place; rows: number },
  { rowsInMemory = ROWS_IN_MEMORY, batchBytes }: BacklogSizes = {},
): Backlog {
  const buffers = new BatchBuffers(batchBytes)
  const batches: Batch[] = []
  /** The last of `batches`, while rows may be added to it. */
  let open: Batch | null = null
  /** Rows on their way to the journal: they are in no batch yet. */
  let underWay = 0
  /** From here on, rows wait in the journal only. */
  let place: Place | null = left.rows > 0 ? left.place : null
  let rowsInJournal = left.rows

  function add(row: NewRow): void {
    if (!place && rowsHere() >= rowsInMemory) spill()
    underWay++
    journal.append({ ...row, land })
  }

  /** What the journal could not take waits in memory, whatever waits in the journal. */
  function land(row: RowEntry, written: WrittenRow | null): void {
    underWay--
    if (place && written) {
      rowsInJournal++
      return
    }
    const admission = row.kind === 'settled' ? row.admitted.segment : null
    if (written) batchFor(row, written.to - written.from).addWritten(row, written, admission)
    else addText({ ...row, text: rowOf(row.fields, row.ended) }, null, admission)
  }

  function addText(row: Waiting, line: Segment | null, admission: Segment | null): void {
    batchFor(row, mostBytesOf(row.text)).add(row, line, admission)
  }

  function batchFor(row: Charge, bytes: number): Batch {
    if (open?.hasRoom(bytes)) return open
    open = new Batch(buffers.take(), row.settledAtMs)
    batches.push(open)
    return open
  }

  function rowsHere(): number {
    let rows = underWay
    for (const batch of batches) rows += batch.rows - batch.booked
    return rows
  }

  /** What is in memory is written before the place, so that nothing is read back that is in memory as well. */
  function spill(): void {
    journal.flush()
    if (!journal.writable()) return
    place = journal.end()
    log.warn({ rows: rowsHere() }, 'the database is behind: usage waits in the journal')
  }

  /** What is still to be written is written first, so that the end of the journal is the end of what waits. */
  function readBack(from: Place): void {
    const { stored, next, ended } = settledFrom(journal, from, ROWS_READ_BACK)
    for (const { row, text, segment, admission } of stored) {
      const waiting = {
        text,
        settledAtMs: Date.parse(row.settled_at),
        cost: BigInt(row.cost_nano_usd),
        windows: leases.windowsOf(row),
      }
      addText(waiting, segment, admission)
    }
    rowsInJournal -= stored.length
    place = ended && journal.writable() ? null : next
    if (!place) rowsInJournal = 0
  }

  return {
    add,
    addUnjournaled(row) {
      if (place || rowsHere() >= rowsInMemory) return false
      addText(row, null, null)
      return true
    },
    oldest() {
      if (batches.length === 0) journal.flush()
      if (batches.length === 0 && place) readBack(place)
      const [oldest] = batches
      if (oldest === open) open = null
      return oldest ?? null
    },
    drop(batch) {
      batches.shift()
      buffers.takeBack(batch)
    },
    size: () => rowsHere() + rowsInJournal,
    hasFullBatch: () => batches.length > 1,
    oldestMs: () => batches[0]?.oldestMs ?? null,
  }
}
