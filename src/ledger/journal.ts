import { join } from 'node:path'
import type { Logger } from 'pino'
import type { NanoUsd } from '../domain/money.ts'
import type { Window } from './accounts.ts'
import { type Disk, fileSystem } from './disk.ts'
import { mostBytesOf, readLines, type Written, writeLine } from './journal-lines.ts'

const SEGMENT_BYTES = 16 * 1024 * 1024
const RETRY_MS = 1_000
const LINE_END = Buffer.from('\n')
const SCRATCH_BYTES = 1024 * 1024
/** For all journals of this process: each write is over before the next begins. */
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)

/** One file of the journal. It is deleted when nothing in it is waited for and it is not the one being written. */
export type Segment = { readonly number: number; readonly path: string; bytes: number; waiting: number }

/** Where an admission is in the journal; nowhere until it is written. */
export type Mark = { segment: Segment | null }

/** What becomes one line: a usage row, of an admission without how the call ended. Both parts are text without braces. */
export type Entry = AdmittedEntry | RowEntry

/** Refused when it cannot be written: `lose` hears of it. */
export type AdmittedEntry = Mark & {
  readonly kind: 'admitted'
  readonly fields: string
  readonly lose: (entry: AdmittedEntry) => void
}

/** A row that is to be booked. `land` hears where it is written, or that it could not be. */
export type RowEntry = {
  readonly fields: string
  readonly ended: string
  readonly cost: NanoUsd
  readonly windows: readonly Window[]
  readonly settledAtMs: number
  readonly land: (row: RowEntry, written: WrittenRow | null) => void
} & (
  | { readonly kind: 'settled'; readonly admitted: Mark }
  | { readonly kind: 'attempt'; readonly callId: string }
)

/** A row as bytes, from `from` to before `to`, which are the journal's again after the call. */
export type WrittenRow = { readonly segment: Segment; readonly bytes: Buffer; from: number; to: number }

/** A place in the journal: everything written from now on comes after it. */
export type Place = { segment: number; offset: number }

/** All entries of one turn of the event loop; they are written together. */
export type Turn = { written: Promise<void> }

/**
 * The write-ahead file: lines appended to numbered segments in one directory. Everything that is appended in one turn
 * of the event loop goes out in one write at the end of the turn.
 */
export type Journal = {
  /** False after a write failed and until one succeeds again: admit nobody. */
  writable(): boolean
  /** True while it has grown to its bound, since the database takes nothing: admit nobody. What is under way is still written. */
  full(): boolean
  append(entry: Entry): Turn
  /** Writes what waits, now. */
  flush(): void
  end(): Place
  segment(number: number): Segment | undefined
  /** In the order in which they were written. */
  segments(): Segment[]
  /** The whole lines of a segment from byte `offset`, and where each ends. */
  lines(segment: Segment, offset: number): Iterable<{ line: string; end: number }>
  /** One thing in the segment is no longer waited for. */
  done(segment: Segment): void
  close(): void
}

export type JournalSizes = { segmentBytes?: number; mostBytes?: number }

type OpenTurn = Turn & { resolve(): void; reject(error: Error): void }

export function openJournal(
  directory: string,
  log: Logger,
  {
    disk = fileSystem,
    segmentBytes = SEGMENT_BYTES,
    mostBytes = Number.POSITIVE_INFINITY,
  }: JournalSizes & { disk?: Disk } = {},
): Journal {
  const segments = new Map(existingSegments(disk, directory).map((segment) => [segment.number, segment]))
  let lastNumber = Math.max(0, ...segments.keys())
  let current: Segment | null = null
  let file = -1
  let entries: Entry[] = []
  /** Where each row of the turn that was written last starts and ends. */
  const rowPlaces: number[] = []
  let turn: OpenTurn | null = null
  let failure: Error | null = null
  let retry: NodeJS.Timeout | undefined
  let closed = false

  function append(entry: Entry): Turn {
    entries.push(entry)
    turn ??= openTurn()
    return turn
  }

  function openTurn(): OpenTurn {
    setImmediate(flush)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    // The turn may hold settlements only, and nobody waits for those.
    promise.catch(() => {})
    return { written: promise, resolve, reject }
  }

  function flush(): void {
    const ending = turn
    turn = null
    if (entries.length === 0) {
      ending?.resolve()
      return
    }
    const written = entries
    entries = []
    let segment: Segment
    let bytes: Buffer
    try {
      segment = writableSegment()
      bytes = write(segment, written)
    } catch (error) {
      fail(error as Error, written)
      ending?.reject(error as Error)
      return
    }
    segment.waiting += written.length
    const row: WrittenRow = { segment, bytes, from: 0, to: 0 }
    let place = 0
    for (const entry of written) {
      if (entry.kind === 'admitted') entry.segment = segment
      else {
        row.from = rowPlaces[place++] as number
        row.to = rowPlaces[place++] as number
        entry.land(entry, row)
      }
    }
    if (failure) log.info('the journal can be written again')
    failure = null
    ending?.resolve()
  }

  /** Returns the bytes of all lines; `rowPlaces` says where in them the rows are. */
  function write(segment: Segment, entries: readonly Entry[]): Buffer {
    let most = 0
    for (const entry of entries) most += mostBytesOf(entry)
    const bytes = most <= scratch.length ? scratch : Buffer.allocUnsafeSlow(most)
    const line: Written = { rowFrom: 0, rowTo: 0, end: 0 }
    rowPlaces.length = 0
    for (const entry of entries) {
      writeLine(entry, segment.number, bytes, line.end, line)
      if (entry.kind !== 'admitted') rowPlaces.push(line.rowFrom, line.rowTo)
    }
    for (let written = 0; written < line.end; ) {
      written += disk.write(file, bytes, written, line.end - written)
    }
    segment.bytes += line.end
    return bytes
  }

  /**
   * Nothing of a failed turn may stay: a refused call would be charged by the next start. Rows go on without a line of
   * their own: if the process dies before they are booked, the next start charges their calls at their holds.
   */
  function fail(error: Error, lost: readonly Entry[]): void {
    if (!failure) log.error({ err: error }, 'the journal cannot be written; calls are refused until it can')
    failure = error
    for (const entry of lost) {
      if (entry.kind === 'admitted') entry.lose(entry)
      else entry.land(entry, null)
    }
    if (current) leave(current)
    clearTimeout(retry)
    if (!closed) retry = setTimeout(probe, RETRY_MS).unref()
  }

  /** A refusing gateway appends nothing, so the way back is tried by itself: with an empty line, taken back at once. */
  function probe(): void {
    try {
      const segment = writableSegment()
      disk.write(file, LINE_END, 0, 1)
      disk.truncate(file, segment.bytes)
      failure = null
      log.info('the journal can be written again')
    } catch (error) {
      fail(error as Error, [])
    }
  }

  function leave(segment: Segment): void {
    try {
      disk.truncate(file, segment.bytes)
    } catch (error) {
      log.warn({ err: error, segment: segment.number }, 'the end of a journal segment could not be cut off')
    }
    disk.close(file)
    current = null
    if (segment.waiting === 0) remove(segment)
  }

  function writableSegment(): Segment {
    if (current && current.bytes < segmentBytes) return current
    const next = segmentIn(directory, lastNumber + 1)
    const opened = disk.openToAppend(next.path)
    lastNumber = next.number
    segments.set(next.number, next)
    const full = current
    if (full) disk.close(file)
    file = opened
    current = next
    if (full?.waiting === 0) remove(full)
    return next
  }

  function remove(segment: Segment): void {
    segments.delete(segment.number)
    try {
      disk.remove(segment.path)
    } catch (error) {
      log.warn({ err: error, segment: segment.path }, 'a journal segment that is done could not be deleted')
    }
  }

  return {
    writable: () => failure === null,
    full: () => segments.size * segmentBytes > mostBytes,
    append,
    flush,
    end: () => ({ segment: current?.number ?? lastNumber + 1, offset: current?.bytes ?? 0 }),
    segment: (number) => segments.get(number),
    segments: () => [...segments.values()],
    lines: ({ path }, offset) => readLines(disk, path, offset),
    done(segment) {
      segment.waiting--
      if (segment.waiting === 0 && segment !== current) remove(segment)
    },
    close() {
      closed = true
      clearTimeout(retry)
      flush()
      if (current) leave(current)
    },
  }
}

function existingSegments(disk: Disk, directory: string): Segment[] {
  return disk
    .list(directory)
    .flatMap((name) => /^(\d+)\.ndjson$/.exec(name)?.[1] ?? [])
    .map((digits) => segmentIn(directory, Number(digits)))
    .sort((a, b) => a.number - b.number)
}

function segmentIn(directory: string, number: number): Segment {
  const path = join(directory, `${String(number).padStart(10, '0')}.ndjson`)
  return { number, path, bytes: 0, waiting: 0 }
}
