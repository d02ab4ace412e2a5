import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTokenCounter, MOST_BYTES_COUNTED, type TokenCounter } from './token-counter.ts'
import type { Question } from './token-worker.ts'

let counter: TokenCounter
const logged: string[] = []

beforeEach(() => {
  logged.length = 0
  counter = createTokenCounter(pino({}, { write: (line) => logged.push(line) }))
})

afterEach(() => counter.close())

const question = (text: string, more: Partial<Question> = {}): Question => ({
  encoding: 'o200k_base',
  text,
  describesFunctions: false,
  ...more,
})

test('a body is counted in the encoding of its model, its bytes read as UTF-8', async () => {
  const text = Buffer.from('{"input":"お誕生日おめでとう"}').toString('latin1')
  const around = 3 + 4 + 1
  expect(await counter.count(question(text))).toBe(around + 8)
  expect(await counter.count(question(text, { encoding: 'cl100k_base' }))).toBe(around + 9)
})

test('a body that is too long is not counted', async () => {
  expect(await counter.count(question(`"${'a '.repeat(MOST_BYTES_COUNTED / 2)}"`))).toBe(null)
})

test('a flood is not waited for: all have an answer in time, and those that were counted the right one', async () => {
  const startedAt = performance.now()
  const text = `{"input":"${`${'qxzvjk'.repeat(21)} `.repeat(6_000)}"}`
  const answers = await Promise.all(Array.from({ length: 200 }, () => counter.count(question(text))))
  expect(performance.now() - startedAt).toBeLessThan(8_000)
  expect(answers.filter((tokens) => tokens === null).length).toBeGreaterThan(150)
  const counted = new Set(answers.filter((tokens) => tokens !== null))
  expect(counted.size).toBeLessThanOrEqual(1)
})

test('a thread that fails leaves the bound by bytes, and the next question its own thread', async () => {
  expect(await counter.count(question('{"not": "closed'))).toBe(null)
  expect(logged.some((line) => line.includes('the thread that counts tokens failed'))).toBe(true)
  expect(await counter.count(question('{"input":"hello world"}'))).toBe(3 + 4 + 1 + 2)
})

test('whoever still waits when it closes has an answer', async () => {
  const waiting = Array.from({ length: 5 }, () => counter.count(question('{"input":"hello world"}')))
  await counter.close()
  expect(await Promise.all(waiting)).toEqual(Array(5).fill(null))
})
