import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../src/contract/all.ts'
import { type AnyOperation, successStatus } from '../../src/contract/operation.ts'
import { type IdKind, newId } from '../../src/ids.ts'
import { type SamplePlace, samples } from '../api-samples.ts'
import type { Answer, Sample } from '../control-plane.ts'
import { fingerprint, tablesOf } from '../fingerprint.ts'
import { type IsolationRow, printIsolation } from '../print-isolation.ts'
import { confirmed } from '../step-up.ts'
import { OUR_PEOPLE, THEIR_MARK, type TwoTeams, twoTeams } from '../two-teams.ts'

/**
 * 77, 78, 79, 85: two teams of one installation. Everybody of ours calls each operation of the contract with whatever
 * it names being the other team's. It is not there for them: by its status, by what it says, by what it leaves behind,
 * and by being no other answer than the one for an id that was never given.
 */

const ID = /\b[a-z]+_[0-9A-HJKMNP-TV-Z]{26}\b/g
/** What is in no team: people, and what the organization shares. Whoever may name them at all may name any. */
const IN_NO_TEAM = new Set(['usr', 'prv', 'crd', 'mdl', 'role', 'doc', 'org'])
/** Where names of what the organization shares are answered: those bear the mark as well, since samples made them. */
const SHARED = new Set(['documentDue', 'documentAcknowledge', 'profileView'])
/** Their people are warned when somebody tries a link that is not theirs. */
const WARNS = new Set(['deliveryOpen'])

const signedIn = operations.filter(({ permission }) => permission !== null)
const rows = signedIn.map((operation) => ({ name: operation.name, operation }))
const observed = new Map<string, IsolationRow>()

let world: TwoTeams
/** Every id that belongs to the other team, when it had done everything once. */
let theirIds: Set<string>
/** What the other team has under each name of a field: `keyId`, `scope.id`. */
const theirValues = new Map<string, string>()

beforeAll(async () => {
  world = await twoTeams()
  // Without, there is nothing to attest.
  await world.theirs.make('ownershipUpdate', { body: { attestationDays: 90 } })
  for (const operation of signedIn) {
    const { input } = await theirSample(operation)
    for (const { path, value } of idsIn(input)) theirValues.set(path.at(-1) ?? '', value)
    await expectDone(operation, input)
  }
  theirIds = await idsOf(Object.values(world.theirs.ids))
}, 120_000)
afterAll(() => world?.[Symbol.asyncDispose]())

describe.each(rows)('$name', ({ operation }) => {
  test('77, 79: of what the other team has, it tells and changes nothing', async () => {
    const { input, place } = await theirSample(operation)
    const unknown = withUnknownIds(input, operation)
    const before = await fingerprint(world.theirs.app.db)
    const ours: Record<string, string> = {}
    for (const who of OUR_PEOPLE) {
      const token = world.people[who]
      const answer = await world.ours.api.send(operation, all(operation, input), { token })
      expectNothingOfThem(operation, answer, input)
      const expected = expectedStatuses(operation, place, who)
      expect(expected, `${who}: ${JSON.stringify(answer.body)}`).toContain(answer.status)
      ours[who] = answer.status < 300 ? 'yes' : String(answer.status)
      if (answer.status < 300 || JSON.stringify(unknown) === JSON.stringify(input)) continue
      const none = await world.ours.api.send(operation, all(operation, unknown), { token })
      expect([none.status, withoutIds(none)], who).toEqual([answer.status, withoutIds(answer)])
    }
    const refused = Object.values(ours).every((status) => status !== 'yes')
    if (refused && !WARNS.has(operation.name)) expect(await fingerprint(world.theirs.app.db)).toEqual(before)
    const own = await world.theirs.api.send(operation, input, { token: world.theirAdmin })
    if (isOfTeam(place)) expect(own.status, JSON.stringify(own.body)).toBe(successStatus(operation))
    observed.set(operation.name, {
      theirs: own.status < 300 ? 'yes' : String(own.status),
      ours,
      positions: [],
      isList: isList(operation) && place !== 'everyone' && place !== 'self',
    })
  })

  test('77, 78, 85: one id of theirs among ours is answered like one that nobody ever gave', async () => {
    const positions = await positionsIn(operation)
    for (const position of positions) {
      const input = await ourSample(operation)
      const send = (value: string) =>
        world.ours.api.send(operation, all(operation, placed(input, position.path, value)), {
          token: world.people['team admin'],
        })
      const before = await fingerprint(world.theirs.app.db)
      const answer = await send(position.value)
      const where = `${position.path.join('.')}: ${JSON.stringify(answer.body)}`
      expectNothingOfThem(operation, answer, placed(input, position.path, position.value))
      const none = await send(unknownLike(position.value))
      expect([answer.status, withoutIds(answer)], where).toEqual([none.status, withoutIds(none)])
      if (operation.method === 'GET') continue
      expect(answer.status, where).toBeGreaterThanOrEqual(400)
      expect(await fingerprint(world.theirs.app.db), where).toEqual(before)
    }
    const seen = observed.get(operation.name)
    if (seen) seen.positions = positions.map(({ path }) => path.slice(1).join('.'))
  })
})

describe('77: what can be said in several ways is tried in each', () => {
  const scopes = ['team', 'project', 'environment', 'serviceAccount', 'key'] as const
  const inScope = () =>
    scopes.map((name) => ({
      type: name === 'serviceAccount' ? 'service_account' : name,
      id: theirValues.get(`${name}Id`) ?? '',
    }))
  const ask = (kind: string, target: string, terms: object) => ({
    body: { kind, reason: 'a test', [target]: theirValues.get(target), ...terms },
  })
  const until = new Date(Date.now() + 86_400_000).toISOString()
  const inEachWay: Record<string, () => Sample[]> = {
    accessCheck: () => inScope().map((target) => ({ body: { targets: [target] } })),
    accessExplain: () =>
      (['teamId', 'projectId'] as const).map((where) => ({
        query: { permission: 'key:read', [where]: theirValues.get(where) ?? '' },
      })),
    acknowledgementList: () => [{ query: { teamId: theirValues.get('teamId') ?? '' } }],
    policyView: () => inScope().map(({ type, id }) => ({ params: { scopeType: type, scopeId: id } })),
    policySet: () =>
      inScope().map(({ type, id }) => ({
        params: { scopeType: type, scopeId: id },
        body: { models: ['a/*'] },
      })),
    budgetCreate: () =>
      inScope().map((scope) => ({ body: { scope, name: 'more', limitUsd: '5', period: 'day' } })),
    rateLimitCreate: () => inScope().map((scope) => ({ body: { scope, requestsPerMinute: 6 } })),
    accessRequestCreate: () => [
      ask('key', 'environmentId', { name: 'nightly' }),
      ask('model', 'projectId', { models: ['a/*'], until }),
      ask('model', 'keyId', { models: ['a/*'], until }),
      ask('budget', 'budgetId', { addUsd: '5', until }),
      ask('rate', 'rateLimitId', { addRequestsPerMinute: 5, until }),
      ask('production', 'projectId', { role: 'viewer', until }),
      ask('team', 'teamId', { role: 'viewer' }),
      ask('expiry', 'keyId', { expiresAt: until }),
    ],
  }

  test.each(Object.keys(inEachWay))('%s', async (name) => {
    const operation = signedIn.find((operation) => operation.name === name)
    for (const input of inEachWay[name]?.() ?? []) {
      for (const who of OUR_PEOPLE) {
        if (!operation) throw new Error(`there is no operation ${name}`)
        const answer = await world.ours.api.send(operation, input, { token: world.people[who] })
        const said = `${who}: ${JSON.stringify(input)} ${JSON.stringify(answer.body)}`
        expect(answer.status, said).toBe(404)
      }
    }
  })
})

describe('79: lists', () => {
  /** Their order is that of a time, which a cursor is looked up for. The others go by ids, and look up nothing. */
  const LOOKS_UP = new Set(['requestList', 'auditList'])
  const lists = rows.filter(({ operation }) => isList(operation))

  test.each(lists.filter(({ name }) => isOfTeam(samples[name]?.place ?? 'self')))(
    '$name has something of theirs, for who may see it',
    async ({ operation }) => {
      const { input } = await theirSample(operation)
      const { body } = await world.ours.api.send(operation, all(operation, input), {
        token: world.ours.tokens.owner,
      })
      const known = await idsOf(Object.values(world.theirs.ids))
      expect((JSON.stringify(body).match(ID) ?? []).some((id) => known.has(id))).toBe(true)
    },
  )

  test.each(lists.filter(({ operation }) => 'cursor' in operation.query.shape))(
    '$name goes on from an entry of theirs as from one that is not there',
    async ({ operation }) => {
      const token = world.people['team admin']
      const { body } = await world.ours.api.send(operation, all(operation, {}), {
        token: world.ours.tokens.owner,
      })
      const entries: string[] = (body.data ?? []).map(({ id }: { id?: string }) => id)
      const known = await idsOf(Object.values(world.theirs.ids))
      for (const cursor of entries.filter((id) => known.has(id)).slice(0, 20)) {
        const answer = await world.ours.api.send(operation, { query: { cursor } }, { token })
        expectNothingOfThem(operation, answer, { query: { cursor } })
        if (!LOOKS_UP.has(operation.name)) continue
        const query = { cursor: unknownLike(cursor) }
        const none = await world.ours.api.send(operation, { query }, { token })
        expect(withoutIds(answer)).toBe(withoutIds(none))
      }
    },
  )

  test.each([
    ['requestList', { model: '%' }],
    ['requestList', { modelPrefix: '%' }],
    ['requestList', { modelPrefix: '_' }],
    ['requestList', { modelPrefix: 'zz\\' }],
    ['auditList', { action: '%' }],
    ['auditList', { action: 'team.%' }],
  ])('%s with %j finds what is called so, and nothing else', async (name, query) => {
    const operation = signedIn.find((operation) => operation.name === name) as AnyOperation
    const answer = await world.ours.api.send(operation, { query }, { token: world.ours.tokens.owner })
    expect([200, 400]).toContain(answer.status)
    if (answer.status === 200) expect(answer.body.data).toEqual([])
  })
})

test('the table of what one team gets of another is the printed one', async () => {
  await expect(printIsolation(observed, OUR_PEOPLE)).toMatchFileSnapshot('../../docs/isolation.md')
})

/** The input with the other team's ids, as the samples make it. */
async function theirSample({ name }: AnyOperation): Promise<{ input: Sample; place: SamplePlace }> {
  const sample = samples[name]
  if (!sample) throw new Error(`${name} has no sample in api-samples.ts`)
  return { input: await sample.input(world.theirs), place: sample.place }
}

async function ourSample({ name }: AnyOperation): Promise<Sample> {
  return (await samples[name]?.input(world.ours)) ?? {}
}

/** Where an operation takes an id, as its sample and the contract say, and what of theirs would stand there. */
async function positionsIn(operation: AnyOperation): Promise<Position[]> {
  const sampled = idsIn((await theirSample(operation)).input)
  const named = [
    ...Object.keys(operation.query.shape).map((name) => ['query', name]),
    ...Object.keys(operation.body?.shape ?? {}).map((name) => ['body', name]),
  ].flatMap((path) => {
    const value = theirValues.get(path.at(-1) ?? '')
    return value === undefined ? [] : [{ path, value }]
  })
  const all = [...sampled, ...named].filter(({ value }) => !IN_NO_TEAM.has(kindOf(value)))
  return all.filter(({ path }, index) => all.findIndex((one) => `${one.path}` === `${path}`) === index)
}

/** What says the same in another way is left out, or the input would be refused for saying both. */
const INSTEAD: Record<string, string[]> = {
  teamId: ['projectId', 'environmentId'],
  projectId: ['teamId', 'environmentId'],
  keyId: ['environmentId'],
  budgetId: ['environmentId'],
  rateLimitId: ['environmentId'],
  serviceAccountId: ['userId'],
}

/** The input with `value` at that place. */
function placed(input: Sample, path: string[], value: string): Sample {
  const copy = structuredClone(input)
  // The path leads through what the input itself is made of.
  let inner = copy as Record<string, Record<string, never> | string>
  for (const name of path.slice(0, -1)) {
    inner[name] ??= {}
    inner = inner[name] as typeof inner
  }
  const last = path.at(-1) ?? ''
  if (!(last in inner)) for (const other of INSTEAD[last] ?? []) delete inner[other]
  inner[last] = value
  return copy
}

async function expectDone(operation: AnyOperation, input: Sample): Promise<void> {
  const { theirs } = world
  const place = samples[operation.name]?.place
  const inPerson = place === 'person' || place === 'confirmed'
  const token = inPerson ? theirs.tokens.person : theirs.tokens.owner
  const headers = place === 'confirmed' ? await confirmed(theirs.app, token, operation, input) : {}
  const answer = await theirs.api.send(operation, input, { token, headers })
  expect([operation.name, answer.status, answer.body?.detail]).toEqual([
    operation.name,
    successStatus(operation),
    answer.body?.detail,
  ])
}

function isList({ method, params }: AnyOperation): boolean {
  return method === 'GET' && Object.keys(params.shape).length === 0
}

function isOfTeam(place: SamplePlace): boolean {
  return ['team', 'whole-team', 'project', 'production'].includes(place)
}

/** Refused before anybody looks for what they name, whatever it is. */
const ONLY_PEOPLE = new Set(['invitationCreate'])

function expectedStatuses(operation: AnyOperation, place: SamplePlace, who: string): number[] {
  const done = successStatus(operation)
  switch (place) {
    case 'everyone':
      return [done, 403]
    case 'self':
      // A service account has no profile.
      return who === 'service account' ? [done, 404] : [done]
    case 'person':
    case 'confirmed':
      // Their own profile, which is no team's; what names somebody else's is not there.
      return who === 'admin, in person' ? [done, 400, 403, 404, 409] : [403]
    case 'organization':
    case 'confidential':
    case 'shared':
    case 'shared-confidential':
      return [403]
    default:
      if (who === 'service account' && ONLY_PEOPLE.has(operation.name)) return [403]
      return isList(operation) ? [done, 403] : [404]
  }
}

/** The longest page there is. */
function all(operation: AnyOperation, input: Sample): Sample {
  return 'limit' in operation.query.shape ? { ...input, query: { ...input.query, limit: '200' } } : input
}

function expectNothingOfThem(operation: AnyOperation, { body }: Answer, input: Sample): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const asked = new Set(idsIn(input).map(({ value }) => value))
  // An id that is repeated back was known before.
  const told = (text.match(ID) ?? []).filter((id) => theirIds.has(id) && !asked.has(id))
  expect(told).toEqual([])
  if (samples[operation.name]?.place === 'everyone' || SHARED.has(operation.name)) return
  expect(text).not.toContain(THEIR_MARK)
}

type Position = { path: string[]; value: string }

/** Each id in an input, and where it stands. */
function idsIn(value: unknown, path: string[] = []): Position[] {
  if (typeof value === 'string') return value.match(ID)?.[0] === value ? [{ path, value }] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => idsIn(inner, [...path, name]))
}

/** The same input with ids that nobody ever gave. */
function withUnknownIds(input: Sample, operation: AnyOperation): Sample {
  const refusedFirst = samples[operation.name]?.place === 'confidential'
  return JSON.parse(
    JSON.stringify(input).replace(ID, (id) =>
      IN_NO_TEAM.has(kindOf(id)) && !refusedFirst ? id : unknownLike(id),
    ),
  )
}

function unknownLike(id: string): string {
  // Only kinds that we make stand in our ids.
  return newId(kindOf(id) as IdKind)
}

function kindOf(id: string): string {
  return id.slice(0, id.indexOf('_'))
}

function withoutIds({ body }: Answer): string {
  return JSON.stringify(body)
    .replace(ID, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
}

/** Every row of the database by its text, as ids and the table it is in. */
async function everyRow(): Promise<{ id: string | null; text: string }[]> {
  const found = await Promise.all(
    (await tablesOf(world.theirs.app.db)).map((table) =>
      sql<{ id: string | null; text: string }>`
        select to_jsonb(t) ->> 'id' as id, to_jsonb(t)::text as text from ${sql.table(table)} t`.execute(
        world.theirs.app.db,
      ),
    ),
  )
  return found.flatMap(({ rows }) => rows)
}

/** The ids of all rows that speak of these, and of those that speak of them in turn. */
async function idsOf(seeds: string[]): Promise<Set<string>> {
  const known = new Set(seeds)
  const rows = (await everyRow()).map(({ id, text }) => ({ id, ids: text.match(ID) ?? [] }))
  for (let size = 0; size < known.size; ) {
    size = known.size
    for (const { id, ids } of rows) if (id !== null && ids.some((one) => known.has(one))) known.add(id)
  }
  return known
}
