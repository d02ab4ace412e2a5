import { expect, test } from 'vitest'
import { measureChanges } from './take-hold.ts'

const IN_FORCE_MS = 2_000
const GATEWAYS = 3
const ROUNDS = 5

test('what is revoked, suspended, forbidden or lowered ends calls and streams on three gateways within two seconds', async () => {
  for (const { change, cut, refused } of await measureChanges(ROUNDS)) {
    expect(refused, change).toHaveLength(GATEWAYS * ROUNDS)
    expect(cut, change).toHaveLength(change.startsWith('rate limit') ? 0 : GATEWAYS * ROUNDS)
    expect(Math.max(...cut), `${change}: streams`).toBeLessThan(IN_FORCE_MS)
    expect(Math.max(...refused), `${change}: new calls`).toBeLessThan(IN_FORCE_MS)
  }
}, 120_000)
