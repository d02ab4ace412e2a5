import type { JsonScan } from './json-scan.ts'
import { outputEstimate } from './output-estimate.ts'

/** Follows the lines of an event stream (https://html.spec.whatwg.org/#event-stream-interpretation) in chunks. */
export type EventScan = {
  push(chunk: Buffer): void
  /** How many events of a counted type went by. */
  count(event: string): number
  /** How many events carried output. */
  outputEvents(): number
  /** See `OutputEstimate`. */
  outputTokens(): number
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
/** `data: {"type":"` and the longest name that follows it. */
const HEAD_BYTES = 64

/**
 * Feeds the data of the events in `scans` to their scans and skips all other bytes by looking for the next line
 * only. Events are known by their `event:` line, or by a leading `"type"` when they have none. Events whose name
 * ends in `delta`, and those without any, count as output.
 */
export function eventScan(
  scans: Readonly<Record<string, JsonScan>>,
  counted: readonly string[] = [],
): EventScan {
  const names = [...Object.keys(scans), ...counted]
  const lengths = new Set(names.map((name) => name.length))
  const headBytes = names.length > 0 ? HEAD_BYTES : 0
  const counts = new Map<string, number>()
  const estimate = outputEstimate()
  let carried: Buffer | null = null
  /** What the `event:` line said, if it is a name of ours; it holds until the blank line. */
  let event = ''
  let named = false
  let isDelta = true
  let inLine = false
  let isData = false
  let dataBytes = 0
  let scan: JsonScan | undefined

  function readName(chunk: Buffer, from: number, to: number): void {
    named = true
    isDelta = to - from >= 5 && chunk.toString('latin1', to - 5, to) === 'delta'
    event = lengths.has(to - from) ? chunk.toString('latin1', from, to) : ''
    if (counted.includes(event)) counts.set(event, (counts.get(event) ?? 0) + 1)
  }

  /** The name that stands in the data itself: `{"type":"response.completed",…`. */
  function readLeadingType(chunk: Buffer, from: number, to: number): void {
    const head = chunk.toString('latin1', from, Math.min(to, from + HEAD_BYTES))
    const type = /^ ?\{"type": ?"([a-z_.]+)"/.exec(head)?.[1]
    if (type === undefined) return
    const start = from + head.indexOf(type)
    readName(chunk, start, start + type.length)
  }

  function endLine(): void {
    if (isData && isDelta) estimate.delta(dataBytes)
    inLine = false
    isData = false
    scan = undefined
  }

  function push(next: Buffer): void {
    const chunk = carried ? Buffer.concat([carried, next]) : next
    carried = null
    let at = 0
    while (at < chunk.length) {
      const newline = chunk.indexOf(LINE_FEED, at)
      const end = newline < 0 ? chunk.length : newline
      if (!inLine) {
        if (newline < 0 && end - at < headBytes) {
          carried = Buffer.from(chunk.subarray(at))
          return
        }
        at = startLine(chunk, at, end)
      }
      if (isData) {
        scan?.push(chunk, at, end)
        dataBytes += end - at
      }
      if (newline < 0) return
      endLine()
      at = newline + 1
    }
  }

  /** Looks at what a line begins with. Returns where its value starts. */
  function startLine(chunk: Buffer, at: number, end: number): number {
    inLine = true
    dataBytes = 0
    const first = chunk[at]
    if (first === 0x64 /* data: */) {
      isData = true
      if (!named && names.length > 0) readLeadingType(chunk, at + 5, end)
      scan = scans[event]
      return Math.min(at + 5, end)
    }
    if (first === 0x65 /* event: */) {
      const to = chunk[end - 1] === CARRIAGE_RETURN ? end - 1 : end
      readName(chunk, chunk[at + 6] === 0x20 ? at + 7 : at + 6, to)
    } else if (at === end || first === CARRIAGE_RETURN) {
      event = ''
      named = false
      isDelta = true
    }
    return at
  }

  return {
    push,
    count: (name) => counts.get(name) ?? 0,
    outputEvents: estimate.events,
    outputTokens: estimate.tokens,
  }
}
