/** What has arrived of a file. */
export type SoFar = {
  /** Lines of it without the head of a table; a line end within quotes ends none. */
  lines: number
  bytes: number
}

const LINE_END = 10
const QUOTE = 34
/** So many bytes are held in memory before they become part of the file, which browsers keep on disk. */
const HELD_BYTES = 8_000_000

/**
 * Collects a file as it arrives, and tells after each piece how far it is. Rejects, without a file, with what the stream
 * fails with: also when it breaks off, or is called off.
 */
export async function receive(
  stream: ReadableStream<Uint8Array>,
  type: 'text/csv' | 'application/x-ndjson',
  tell: (soFar: SoFar) => void,
): Promise<Blob> {
  const lines = lineCounter(type === 'text/csv')
  let file = new Blob([], { type })
  let held: Uint8Array<ArrayBuffer>[] = []
  let heldBytes = 0
  let bytes = 0
  const keep = () => {
    file = new Blob([file, ...held], { type })
    held = []
    heldBytes = 0
  }
  const reader = stream.getReader()
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    // What a response hands out is never shared memory.
    held.push(piece.value as Uint8Array<ArrayBuffer>)
    heldBytes += piece.value.length
    bytes += piece.value.length
    if (heldBytes >= HELD_BYTES) keep()
    tell({ lines: lines(piece.value), bytes })
  }
  keep()
  return file
}

function lineCounter(isTable: boolean): (piece: Uint8Array) => number {
  let seen = 0
  let quoted = false
  return (piece) => {
    for (const byte of piece) {
      if (byte === QUOTE && isTable) quoted = !quoted
      else if (byte === LINE_END && !quoted) seen++
    }
    return isTable ? Math.max(seen - 1, 0) : seen
  }
}
