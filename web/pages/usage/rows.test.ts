import { expect, test } from 'vitest'
import { csvOf, csvOverTime } from './csv.ts'
import { changeOf, type Sums } from './measures.ts'
import { groupingOf, type Report, rowsOf } from './rows.ts'
import { changeText, sentenceOf } from './sentence.ts'

const sums = (costUsd: string, calls = 1): Sums => ({
  calls,
  attempts: calls,
  errors: 0,
  inputTokens: 10,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 5,
  reasoningTokens: 0,
  costUsd,
})

function report(lines: [Record<string, string | null>, Sums][]): Report {
  return {
    from: '2026-11-01T00:00:00.000Z',
    to: '2026-11-08T00:00:00.000Z',
    timeZone: 'UTC',
    data: lines.map(([group, sums]) => ({ group, ...sums })),
    total: sums('4.00', 4),
    unpriced: { calls: 0, costUsd: '0.00' },
    truncated: false,
    names: { env_1: 'production', prj_1: 'Site', usr_1: '=cmd("calc")' },
  }
}

test('an environment is called with its project, and nobody is called so', () => {
  expect(groupingOf(['environment', 'user'])).toEqual(['environment', 'user', 'project'])
  const [first] = rowsOf(
    report([[{ environment: 'env_1', user: null, project: 'prj_1' }, sums('1.00')]]),
    undefined,
    ['environment', 'user'],
    'cost',
  )
  expect(first?.parts.map(({ name }) => name)).toEqual(['Site / production', 'No person'])
})

test('rows are in the order of what is measured, each with what it was before', () => {
  const now = report([
    [{ model: 'a' }, sums('3.00', 1)],
    [{ model: 'b' }, sums('1.00', 3)],
  ])
  const before = report([[{ model: 'b' }, sums('2.00', 1)]])
  const rows = rowsOf(now, before, ['model'], 'calls')
  expect(rows.map(({ parts, before }) => [parts[0]?.name, before?.costUsd])).toEqual([
    ['b', '2.00'],
    ['a', undefined],
  ])
})

test('the file holds what is seen, in UTC, and nothing that a spreadsheet computes', () => {
  const rows = rowsOf(report([[{ user: 'usr_1' }, sums('1.50')]]), undefined, ['user'], 'cost')
  const [head, line] = csvOf({
    rows,
    by: ['user'],
    measure: 'cost',
    compared: false,
    from: '2026-11-01T00:00:00.000Z',
    to: '2026-11-08T00:00:00.000Z',
  }).split('\r\n')
  expect(head).toMatch(/^person,person_id,from,to,cost_usd,calls,/)
  expect(line).toMatch(/^"'=cmd\(""calc""\)",usr_1,2026-11-01T00:00:00.000Z,2026-11-08T00:00:00.000Z,1.50,1,/)
})

test('over time there is a line for each part and hour, called as the API calls it', () => {
  const lines = csvOverTime(
    report([
      [{ hour: '2026-10-25T02:00+02:00', user: 'usr_1' }, sums('1.50')],
      [{ hour: '2026-10-25T02:00+01:00', user: null }, sums('2.00')],
    ]),
    'user',
    'hour',
  ).split('\r\n')
  expect(lines[0]).toMatch(/^hour,person,person_id,cost_usd,calls,/)
  expect(lines[1]).toMatch(/^2026-10-25T02:00\+02:00,"'=cmd\(""calc""\)",usr_1,1\.50,1,/)
  expect(lines[2]).toMatch(/^2026-10-25T02:00\+01:00,No person,,2\.00,1,/)
})

test('the sentence says how much, against before, and who has most of it', () => {
  const now = report([
    [{ model: 'a' }, sums('3.00')],
    [{ model: 'b' }, sums('1.00')],
  ])
  const rows = rowsOf(now, undefined, ['model'], 'cost')
  const said = (before: Sums | undefined) => sentenceOf('cost', now.total, before, rows)
  expect(said(sums('2.00'))).toBe('Cost rose 100% to $4.00; a is 75% of it.')
  expect(said(sums('5.00'))).toBe('Cost fell 20% to $4.00; a is 75% of it.')
  expect(said(sums('4.00'))).toBe('Cost stayed at $4.00; a is 75% of it.')
  expect(said(sums('0.00'))).toBe('Cost came to $4.00, with nothing before it; a is 75% of it.')
  expect(said(undefined)).toBe('Cost: $4.00; a is 75% of it.')
  expect(sentenceOf('errors', now.total, undefined, rows)).toBe('Errors: none in this time.')
})

test('a change is exact where a float would not be, and none where there was nothing', () => {
  expect(changeOf(9_007_199_254_740_993_000n, 9_007_199_254_740_993_000n)).toBe(0)
  expect(changeOf(1n, 0n)).toBeNull()
  expect([changeText(112n, 100n), changeText(5n, 0n), changeText(0n, 0n)]).toEqual(['+12%', 'new', '–'])
})
