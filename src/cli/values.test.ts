import { expect, test } from 'vitest'
import { Failure } from './failure.ts'
import type { Flag, Kind } from './flags.ts'
import { readValue } from './values.ts'

const NOW = new Date('2026-11-21T12:00:00.000Z')

const flag = (kind: Kind, rest: Partial<Flag> = {}): Flag => ({
  name: 'field',
  path: ['field'],
  kind,
  list: false,
  nullable: false,
  required: false,
  secret: false,
  description: '',
  ...rest,
})

test.each<[Kind['type'], string, unknown]>([
  ['text', 'none', 'none'],
  ['number', '42', 42],
  ['number', '-1.5', -1.5],
  ['boolean', 'true', true],
  ['boolean', 'false', false],
  ['seconds', '90', 90],
  ['seconds', '15m', 900],
  ['seconds', '7d', 604_800],
  ['time', 'now', '2026-11-21T12:00:00.000Z'],
  ['time', '90d', '2027-02-19T12:00:00.000Z'],
  ['time', '-24h', '2026-11-20T12:00:00.000Z'],
  ['time', '2027-01-31', '2027-01-31T00:00:00.000Z'],
  ['time', '2027-01-31T12:30+01:00', '2027-01-31T11:30:00.000Z'],
  ['scope', 'team:Search', { type: 'team', id: 'Search' }],
  ['scope', 'service-account:Search/Site/bot', { type: 'service_account', id: 'Search/Site/bot' }],
  ['scope', 'key:a:b', { type: 'key', id: 'a:b' }],
  ['scope', 'organization', { type: 'organization', id: '' }],
  ['budget', '5/month', { limitUsd: '5', period: 'month' }],
  ['budget', '$0.50/day', { limitUsd: '0.50', period: 'day' }],
  [
    'budget',
    '{"limitUsd":"5","period":"week","kind":"soft"}',
    { limitUsd: '5', period: 'week', kind: 'soft' },
  ],
  ['json', '{"a":[1]}', { a: [1] }],
])('%s "%s" is understood', (type, text, value) => {
  expect(readValue(flag({ type } as Kind), text, NOW)).toEqual(value)
})

test.each<[Kind['type'], string]>([
  ['number', ''],
  ['number', '1e9'],
  ['number', '5x'],
  ['boolean', 'yes'],
  ['seconds', '-5m'],
  ['seconds', '5 minutes'],
  ['time', 'tomorrow'],
  ['time', '2027-13-01'],
  ['time', '01/31/2027'],
  ['time', '2027-01-31T12:30'],
  ['scope', 'team'],
  ['scope', 'planet:Earth'],
  ['budget', '5'],
  ['budget', '5/year'],
  ['budget', 'five/month'],
  ['json', '{'],
  ['pairs', '=x'],
  ['pairs', 'x'],
])('%s "%s" is refused with what is expected instead', (type, text) => {
  const refused = () => readValue(flag({ type } as Kind, { list: type === 'pairs' }), [text], NOW)
  expect(refused).toThrow(Failure)
  expect(refused).toThrow(/expected/)
})

test('a choice names the choices', () => {
  const choice = flag({ type: 'choice', choices: ['hard', 'soft'] })
  expect(readValue(choice, 'soft', NOW)).toBe('soft')
  expect(() => readValue(choice, 'sfot', NOW)).toThrow('expected one of hard, soft')
})

test('a list is repeated flags, commas, or both; an empty text is an empty list', () => {
  const list = flag({ type: 'text' }, { list: true })
  expect(readValue(list, ['a,b', 'c'], NOW)).toEqual(['a', 'b', 'c'])
  expect(readValue(list, [''], NOW)).toEqual([])
})

test('pairs may hold commas and equals signs', () => {
  expect(readValue(flag({ type: 'pairs' }), ['team=a,b', 'formula=x=y'], NOW)).toEqual({
    team: 'a,b',
    formula: 'x=y',
  })
})

test('"none" clears what can be cleared, and is a text elsewhere', () => {
  expect(readValue(flag({ type: 'time' }, { nullable: true }), 'none', NOW)).toBeNull()
  expect(() => readValue(flag({ type: 'time' }), 'none', NOW)).toThrow('expected a time')
})

test('a secret that will not do is not repeated', () => {
  const secret = flag({ type: 'json' }, { secret: true })
  expect(() => readValue(secret, 'sk-very-secret', NOW)).toThrow(/^What was given will not do for field/)
})
