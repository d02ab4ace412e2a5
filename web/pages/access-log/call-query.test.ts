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
  [{ range: 'custom', from: '2026-11-1', to: '2026-02-31' }, {}],
])('the address %o asks for %o', (search, query) =>
  expect(queryOfCalls(search, 'Europe/Berlin')).toEqual(query),
)

test('days are the organization’s, and the last one is within, also where it has 25 hours', () => {
  const days = { range: 'custom', from: '2026-10-24', to: '2026-10-25' }
  expect(queryOfCalls(days, 'Europe/Berlin')).toEqual({
    from: '2026-10-23T22:00:00.000Z',
    to: '2026-10-25T23:00:00.000Z',
  })
})
