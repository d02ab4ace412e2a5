import { expect, test } from 'vitest'
import type { ShareRequest } from '../db/rate-shares.ts'
import type { RateLimit } from '../domain/rate-limit.ts'
import { createLog } from '../log.ts'
import { createRateShares } from './rate-shares.ts'
import { createRates } from './rates.ts'

const HOUR_MS = 3_600_000
const limit: RateLimit = {
  id: 'rlm_test',
  scope: { type: 'organization', id: 'org_test' },
  requestsPerMinute: 10,
  tokensPerMinute: null,
  concurrentCalls: null,
  providerId: null,
  modelPattern: null,
}

/** Rates on an authority that grants all there is, or does not answer. */
function lonelyRates() {
  const world = { nowMs: 0, away: false, asked: [] as ShareRequest[] }
  const monotonic = () => world.nowMs
  const shares = createRateShares({
    async ask(requests, heard) {
      await null
      const asked = requests()
      if (world.away) throw new Error('the database is away')
      world.asked.push(...asked)
      heard(
        asked.map(({ limitId, dimension, kept, wished }) => {
          const amount = wished > 0 ? 10 : kept
          return { limitId, dimension, most: 10, amount, over: 0, left: 10 - amount, liveNodes: 1 }
        }),
      )
    },
    monotonic,
    log: createLog({ logLevel: 'silent' }, () => {}),
  })
  return { world, shares, rates: createRates(monotonic, shares) }
}

test('a limit that nobody used for an hour is given back and forgotten, one in use is not', async () => {
  const { world, rates } = lonelyRates()
  await rates.prepare([limit], 0)
  const held = rates.hold([limit], 0)
  world.nowMs += HOUR_MS
  await rates.tidy()
  expect(world.asked, 'the call still runs').toHaveLength(1)
  if ('refused' in held) throw new Error('refused')
  rates.settle(held, 0)
  await rates.tidy()
  expect(world.asked.at(-1)).toMatchObject({ kept: 0, needed: 0, wanted: 0, wished: 0 })
  await rates.tidy()
  expect(world.asked, 'it is forgotten').toHaveLength(2)
  await rates.prepare([limit], 0)
  expect(rates.hold([limit], 0)).not.toHaveProperty('refused')
})

test('a share counts no more once the node was not trusted for a while, until the authority has confirmed it', async () => {
  const { shares, rates } = lonelyRates()
  await rates.prepare([limit], 0)
  shares.lapsed()
  expect(rates.hold([limit], 0)).toMatchObject({ refused: 'unavailable' })
  await rates.prepare([limit], 0)
  expect(rates.hold([limit], 0)).not.toHaveProperty('refused')
})

test('a figure that was lowered is not used until the authority has confirmed the share', async () => {
  const { world, rates } = lonelyRates()
  await rates.prepare([limit], 0)
  const lower = { ...limit, requestsPerMinute: 4 }
  world.away = true
  await rates.prepare([lower], 0)
  expect(rates.hold([lower], 0)).toMatchObject({ refused: 'unavailable' })
})

test('a call that is larger than the figure is refused for a minute, and nobody is asked for it', async () => {
  const { world, rates } = lonelyRates()
  const tokens = { ...limit, requestsPerMinute: null, tokensPerMinute: 10 }
  expect(rates.prepare([tokens], 11)).toBeNull()
  expect(rates.hold([tokens], 11)).toMatchObject({ refused: 'rate_limit', retryAfterMs: 60_000 })
  expect(world.asked).toEqual([])
})
