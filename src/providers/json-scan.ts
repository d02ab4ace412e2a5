/**
 * Finds a few values in a JSON text that goes by in chunks, without parsing or keeping the rest: constant memory,
 * about a nanosecond a byte. It follows strings and nesting, so text that only looks like a value cannot fool it.
 */
export type JsonScan = {
  /** Goes through `chunk` from `from` up to `to`. */
  push(chunk: Buffer, from?: number, to?: number): void
  /** The JSON text of a member, or null when it did not come by whole. The last one counts if a name comes twice. */
  text(key: string): string | null
  /** How many of the counted items there are, or are of this type. */
  items(type?: string): number
}

export type JsonScanOptions = {
  /** Look inside this member of the outermost object instead of in that object itself. */
  root?: string
  /** The members to keep. Their names need fewer than 32 bytes. */
  keys: readonly string[]
  /** Count the objects in this member, an array, all and by their `type`. */
  itemsOf?: string
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** A usage block is some hundred bytes; what is larger than this is not one. */
const MAX_VALUE_BYTES = 65_536
/** A name or type that is longer than this is not one of ours. */
const MAX_NAME_BYTES = 64
/** Up to so many bytes a loop is faster than a call. */
const SHORT = 24

/** 1 for blanks and what numbers are made of, commas not included. */
const plain = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte <= 0x20 || (byte > COMMA && byte < COLON)),
)

export function jsonScan({ root, keys, itemsOf }: JsonScanOptions): JsonScan {
  const keyDepth = root === undefined ? 1 : 2
  const itemDepth = keyDepth + 2
  /** Bit n is set when a name of n bytes may be one of ours: most names need not be looked at. */
  let lengths = 0
  for (const wanted of [...keys, root ?? '', itemsOf ?? '', 'type']) lengths |= 1 << wanted.length

  const values = new Map<string, string>()
  const counts = new Map<string, number>()
  let objects = 0
  /** The name of the member we are in, by depth. */
  const names = ['', '', '', '', '']
  const isObject = [false, false, false, false, false]
  let depth = 0
  let inString = false
  let escaped = false
  let atName = false
  /** What earlier chunks hold of the current string, when its text matters. */
  let before = ''
  let capturing = ''
  let captured: Buffer[] = []
  let capturedBytes = 0

  const inItem = () =>
    depth === itemDepth &&
    itemsOf !== undefined &&
    names[keyDepth] === itemsOf &&
    isObject[itemDepth - 1] === false &&
    inRoot()
  const inRoot = () => root === undefined || names[1] === root
  const watched = () => (depth === 1 && root !== undefined) || (depth === keyDepth && inRoot()) || inItem()
  const countsType = () => !atName && names[itemDepth] === 'type' && inItem() && isObject[itemDepth] === true

  function endString(chunk: Buffer, from: number, to: number): void {
    const length = before.length + to - from
    if (atName) {
      const ours = length < 32 && ((lengths >>> length) & 1) === 1
      names[depth] = ours ? before + chunk.toString('latin1', from, to) : ''
    } else if (countsType() && length <= MAX_NAME_BYTES) {
      const type = before + chunk.toString('latin1', from, to)
      counts.set(type, (counts.get(type) ?? 0) + 1)
    }
    atName = false
    before = ''
  }

  function keep(chunk: Buffer, from: number, to: number): void {
    capturedBytes += to - from
    if (capturedBytes <= MAX_VALUE_BYTES) captured.push(Buffer.from(chunk.subarray(from, to)))
  }

  function endCapture(chunk: Buffer, from: number, to: number): void {
    if (captured.length === 0) values.set(capturing, chunk.toString('utf8', from, to))
    else {
      keep(chunk, from, to)
      if (capturedBytes <= MAX_VALUE_BYTES) values.set(capturing, Buffer.concat(captured).toString())
    }
    capturing = ''
    captured = []
    capturedBytes = 0
  }

  /** Where the string ends that we are in at `from`, or -1 when it goes on in the next chunk. */
  function endOfString(chunk: Buffer, from: number, to: number): number {
    let at = escaped ? from + 1 : from
    escaped = false
    for (const stop = Math.min(to, at + SHORT); at < stop; at++) {
      const byte = chunk[at]
      if (byte === QUOTE) return at
      if (byte === BACKSLASH) at++
    }
    while (at <= to) {
      const found = chunk.indexOf(QUOTE, at)
      const end = found < 0 || found > to ? to : found
      let backslashes = 0
      while (end - backslashes > at && chunk[end - backslashes - 1] === BACKSLASH) backslashes++
      const isEscaped = backslashes % 2 === 1
      if (end === to) {
        escaped = isEscaped
        return -1
      }
      if (!isEscaped) return end
      at = end + 1
    }
    escaped = true
    return -1
  }

  function push(chunk: Buffer, from = 0, to = chunk.length): void {
    let at = from
    let stringStart = from
    let captureStart = from
    while (at < to) {
      if (inString) {
        const end = endOfString(chunk, at, to)
        if (end < 0) break
        if (atName || depth === itemDepth) endString(chunk, stringStart, end)
        inString = false
        at = end + 1
        continue
      }
      const byte = chunk[at]
      if (byte === QUOTE) {
        inString = true
        stringStart = at + 1
      } else if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (capturing !== '' && depth === keyDepth) endCapture(chunk, captureStart, at)
        if (byte !== COMMA) depth--
        atName = byte === COMMA && isObject[depth] === true && watched()
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth++
        if (depth <= itemDepth) isObject[depth] = byte === OPEN_BRACE
        if (depth <= itemDepth) names[depth] = ''
        atName = byte === OPEN_BRACE && watched()
        if (byte === OPEN_BRACE && inItem()) objects++
      } else if (byte === COLON && depth === keyDepth && inRoot() && keys.includes(names[depth] ?? '')) {
        capturing = names[depth] ?? ''
        captureStart = at + 1
      }
      at++
      // Blanks and digits are most of what is outside of strings.
      while (at < to && plain[chunk[at] ?? 0] === 1) at++
    }
    if (inString && before.length < MAX_NAME_BYTES && (atName || depth === itemDepth)) {
      before += chunk.toString('latin1', stringStart, Math.min(to, stringStart + MAX_NAME_BYTES + 1))
    }
    if (capturing !== '') keep(chunk, captureStart, to)
  }

  return {
    push,
    text: (key) => values.get(key) ?? null,
    items: (type) => (type === undefined ? objects : (counts.get(type) ?? 0)),
  }
}
