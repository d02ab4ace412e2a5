/** All of a word's bytes at once: see `hasControl`. */
const LOWEST = 0x20202020
const TOP_BITS = 0x80808080

/**
 * Whether any of the bytes is a control character of ASCII (below 0x20). Four bytes are looked at together: an expression
 * that looks for one takes several times as long, which of a large body is most of the time that reading it takes.
 */
export function hasControl(bytes: Uint8Array): boolean {
  const { buffer, byteOffset, length } = bytes
  // Words have to be aligned in the memory that the bytes are a part of.
  const before = Math.min(-byteOffset & 3, length)
  const count = (length - before) >> 2
  const after = before + count * 4
  for (let at = 0; at < before; at++) if ((bytes[at] as number) < 0x20) return true
  for (let at = after; at < length; at++) if ((bytes[at] as number) < 0x20) return true
  if (count === 0) return false
  const words = new Int32Array(buffer, byteOffset + before, count)
  // A byte below 0x20 borrows when 0x20 is taken from it: its top bit is set then, and was not before.
  let borrowed = 0
  for (let i = 0; i < count; i++) {
    const word = words[i] as number
    borrowed |= (word - LOWEST) & ~word
  }
  return (borrowed & TOP_BITS) !== 0
}
