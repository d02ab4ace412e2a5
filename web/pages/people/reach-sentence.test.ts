import { expect, test } from 'vitest'
import { reachSentence } from './reach-sentence.ts'

const nothing = { grants: [], keys: [], tokens: [], sessions: [], serviceAccounts: [], environments: [] }

test.each([
  [nothing, 'Holds nothing here.'],
  [{ ...nothing, grants: [1] }, 'Holds 1 role; reaches no environment.'],
  [
    { ...nothing, grants: [1, 2], keys: [1], environments: [{ kind: 'staging' }] },
    'Holds 2 roles and 1 key; reaches no production environment.',
  ],
  [
    {
      ...nothing,
      grants: [1],
      keys: [1, 2, 3],
      tokens: [{ revokedAt: null }, { revokedAt: '2026-11-01T00:00:00Z' }],
      environments: [{ kind: 'production' }, { kind: 'staging' }, { kind: 'production' }],
    },
    'Holds 1 role, 3 keys and 1 API token; reaches 2 production environments.',
  ],
])('%#: says in one sentence what somebody holds and whether it reaches production', (reach, sentence) => {
  expect(reachSentence(reach)).toBe(sentence)
})
