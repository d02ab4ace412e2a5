import { expect, test } from 'vitest'
import { ageOf, type Credential, dueWords, stateOf } from './health.ts'

const credential = ({
  health,
  ...change
}: Partial<Omit<Credential, 'health'>> & { health?: Partial<Credential['health']> } = {}): Credential => ({
  id: 'crd_1',
  providerId: 'prv_1',
  name: 'main',
  hint: '…7Kq2',
  weight: 1,
  state: 'active',
  parked: null,
  needsSecret: false,
  secretSince: '2026-11-01T00:00:00.000Z',
  environmentIds: ['env_1'],
  createdAt: '2026-01-01T00:00:00.000Z',
  version: 1,
  ...change,
  health: { test: null, calledAt: null, failed: null, limits: null, ...health },
})

const failed = { at: '2026-11-20T00:00:00.000Z', works: false, detail: 'The provider refuses this secret.' }

test.each([
  ['works', credential({ health: { calledAt: '2026-11-21T00:00:00.000Z' } })],
  ['not used yet', credential()],
  ['used nowhere', credential({ environmentIds: [] })],
  ['disabled', credential({ state: 'disabled' })],
  ['account spent', credential({ state: 'parked', parked: { reason: 'spent', until: null } })],
  ['refused', credential({ state: 'parked', parked: { reason: 'refused', until: null } })],
  ['needs its secret', credential({ needsSecret: true, state: 'disabled' })],
  ['test failed', credential({ health: { test: failed } })],
  ['works', credential({ secretSince: '2026-11-21T00:00:00.000Z', health: { test: failed } })],
  ['works', credential({ health: { test: failed, calledAt: '2026-11-21T00:00:00.000Z' } })],
  [
    'test failed',
    credential({
      health: {
        test: failed,
        calledAt: '2026-11-21T00:00:00.000Z',
        failed: { at: '2026-11-21T00:00:00.000Z', status: 401 },
      },
    }),
  ],
])('it says: %s', (text, is) => {
  expect(stateOf(is).text).toBe(text)
})

test.each([
  ['2026-11-01T05:00:00Z', ['since today', 'due in 90 days'], 'quiet'],
  ['2027-01-20T00:00:00Z', ['80 days old', 'due in 10 days'], 'warn'],
  ['2027-01-30T00:00:00Z', ['90 days old', 'due today'], 'warn'],
  ['2027-01-31T00:00:00Z', ['91 days old', 'due 1 day ago'], 'bad'],
])('at %s its secret is %j', (now, words, tone) => {
  const age = ageOf(credential(), Date.parse(now))
  expect(dueWords(age)).toEqual(words)
  expect(age.tone).toBe(tone)
})
