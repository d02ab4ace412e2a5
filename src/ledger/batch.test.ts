import { expect, test } from 'vitest'
import type { Window } from './accounts.ts'
import { Batch, BatchBuffers, mostBytesOf } from './batch.ts'

const window = { budgetId: 'bud_1' } as Window
const other = { budgetId: 'bud_2' } as Window

test('any part of a batch is an array of its rows, in whatever language', () => {
  const batch = new Batch(Buffer.alloc(200_000), 0)
  const rows = Array.from({ length: 300 }, (_, i) => ({ i, text: 'é€😀'.repeat(i % 40) }))
  for (const row of rows) batch.add(waiting(JSON.stringify(row)), null, null)
  const parts = [
    [0, 300],
    [0, 1],
    [7, 8],
    [5, 299],
    [299, 300],
    [0, 300],
  ]
  for (const [from = 0, to = 0] of parts) {
    expect(JSON.parse(String(batch.json(from, to)))).toEqual(rows.slice(from, to))
  }
})

test('a batch is filled to the last byte of its buffer, and not beyond', () => {
  const batch = new Batch(Buffer.alloc(16), 0)
  const [first, second] = [written('{"a":1}'), written('{"b":2}')]
  batch.addWritten(charge(), first, null)
  expect(batch.hasRoom(6)).toBe(true)
  expect(batch.hasRoom(7)).toBe(false)
  expect(() => batch.addWritten(charge(), second, null)).toThrow('The batch is full.')

  const exact = new Batch(Buffer.alloc(17), 0)
  exact.addWritten(charge(), first, null)
  exact.addWritten(charge(), second, null)
  expect(String(exact.json(0, 2))).toBe('[{"a":1},{"b":2}]')

  const alone = new Batch(Buffer.alloc(8), 0)
  alone.addWritten(charge(), first, null)
  expect(String(alone.json(0, 1))).toBe('[{"a":1}]')
})

test('a batch takes what fits into its buffer, and a first row whatever its size', () => {
  const buffer = Buffer.alloc(64)
  const batch = new Batch(buffer, 0)
  const row = waiting('{"a":1}')
  let rows = 0
  for (; batch.hasRoom(mostBytesOf(row.text)); rows++) batch.add(row, null, null)
  expect(rows).toBe(6)
  expect(() => batch.add(row, null, null)).toThrow('The batch is full.')
  expect(JSON.parse(String(batch.json(0, rows)))).toEqual(Array(rows).fill({ a: 1 }))
  expect(batch.bytes).toBe(buffer)

  const large = waiting(JSON.stringify({ text: 'é€😀'.repeat(100) }))
  const alone = new Batch(buffer, 0)
  alone.add(large, null, null)
  expect(String(alone.json(0, 1))).toBe(`[${large.text}]`)
})

test('a batch knows what its rows cost in each window, and where the journal has them', () => {
  const batch = new Batch(Buffer.alloc(1024), 5)
  const [first, second] = [segment(1), segment(2)]
  batch.add(waiting('{"a":1}', 3n, [window]), second, first)
  batch.add(waiting('{"a":2}', 4n, [window, other]), second, null)
  expect(batch.costs).toEqual(
    new Map([
      [window, 7n],
      [other, 4n],
    ]),
  )
  expect(batch.segmentsOf(0)).toEqual([second, first])
  expect(batch.segmentsOf(1)).toEqual([second, null])
})

test('the buffer of a batch is used again, unless a question may still read it or it is larger than others', () => {
  const buffers = new BatchBuffers(64)
  const done = new Batch(buffers.take(), 0)
  buffers.takeBack(done)
  expect(buffers.take()).toBe(done.bytes)
  const doubted = new Batch(buffers.take(), 0)
  doubted.inDoubt = true
  buffers.takeBack(doubted)
  expect(buffers.take()).not.toBe(doubted.bytes)
  const larger = new Batch(buffers.take(), 0)
  larger.add(waiting(JSON.stringify('x'.repeat(100))), null, null)
  buffers.takeBack(larger)
  expect(buffers.take()).not.toBe(larger.bytes)
})

function charge(cost = 0n, windows: Window[] = []) {
  return { cost, windows, settledAtMs: 0 }
}

function waiting(text: string, cost = 0n, windows: Window[] = []) {
  return { text, ...charge(cost, windows) }
}

/** As the journal has it: somewhere in a buffer of its own. */
function written(text: string) {
  const bytes = Buffer.from(`before${text}after`)
  return { bytes, from: 6, to: 6 + text.length, segment: segment(1) }
}

function segment(number: number) {
  return { number, path: `${number}`, bytes: 0, waiting: 0 }
}
