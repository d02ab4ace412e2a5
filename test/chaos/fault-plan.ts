import { type Random, randomFrom } from '../simulation/random.ts'
import { FAULTS, type Fault, LONG_STOP } from './faults.ts'

/** A fault, which of the nodes it hits, and what it draws its lengths from. */
export type Planned = { fault: Fault; node: number; random: Random }

/** One fault in so many is a long stop, which takes as long as many others. */
const LONG_STOP_EVERY = 40
const TWO_AT_ONCE = 0.25

/**
 * What strikes, one after the other or two at once: `count` faults in all, each kind about as often as the others, in
 * an order that follows from the seed. Two at once hit different nodes, or different parts of one.
 */
export function planFaults(count: number, nodes: number, random: Random): Planned[][] {
  const kinds = Array.from({ length: count }, (_, index) =>
    index % LONG_STOP_EVERY === LONG_STOP_EVERY - 1 ? LONG_STOP : FAULTS[index % FAULTS.length],
  ).filter((fault) => fault !== undefined)
  const plan: Planned[][] = []
  for (const fault of shuffled(kinds, random)) {
    const one = { fault, node: random.int(nodes), random: randomFrom(random.int(2 ** 31)) }
    const [other, ...more] = plan.at(-1) ?? []
    if (!other || more.length > 0 || !random.chance(TWO_AT_ONCE)) plan.push([one])
    else {
      const same = one.node === other.node && fault.part === other.fault.part
      plan.splice(-1, 1, [other, same ? { ...one, node: (one.node + 1) % nodes } : one])
    }
  }
  return plan
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items]
  return items.flatMap(() => left.splice(random.int(left.length), 1))
}
