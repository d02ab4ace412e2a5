import { expect, test } from 'vitest'
import { Circuits } from './circuits.ts'

test('a pair that fails five times in a row rests, then one call tries it', () => {
  const circuits = new Circuits()
  for (let i = 0; i < 4; i++) circuits.failed('crd', 'm', 0)
  expect(circuits.openUntil('crd', 'm', 0)).toBe(0)
  circuits.failed('crd', 'm', 0)
  expect(circuits.openUntil('crd', 'm', 9_999)).toBe(10_000)
  expect(circuits.openUntil('crd', 'other', 0)).toBe(0)
  expect(circuits.openUntil('crd', 'm', 10_000)).toBe(0)
  circuits.started('crd', 'm', 10_000)
  expect(circuits.openUntil('crd', 'm', 10_001)).toBe(20_000)
})

test('a success closes it', () => {
  const circuits = new Circuits()
  for (let i = 0; i < 5; i++) circuits.failed('crd', 'm', 0)
  circuits.succeeded('crd', 'm')
  expect(circuits.openUntil('crd', 'm', 1)).toBe(0)
})

test('the provider may say how long to rest', () => {
  const circuits = new Circuits()
  circuits.rest('crd', 'm', 1_000, 2_000)
  expect(circuits.openUntil('crd', 'm', 2_999)).toBe(3_000)
  expect(circuits.openUntil('crd', 'm', 3_000)).toBe(0)
})

test('a provider that says to stay away for years is asked again after a minute', () => {
  const circuits = new Circuits()
  circuits.rest('crd', 'm', 1_000, 1e12)
  expect(circuits.openUntil('crd', 'm', 60_999)).toBe(61_000)
  expect(circuits.openUntil('crd', 'm', 61_000)).toBe(0)
})
