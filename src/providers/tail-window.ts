/** Keeps the last bytes of what goes by, in a fixed buffer. */
export type TailWindow = { push(chunk: Buffer): void; text(): string }

export function tailWindow(size: number): TailWindow {
  let buffer: Buffer | null = null
  let at = 0
  let wrapped = false
  return {
    push(chunk) {
      buffer ??= Buffer.allocUnsafeSlow(size)
      const start = Math.max(0, chunk.length - size)
      const first = chunk.copy(buffer, at, start)
      const rest = chunk.length - start - first
      if (rest > 0) chunk.copy(buffer, 0, start + first)
      wrapped ||= at + first + rest >= size
      at = (at + first + rest) % size
    },
    text() {
      if (!buffer) return ''
      const ends = wrapped ? [buffer.subarray(at), buffer.subarray(0, at)] : [buffer.subarray(0, at)]
      return Buffer.concat(ends).toString()
    },
  }
}
