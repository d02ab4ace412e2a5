import { expect, test } from 'vitest'
import { drainingSentence } from './draining.ts'

type State = 'current' | 'grace' | 'retired'
const secret = (state: State, hour: number, day = hour) => ({
  state,
  lastHour: { calls: hour },
  lastDay: { calls: day },
})

test.each([
  [[secret('current', 10), secret('grace', 2)], '12 calls in the last hour, all but 2 with the new secret.'],
  [[secret('current', 12), secret('grace', 0)], '12 calls in the last hour, all with the new secret.'],
  [[secret('current', 0), secret('grace', 12)], '12 calls in the last hour, all with the old secret.'],
  [[secret('current', 1), secret('grace', 0)], '1 call in the last hour, with the new secret.'],
  [[secret('current', 0), secret('grace', 1)], '1 call in the last hour, with the old secret.'],
  [
    [secret('current', 0), secret('grace', 3), secret('grace', 4)],
    '7 calls in the last hour, all with old secrets.',
  ],
  [
    [secret('current', 0, 1400), secret('grace', 0, 3)],
    '1,403 calls in the last 24 hours, all but 3 with the new secret.',
  ],
  [[secret('current', 0), secret('grace', 0)], 'No calls in the last 24 hours, with either secret.'],
  // What has ended cannot drain.
  [
    [secret('current', 5), secret('grace', 1), secret('retired', 9)],
    '6 calls in the last hour, all but 1 with the new secret.',
  ],
  [[secret('current', 5), secret('retired', 9)], null],
  // The secrets of a workload replace nothing: each has an end of its own.
  [[secret('grace', 5), secret('grace', 9)], null],
])('%j: %s', (secrets, said) => {
  expect(drainingSentence(secrets, (calls) => calls.toLocaleString('en-US'))).toBe(said)
})
