import { expect, test } from 'vitest'
import { queryOfCalls } from './call-query.ts'

test.each<[Record<string, string>, object]>([
  [{}, { from: '-24h' }],
  [
    { range: '-7d', outcome: 'failed' },
    { from: '-7d', failed: 'true' },
  ],
  [
    { user: 'svc_1', model: 'gpt' },
    { from: '-24h', serviceAccountId: 'svc_1', modelPrefix: 'gpt' },
  ],
  [
    { user: 'usr_1', outcome: 'ok', status: '200' },
    { from: '-24h', userId: 'usr_1', failed: 'false', status: '200' },
  ],
  [
    { key: 'key_1', secret: 'sec_1', priced: 'no' },
    { from: '-24h', keyId: 'key_1', secretId: 'sec_1', priced: 'false' },
  ],
  [{ range: 'custom' }, {}],
  [{ range: 'custom', from: 'odd', to: 'odd' }, {}],
])('the address %o asks for %o', (search, query) => expect(queryOfCalls(search)).toEqual(query))

test('the last day is within', () => {
  const { from, to } = queryOfCalls({ range: 'custom', from: '2026-11-01', to: '2026-11-02' })
  expect(from).toBe(new Date('2026-11-01T00:00:00').toISOString())
  expect(to).toBe(new Date('2026-11-03T00:00:00').toISOString())
})
