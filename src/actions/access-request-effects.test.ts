import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { A_DAY_MS, inMs, type RequestsWorld, requestsWorld } from '../../test/requests-world.ts'
import type { RequestKind } from '../domain/access-request.ts'
import { endAccessRequest } from './access-request-decisions.ts'
import type { createAccessRequest } from './access-requests.ts'

let world: RequestsWorld
let budgetId: string
let rateLimitId: string
let names = 0
beforeAll(async () => {
  world = await requestsWorld()
  const scope = { type: 'project', id: world.project }
  const budget = { scope, name: 'Launch', limitUsd: '1000', period: 'month' }
  budgetId = (await world.make('budgetCreate', { body: budget })).id
  const rate = { scope, requestsPerMinute: 1000, tokensPerMinute: 1000 }
  rateLimitId = (await world.make('rateLimitCreate', { body: rate })).id
})
afterAll(() => world?.[Symbol.asyncDispose]())

type Body = Parameters<typeof createAccessRequest>[1]['body']

function wish(kind: Exclude<RequestKind, 'expiry'>, amount: number): Body {
  const common = { reason: 'a test', until: inMs(A_DAY_MS) }
  switch (kind) {
    case 'key':
      return { kind, ...common, environmentId: world.ids.environment, name: `wish-${++names}` }
    case 'model':
      return { kind, ...common, projectId: world.project, models: ['claude-*', `m${amount}`] }
    case 'budget':
      return { kind, ...common, budgetId, addUsd: `${amount}.5` }
    case 'rate':
      return { kind, ...common, rateLimitId, addRequestsPerMinute: amount, addTokensPerMinute: amount }
    case 'production':
      return { kind, ...common, projectId: world.project, role: amount % 2 ? 'viewer' : 'builder' }
    case 'team':
      return { kind, ...common, teamId: world.ids.team, role: 'viewer' }
  }
}

const KINDS = ['key', 'model', 'budget', 'rate', 'production', 'team'] as const

const step = fc.oneof(
  fc.record({
    ask: fc.constantFrom(...KINDS),
    amount: fc.integer({ min: 1, max: 9 }),
  } as const),
  fc.record({ end: fc.nat() }),
  fc.record({ edit: fc.integer({ min: 1, max: 9 }) }),
)

/** What of requests is in force: nothing, once all have ended. */
async function leftOf(ids: string[]) {
  const { db } = world.app
  const grants = await db
    .selectFrom('grants')
    .select('id')
    .where('sourceId', 'in', ids)
    .where('revokedAt', 'is', null)
    .execute()
  const allowances = await db
    .selectFrom('policyAllowances')
    .select('id')
    .where('requestId', 'in', ids)
    .where('endedAt', 'is', null)
    .execute()
  const keys = await db
    .selectFrom('keys')
    .select('id')
    .where('name', 'like', 'wish-%')
    .where('state', '<>', 'revoked')
    .execute()
  return { grants, allowances, keys }
}

async function limits() {
  const { limitUsd, window } = await world.make('budgetView', { params: { budgetId } })
  const rate = await world.make('rateLimitView', { params: { rateLimitId } })
  return {
    base: Number(limitUsd),
    usd: Number(window.limitUsd),
    requests: rate.requestsPerMinute,
    tokens: rate.tokensPerMinute,
  }
}

test('whatever was asked for, approved and edited in between: once it has ended, nothing of it is left', async () => {
  const kindsSeen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      const before = await limits()
      const living: string[] = []
      const all: string[] = []
      let edited = 0
      const end = async (id: string) =>
        endAccessRequest(await world.eve.ctx(), {
          params: { accessRequestId: id },
          query: {},
          body: { reason: 'over' },
        })
      for (const one of steps) {
        if ('ask' in one) {
          const { id } = await world.ask(world.ada, wish(one.ask, one.amount))
          const first = await world.approve(world.max, id)
          if (first.state === 'pending') await world.approve(world.eve, id)
          kindsSeen.add(one.ask)
          living.push(id)
          all.push(id)
        } else if ('edit' in one) {
          const { base, requests } = await limits()
          edited += one.edit
          await world.make('budgetUpdate', { params: { budgetId }, body: { limitUsd: `${base + one.edit}` } })
          const body = { requestsPerMinute: requests + one.edit }
          await world.make('rateLimitUpdate', { params: { rateLimitId }, body })
        } else {
          const [id] = living.splice(one.end % Math.max(1, living.length), 1)
          if (id !== undefined) await end(id)
        }
      }
      for (const id of living) await end(id)
      expect(await leftOf(['none', ...all])).toEqual({ grants: [], allowances: [], keys: [] })
      expect(await limits()).toEqual({
        base: before.base + edited,
        usd: before.usd + edited,
        requests: before.requests + edited,
        tokens: before.tokens,
      })
    }),
    // Whatever chance brings, each kind is asked for.
    { numRuns: 12, examples: [[KINDS.map((ask) => ({ ask, amount: 1 }))]] },
  )
  expect(kindsSeen.size).toBe(KINDS.length)
})
