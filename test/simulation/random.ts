export type Random = {
  /** A whole number from 0 up to, not including, `below`. */
  int(below: number): number
  chance(of: number): boolean
  pick<T>(from: readonly T[]): T
}

/** Numbers that follow from the seed (mulberry32), so that a failure can be seen again. */
export function randomFrom(seed: number): Random {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below: number) => Math.floor(next() * below)
  return {
    int,
    chance: (of) => next() < of,
    pick(from) {
      const picked = from[int(from.length)]
      if (picked === undefined) throw new Error('nothing to pick from')
      return picked
    },
  }
}
