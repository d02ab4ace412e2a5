import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { routes } from '../src/api/routes.ts'
import { operations } from '../src/contract/all.ts'
import { type AnyOperation, successStatus } from '../src/contract/operation.ts'
import { withoutSecrets } from '../src/contract/secrets.ts'
import { decide, decideAnywhere, reachesNothing, reachOf, sees } from '../src/domain/access.ts'
import type { Actor } from '../src/domain/actor.ts'
import { isRead } from '../src/domain/permission.ts'
import {
  CONFIDENTIAL,
  ORGANIZATION,
  type Place,
  projectPlace,
  teamPlace,
  wholeTeamPlace,
} from '../src/domain/place.ts'
import { type SamplePlace, samples } from './api-samples.ts'
import type { Sample, SendOptions } from './control-plane.ts'
import { printPermissions } from './print-permissions.ts'
import { actorOf, confirmed } from './step-up.ts'
import { createWorld, WITH_MAIL, type World } from './world.ts'

/** Whoever may call these without signing in has to be named here. */
const OPEN = ['setupComplete']

const signedIn = operations.filter((operation) => operation.permission !== null)
const changing = signedIn.filter(({ name, method }) => method !== 'GET' && !samples[name]?.changesNothing)

/** What each operation answered to whom. */
const observed = new Map<string, Record<string, string>>()

let world: World
let ownerId: string | null
beforeAll(async () => {
  world = await createWorld(WITH_MAIL)
  ownerId = (await actorOf(world.app, world.tokens.owner)).userId
})
afterAll(() => world?.[Symbol.asyncDispose]())

test('every operation is served, and nothing else', () => {
  expect(routes.map(({ operation }) => operation.name).sort()).toEqual(
    operations.map(({ name }) => name).sort(),
  )
})

test('every operation has a sample here, so that it is checked', () => {
  expect(operations.map(({ name }) => name).filter((name) => !samples[name] && !OPEN.includes(name))).toEqual(
    [],
  )
  expect(
    Object.keys(samples).filter((name) => !operations.some((operation) => operation.name === name)),
  ).toEqual([])
})

test('only the named operations need no sign-in', () => {
  expect(operations.filter((operation) => operation.permission === null).map(({ name }) => name)).toEqual(
    OPEN,
  )
})

describe.each(signedIn.map((operation) => ({ name: operation.name, operation })))(
  '$name',
  ({ operation }) => {
    const sample = async () => {
      const found = samples[operation.name]
      if (!found) throw new Error(`${operation.name} has no sample in api-samples.ts`)
      return { ...found, input: await found.input(world) }
    }

    test('answers its owner what the contract says, and leaves one audit event if it changes something', async () => {
      const { input, place } = await sample()
      const options = await asOwner(operation, input, place)
      const before = await auditEvents()
      const answer = await world.api.send(operation, input, options)
      expect(answer.body?.code ?? answer.status).toBe(successStatus(operation))
      if (operation.response) expect(operation.response.parse(answer.body)).toEqual(answer.body)
      expect((await auditEvents()) - before).toBe(eventsOf(operation))
      expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
      expect(answer.headers.get('cache-control')).toBe('no-store')
    })

    test('refuses a stranger with 401', async () => {
      const { input } = await sample()
      const answer = await world.api.send(operation, input)
      expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated'])
    })

    test('answers everybody as their role says, and leaves nothing behind where it refuses', async () => {
      const row: Record<string, string> = {}
      for (const [who, token] of Object.entries(columns(world.tokens))) {
        const { input, place } = await sample()
        const before = await auditEvents()
        const answer = await world.api.send(operation, input, { token })
        const refused = answer.status >= 300
        const expected = expectedStatus(await actorOf(world.app, token), operation, place)
        expect([who, answer.status, answer.body?.detail], place).toEqual([who, expected, answer.body?.detail])
        expect((await auditEvents()) - before, who).toBe(refused ? 0 : eventsOf(operation))
        if (who === 'otherTeam' && !refused && operation.permission !== 'self') {
          expectNothingOf(world, answer.body)
        }
        row[who] =
          answer.body?.code === 'step_up_required' ? 'confirm' : refused ? String(answer.status) : 'yes'
      }
      observed.set(operation.name, row)
    })

    test('refuses a field that does not exist, and says which', async () => {
      const { input, place } = await sample()
      const query = await world.api.send(
        operation,
        { ...input, query: { ...input.query, nonsense: '1' } },
        { token: ownToken(place) },
      )
      expect([query.status, query.body.errors?.[0].pointer]).toEqual([400, '/query/nonsense'])
      if (!operation.body) return
      const body = { ...(input.body as object), nonsense: 1 }
      const answer = await world.api.send(operation, { ...input, body }, { token: ownToken(place) })
      expect(answer.status).toBe(400)
      expect(answer.body.errors).toContainEqual({
        pointer: '/body/nonsense',
        detail: 'there is no such field',
      })
    })

    if (operation.method === 'POST') {
      test('is done once when it is repeated, and shows no secret twice', async () => {
        const { input, place } = await sample()
        const { token, headers } = await asOwner(operation, input, place)
        const before = await auditEvents()
        const repeatable = { ...headers, 'idempotency-key': `matrix-${operation.name}` }
        const send = () => world.api.send(operation, input, { token, headers: repeatable })
        const [first, second] = [await send(), await send()]
        expect(second.status).toBe(first.status)
        expect(second.headers.get('idempotent-replayed')).toBe('true')
        expect(second.body).toEqual(operation.response && withoutSecrets(operation.response, first.body))
        expect((await auditEvents()) - before).toBe(eventsOf(operation))
      })
    }

    if (operation.method === 'PATCH') {
      test('refuses to overwrite what the caller has not seen', async () => {
        const { input, place } = await sample()
        const options = { token: ownToken(place), headers: { 'if-match': '"999"' } }
        const answer = await world.api.send(operation, input, options)
        expect([answer.status, answer.body.code]).toEqual([412, 'precondition_failed'])
      })
    }
  },
)

test('the table of what each role may do is the printed one', async () => {
  await expect(printPermissions(signedIn, observed)).toMatchFileSnapshot('../docs/permissions.md')
})

/** `viewer` is the analyst by another name. */
function columns({ viewer: _, ...tokens }: World['tokens']): Record<string, string> {
  return tokens
}

function eventsOf(operation: AnyOperation): number {
  return samples[operation.name]?.events ?? (changing.includes(operation) ? 1 : 0)
}

/** What is a person's alone is asked in the owner's session, the rest by their API token. */
function ownToken(place: SamplePlace): string {
  return place === 'person' || place === 'confirmed' ? world.tokens.person : world.tokens.owner
}

/** The same with the confirmation of exactly this request, where it needs one. */
async function asOwner(
  operation: AnyOperation,
  input: Sample,
  place: SamplePlace,
): Promise<Required<SendOptions>> {
  const token = ownToken(place)
  return { token, headers: place === 'confirmed' ? await confirmed(world.app, token, operation, input) : {} }
}

/** What the rules say: not there for who may not know of it, forbidden for who may not do it. */
function expectedStatus(actor: Actor, operation: AnyOperation, place: SamplePlace): number {
  const { permission } = operation
  const done = successStatus(operation)
  if (place === 'person') return actor.kind === 'session' ? done : 403
  if (place === 'confirmed') return 403
  if (place === 'own') return actor.userId === ownerId ? done : 404
  if (permission === null || permission === 'self') return done
  if (place === 'everyone') return decideAnywhere(actor, permission).allowed ? done : 403
  if (isList(operation) && place !== 'confidential') {
    return reachesNothing(reachOf(actor, permission)) ? 403 : done
  }
  const { seen, done: doneAt } = placesOf(place, isRead(permission))
  if (!sees(actor, seen)) return 404
  return decide(actor, permission, doneAt).allowed ? done : 403
}

function placesOf(place: SamplePlace, reads: boolean): { seen: Place; done: Place } {
  const { team, project: id } = world.ids
  const project = projectPlace({ id, teamId: team })
  const same = (place: Place) => ({ seen: place, done: place })
  switch (place) {
    case 'team':
      return same(teamPlace(team))
    case 'whole-team':
      return same(wholeTeamPlace(team))
    case 'rule-on-team':
      return {
        seen: wholeTeamPlace(team),
        done: reads ? wholeTeamPlace(team) : { ...ORGANIZATION, production: true },
      }
    case 'project':
      return same(project)
    case 'production':
      return same({ ...project, production: true })
    case 'bindings':
      return { seen: project, done: reads ? project : ORGANIZATION }
    case 'confidential':
      // They are asked for their permission first: everybody knows that there are users and credentials.
      return { seen: ORGANIZATION, done: CONFIDENTIAL }
    case 'shared':
      return { seen: ORGANIZATION, done: { ...ORGANIZATION, production: true } }
    case 'shared-confidential':
      return { seen: ORGANIZATION, done: { ...CONFIDENTIAL, production: true } }
    default:
      return same(ORGANIZATION)
  }
}

/** A list or report: what a caller may not see is left out of it. */
function isList({ method, params }: AnyOperation): boolean {
  return method === 'GET' && Object.keys(params.shape).length === 0
}

async function auditEvents(): Promise<number> {
  const { count } = await world.app.db
    .selectFrom('auditEvents')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    // That somebody was refused, or looked at usage, is written down once in a while: see audit-trail.test.ts.
    .where('result', '=', 'done')
    .where('action', 'not in', ['usage.report', 'request.list', 'request.view', 'key.traffic'])
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** The organization's own things may be in it; nothing of the first team may. */
function expectNothingOf({ ids }: World, body: unknown): void {
  const text = JSON.stringify(body)
  const { user, ...ofTeam } = ids
  for (const id of Object.values(ofTeam)) expect(text).not.toContain(id)
}
