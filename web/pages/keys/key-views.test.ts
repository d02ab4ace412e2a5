import { expect, test } from 'vitest'
import { filtersOf, KEY_VIEWS, queryOfKeys, viewOf } from './key-views.ts'

const today = new Date('2026-11-26T00:00:00Z')
const ask = (search: Record<string, string>) => queryOfKeys(filtersOf(search), { me: 'usr_me', today })

test.each<[Record<string, string>, object]>([
  [{}, {}],
  [{ q: 'bot' }, { q: 'bot' }],
  [{ owner: 'me' }, { userId: 'usr_me' }],
  [{ owner: 'svc_1' }, { serviceAccountId: 'svc_1' }],
  [
    { owner: 'usr_1', state: 'revoked' },
    { userId: 'usr_1', state: 'revoked' },
  ],
  [{ state: 'odd', kind: 'odd', used: 'odd' }, {}],
  [{ expiring: 'soon' }, { expiresBefore: '2026-12-11T00:00:00.000Z' }],
  [{ tab: 'x', new: '1', kind: 'production' }, { environmentKind: 'production' }],
])('the address %o asks for %o', (search, query) => expect(ask(search)).toEqual(query))

test('each view is told by its filters, and anything beside them is another question', () => {
  for (const { id, search } of KEY_VIEWS) expect(viewOf(search)).toBe(id)
  expect(viewOf({ state: 'suspended', team: 'team_1' })).toBeNull()
})
