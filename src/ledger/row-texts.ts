const SLAB_BYTES = 1024 * 1024
const MOST_BYTES_PER_UNIT = 3
const MOST_SPARE = 8

type Slab = { readonly bytes: Buffer; used: number; texts: number }

/** A text and where it is. */
export type KeptText = { readonly slab: Slab; readonly start: number; readonly end: number }

/**
 * Keeps the texts of rows that wait, in a few large buffers that are used again and again. On the heap they would be
 * most of what its collector carries from one collection to the next.
 */
export class RowTexts {
  private current = newSlab(SLAB_BYTES)
  private readonly spare: Slab[] = []

  keep(text: string): KeptText {
    const most = text.length * MOST_BYTES_PER_UNIT
    if (this.current.used + most > this.current.bytes.length) this.current = this.slabFor(most)
    const slab = this.current
    const start = slab.used
    slab.used += slab.bytes.write(text, start)
    slab.texts++
    return { slab, start, end: slab.used }
  }

  letGo({ slab }: KeptText): void {
    slab.texts--
    if (slab.texts > 0) return
    slab.used = 0
    const ordinary = slab.bytes.length === SLAB_BYTES
    if (slab !== this.current && ordinary && this.spare.length < MOST_SPARE) this.spare.push(slab)
  }

  private slabFor(bytes: number): Slab {
    return bytes > SLAB_BYTES ? newSlab(bytes) : (this.spare.pop() ?? newSlab(SLAB_BYTES))
  }
}

/** A JSON array of texts that are JSON each: a copy, which stays when they are let go of. */
export function arrayOf(texts: readonly KeptText[]): Buffer {
  const length = texts.reduce((sum, { start, end }) => sum + end - start + 1, 1)
  const array = Buffer.allocUnsafe(length)
  let at = 0
  for (const { slab, start, end } of texts) {
    array[at] = at === 0 ? OPEN : COMMA
    at += 1 + slab.bytes.copy(array, at + 1, start, end)
  }
  array[at] = CLOSE
  return array
}

const [OPEN, COMMA, CLOSE] = [0x5b, 0x2c, 0x5d]

function newSlab(bytes: number): Slab {
  return { bytes: Buffer.allocUnsafeSlow(bytes), used: 0, texts: 0 }
}
