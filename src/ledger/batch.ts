import type { NanoUsd } from '../domain/money.ts'
import type { Window } from './accounts.ts'
import type { Segment, WrittenRow } from './journal.ts'

/**
 * About a thousand rows. The driver copies what it sends into new memory, and nothing else runs meanwhile: of 5 MB that can
 * take 80 ms, where the machine has to find the memory first.
 */
const BATCH_BYTES = 1024 * 1024
const MOST_BYTES_PER_UNIT = 3
/** What stands before a row, and behind the last one. */
const FRAME_BYTES = 2
const MOST_SPARE = 4
const [OPEN, COMMA, CLOSE] = [0x5b, 0x2c, 0x5d]

/** What a row that waits leaves behind of itself, beside its text. */
export type Charge = {
  readonly cost: NanoUsd
  readonly windows: readonly Window[]
  readonly settledAtMs: number
}

/** `text` is the whole row. */
export type Waiting = Charge & { readonly text: string }

/**
 * Usage rows that wait to be booked together: one JSON array in one buffer, what they cost in sum, and where the
 * journal has them. No row is an object of its own: thousands wait at a time, each long enough that the garbage
 * collector would carry it to where only full collections look.
 */
export class Batch {
  readonly oldestMs: number
  readonly costs = new Map<Window, NanoUsd>()
  /** So many of its rows, from the first on, are booked. */
  booked = 0
  /** A question about it had no answer in time, and may read its buffer yet. */
  inDoubt = false
  bytes: Buffer
  private used = 0
  private readonly ends: number[] = []
  private readonly lines: (Segment | null)[] = []
  private readonly admissions: (Segment | null)[] = []

  constructor(bytes: Buffer, oldestMs: number) {
    this.bytes = bytes
    this.oldestMs = oldestMs
  }

  get rows(): number {
    return this.ends.length
  }

  /** False when a row of at most so many bytes belongs in the next batch. */
  hasRoom(most: number): boolean {
    return this.used === 0 || this.used + most + FRAME_BYTES <= this.bytes.length
  }

  /** `line` and `admission` are the segments of the journal that hold the row and its call's admission. */
  add(row: Waiting, line: Segment | null, admission: Segment | null): void {
    this.begin(mostBytesOf(row.text))
    this.used += this.bytes.write(row.text, this.used)
    this.end(row, line, admission)
  }

  /** The same of a row that the journal has just written. */
  addWritten(row: Charge, { bytes, from, to, segment }: WrittenRow, admission: Segment | null): void {
    this.begin(to - from)
    this.used += bytes.copy(this.bytes, this.used, from, to)
    this.end(row, segment, admission)
  }

  /** A first row that is larger than the buffer gets one that has room for it. */
  private begin(most: number): void {
    if (!this.hasRoom(most)) throw new RangeError('The batch is full.')
    if (most + FRAME_BYTES > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(most + FRAME_BYTES)
    this.bytes[this.used] = this.used === 0 ? OPEN : COMMA
    this.used++
  }

  private end({ cost, windows }: Charge, line: Segment | null, admission: Segment | null): void {
    this.ends.push(this.used)
    this.lines.push(line)
    this.admissions.push(admission)
    for (const window of windows) this.costs.set(window, (this.costs.get(window) ?? 0n) + cost)
  }

  /** The rows from one number to before another, as a JSON array. All of them at once are not copied. */
  json(from: number, to: number): Buffer {
    const start = from === 0 ? 0 : (this.ends[from - 1] ?? 0)
    const end = this.ends[to - 1] ?? start
    const whole = start === 0 && end === this.used
    const array = whole ? this.bytes : Buffer.allocUnsafe(end - start + 1)
    if (!whole) this.bytes.copy(array, 0, start, end)
    array[0] = OPEN
    array[end - start] = CLOSE
    return array.subarray(0, end - start + 1)
  }

  /** The segments that keep lines of a row until it is booked. */
  segmentsOf(row: number): (Segment | null)[] {
    return [this.lines[row] ?? null, this.admissions[row] ?? null]
  }
}

/** How many bytes a row's text takes at most. */
export function mostBytesOf(text: string): number {
  return text.length * MOST_BYTES_PER_UNIT
}

/** A few large buffers, used again and again. */
export class BatchBuffers {
  private readonly spare: Buffer[] = []
  private readonly batchBytes: number

  constructor(batchBytes = BATCH_BYTES) {
    this.batchBytes = batchBytes
  }

  take(): Buffer {
    return this.spare.pop() ?? Buffer.allocUnsafeSlow(this.batchBytes)
  }

  /** The batch must not be used any more. */
  takeBack({ bytes, inDoubt }: Batch): void {
    if (!inDoubt && bytes.length === this.batchBytes && this.spare.length < MOST_SPARE) this.spare.push(bytes)
  }
}
