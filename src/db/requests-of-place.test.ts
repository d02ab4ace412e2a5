import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertUsageRow } from '../../test/usage-row.ts'
import { createWorld, type World } from '../../test/world.ts'
import type { Within } from '../domain/access.ts'
import { newId } from '../ids.ts'
import { listUsageRows, type UsageFilter, type UsageRow } from './requests.ts'

type Place = { teamId: string; projectId: string; environmentId: string }

const people = [newId('usr'), newId('usr')]
const places: Place[] = []
let world: World
let rows: UsageRow[]

beforeAll(async () => {
  world = await createWorld()
  const { app, make } = world
  const keys: (Place & { keyId: string })[] = []
  for (const team of ['Search', 'Mobile']) {
    const { id: teamId } = await make('teamCreate', { body: { name: team } })
    for (const name of ['one', 'two']) {
      const { id: projectId } = await make('projectCreate', { body: { teamId, name } })
      const { id: serviceAccountId } = await make('serviceAccountCreate', { body: { projectId, name } })
      const { id: environmentId } = await make('environmentCreate', {
        body: { projectId, name, kind: 'development' },
      })
      places.push({ teamId, projectId, environmentId })
      for (let i = 0; i < 5; i++) {
        const body = { environmentId, serviceAccountId, name: `${name} ${i}` }
        const { key } = await make('keyCreate', { body })
        keys.push({ teamId, projectId, environmentId, keyId: key.id })
      }
    }
  }
  const since = Date.now() - 90_000_000
  for (let i = 0; i < 400; i++) {
    // The first of a place call often and the last seldom, some at the same moment.
    const key = keys[(i * i * 7 + (i >> 3)) % (i % 3 === 0 ? keys.length : 3)]
    const at = new Date(since + Math.floor(i / 2) * 60_000)
    const userId = i % 4 === 0 ? (people[i % 8 === 0 ? 0 : 1] ?? null) : null
    await insertUsageRow(app, {
      ...key,
      userId,
      admittedAt: at,
      settledAt: at,
      status: i % 5 === 0 ? 500 : 200,
    })
  }
  rows = await app.db.selectFrom('usage').selectAll().execute()
})
afterAll(() => world[Symbol.asyncDispose]())

const REACHES: (() => Within)[] = [
  () => 'everything',
  () => ({ teamIds: [places[0]?.teamId ?? ''], projectIds: [], ownerUserId: people[0] ?? null }),
  () => ({ teamIds: [], projectIds: [places[1]?.projectId ?? ''], ownerUserId: people[1] ?? null }),
  () => ({ teamIds: [], projectIds: [], ownerUserId: people[0] ?? null }),
  () => ({ teamIds: [places[2]?.teamId ?? ''], projectIds: [places[0]?.projectId ?? ''], ownerUserId: null }),
]

describe('a page of the calls of a place', () => {
  test('has the newest that its reader may see, and the pages together all of them', async () => {
    const question = fc.record({
      reach: fc.nat(REACHES.length - 1),
      place: fc.nat(3),
      by: fc.constantFrom('environmentId', 'projectId'),
      team: fc.option(fc.nat(3), { nil: undefined }),
      status: fc.constantFrom(undefined, 500),
      failed: fc.constantFrom(undefined, true, false),
      limit: fc.constantFrom(2, 3, 7, 200),
    })
    await fc.assert(
      fc.asyncProperty(question, async ({ reach, place, by, team, limit, ...rest }) => {
        const filter: UsageFilter = {
          ...rest,
          within: REACHES[reach]?.() ?? 'everything',
          [by]: places[place]?.[by as 'projectId'],
          teamId: team === undefined ? undefined : places[team]?.teamId,
        }
        const found: string[] = []
        let cursor: string | undefined
        do {
          const page = await listUsageRows(world.app.db, { ...filter, limit, cursor })
          expect(page.length).toBeLessThanOrEqual(limit)
          found.push(...page.map(({ id }) => id))
          cursor = page.length === limit ? page.at(-1)?.id : undefined
        } while (cursor !== undefined)
        expect(found).toEqual(meant(filter))
      }),
      { numRuns: 150, seed: 20261126 },
    )
  }, 120_000)
})

/** The same, in the plainest way there is. */
function meant({ within, teamId, projectId, environmentId, status, failed }: UsageFilter): string[] {
  const fits = (wanted: unknown, has: unknown) => wanted === undefined || wanted === has
  return rows
    .filter(
      (row) =>
        (within === 'everything' ||
          within.teamIds.includes(row.teamId) ||
          within.projectIds.includes(row.projectId) ||
          (row.userId !== null && row.userId === within.ownerUserId)) &&
        fits(teamId, row.teamId) &&
        fits(projectId, row.projectId) &&
        fits(environmentId, row.environmentId) &&
        fits(status, row.status) &&
        fits(failed, row.status >= 400),
    )
    .sort((a, b) => +b.admittedAt - +a.admittedAt || (a.id < b.id ? 1 : -1))
    .map(({ id }) => id)
}
