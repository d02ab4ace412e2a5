import { expect, test } from 'vitest'
import { randomFrom } from '../simulation/random.ts'
import { planFaults } from './fault-plan.ts'
import { FAULTS, LONG_STOP } from './faults.ts'

const NODES = 3

test('the order follows from the seed', () => {
  expect(namesOf(1, 44)).toEqual(namesOf(1, 44))
  expect(namesOf(1, 44)).not.toEqual(namesOf(2, 44))
})

test('each kind strikes as often as the others, and one in forty stops a node until it counts as gone', () => {
  const often = Object.groupBy(namesOf(3, 440).flat(), (name) => name)
  for (const { name } of FAULTS) expect(often[name]?.length, name).toBeGreaterThanOrEqual(38)
  expect(often[LONG_STOP.name]).toHaveLength(11)
  expect(namesOf(3, 39).flat()).not.toContain(LONG_STOP.name)
})

test('some strike two at once, never the same part of one node', () => {
  const pairs = planOf(4, 440).filter((together) => together.length > 1)
  expect(pairs.length).toBeGreaterThan(40)
  for (const [one, other, ...more] of pairs) {
    expect([one?.node, one?.fault.part]).not.toEqual([other?.node, other?.fault.part])
    expect(more).toEqual([])
  }
  expect(pairs.some(([one, other]) => one?.node === other?.node)).toBe(true)
})

function planOf(seed: number, count: number) {
  return planFaults(count, NODES, randomFrom(seed))
}

function namesOf(seed: number, count: number): string[][] {
  return planOf(seed, count).map((together) => together.map(({ fault }) => fault.name))
}
