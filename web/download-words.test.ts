import { expect, test } from 'vitest'
import { savedText, soFarText } from './download-words.ts'

const CALLS = ['call', 'calls'] as const

test.each([
  [{ lines: 0, bytes: 0, total: 240_000 }, 'waiting for the first lines'],
  [{ lines: 12_400, bytes: 3_140_000, total: 240_000 }, '12,400 of about 240,000 calls, 3.1 MB'],
  [{ lines: 12_400, bytes: 3_140_000, total: null }, '12,400 calls, 3.1 MB so far'],
  [{ lines: 11, bytes: 1_200, total: 10 }, '11 calls, 2 kB so far'],
  [{ lines: 1, bytes: 300, total: null }, '1 call, 1 kB so far'],
])('%j is said as "%s"', (progress, text) => {
  expect(soFarText(progress, CALLS)).toBe(text)
})

test('what is saved is said, with what to know of it', () => {
  expect(savedText({ lines: 1, bytes: 9 }, { unit: CALLS })).toBe('1 call is saved.')
  const note = (lines: number) => (lines > 1 ? 'Only the newest.' : null)
  expect(savedText({ lines: 2, bytes: 9 }, { unit: CALLS, note })).toBe('2 calls are saved. Only the newest.')
})
