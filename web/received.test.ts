import { expect, test } from 'vitest'
import { receive, type SoFar } from './received.ts'

const CSV = 'text/csv'
const bytesOf = (text: string) => new TextEncoder().encode(text)

/** A file in these pieces, that ends or fails after them. */
function streamOf(pieces: string[], failure?: Error): ReadableStream<Uint8Array> {
  const left = pieces.map(bytesOf)
  return new ReadableStream({
    pull(controller) {
      const piece = left.shift()
      if (piece) controller.enqueue(piece)
      else if (failure) controller.error(failure)
      else controller.close()
    },
  })
}

async function received(pieces: string[], type: 'text/csv' | 'application/x-ndjson' = CSV) {
  const told: SoFar[] = []
  const file = await receive(streamOf(pieces), type, (soFar) => told.push(soFar))
  return { text: await file.text(), type: file.type, told }
}

test('all pieces become one file, in order, and each tells how far it is', async () => {
  const { text, type, told } = await received(['time,mo', 'del\r\n1,a\r\n2', ',ä\r\n'])
  expect(text).toBe('time,model\r\n1,a\r\n2,ä\r\n')
  expect(type).toBe(CSV)
  expect(told).toEqual([
    { lines: 0, bytes: 7 },
    { lines: 1, bytes: 18 },
    { lines: 2, bytes: 23 },
  ])
})

test('a line end within quotes ends no line of a table, wherever the pieces are cut', async () => {
  const { told } = await received(['head\r\n"one', '\n""tw', 'o"\r\nthree\r\n'])
  expect(told.at(-1)?.lines).toBe(2)
})

test('JSON lines have no head, and quotes that mean nothing to them', async () => {
  const { told } = await received(['{"a":"\\""}\n', '{}\n'], 'application/x-ndjson')
  expect(told.map(({ lines }) => lines)).toEqual([1, 2])
})

test('a file that is larger than what is held in memory is whole', async () => {
  const piece = `${'x'.repeat(999_999)}\n`
  const { text } = await received(Array.from({ length: 20 }, () => piece))
  expect(text).toBe(piece.repeat(20))
})

test('no file comes of a stream that breaks off', async () => {
  const told: SoFar[] = []
  const broken = streamOf(['head\r\n', '1\r\n'], new TypeError('network error'))
  await expect(receive(broken, CSV, (soFar) => told.push(soFar))).rejects.toThrow('network error')
  expect(told.at(-1)).toEqual({ lines: 1, bytes: 9 })
})
