import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { routes } from '../src/api/routes.ts'
import { operations } from '../src/contract/all.ts'
import { type AnyOperation, successStatus } from '../src/contract/operation.ts'
import { withoutSecrets } from '../src/contract/secrets.ts'
import { samples } from './api-samples.ts'
import { createWorld, type World } from './world.ts'

/** Whoever may call these without signing in has to be named here. */
const OPEN = ['setupComplete']

const signedIn = operations.filter((operation) => operation.permission !== null)
const changing = signedIn.filter(({ name, method }) => method !== 'GET' && !samples[name]?.changesNothing)

let world: World
beforeAll(async () => {
  world = await createWorld()
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
      const { input } = await sample()
      const before = await auditEvents()
      const answer = await world.api.send(operation, input, { token: world.tokens.owner })
      expect(answer.body?.code ?? answer.status).toBe(successStatus(operation))
      if (operation.response) expect(operation.response.parse(answer.body)).toEqual(answer.body)
      expect((await auditEvents()) - before).toBe(changing.includes(operation) ? 1 : 0)
      expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
      expect(answer.headers.get('cache-control')).toBe('no-store')
    })

    test('refuses a stranger with 401', async () => {
      const { input } = await sample()
      const answer = await world.api.send(operation, input)
      expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated'])
    })

    test('shows and does nothing to another team', async () => {
      const { input, of } = await sample()
      const before = await auditEvents()
      const answer = await world.api.send(operation, input, { token: world.tokens.otherTeam })
      expect(await auditEvents()).toBe(before)
      if (of === 'organization') return expect(answer.status).toBe(403)
      if (of === 'team' && !isList(operation)) return expect(answer.status).toBe(404)
      expect(answer.status).toBe(200)
      expectNothingOf(world, answer.body)
    })

    if (operation.method === 'GET' && samples[operation.name]?.of === 'team') {
      test('shows a team its own', async () => {
        const { input } = await sample()
        const answer = await world.api.send(operation, input, { token: world.tokens.ownTeam })
        expect(answer.status).toBe(200)
      })
    }

    if (changing.includes(operation)) {
      test('refuses a viewer with 403', async () => {
        const { input } = await sample()
        const before = await auditEvents()
        const answer = await world.api.send(operation, input, { token: world.tokens.viewer })
        expect([answer.status, answer.body.code]).toEqual([403, 'forbidden'])
        expect(await auditEvents()).toBe(before)
      })
    }

    test('refuses a field that does not exist, and says which', async () => {
      const { input } = await sample()
      const query = await world.api.send(
        operation,
        { ...input, query: { ...input.query, nonsense: '1' } },
        { token: world.tokens.owner },
      )
      expect([query.status, query.body.errors?.[0].pointer]).toEqual([400, '/query/nonsense'])
      if (!operation.body) return
      const body = { ...(input.body as object), nonsense: 1 }
      const answer = await world.api.send(operation, { ...input, body }, { token: world.tokens.owner })
      expect(answer.status).toBe(400)
      expect(answer.body.errors).toContainEqual({
        pointer: '/body/nonsense',
        detail: 'there is no such field',
      })
    })

    if (operation.method === 'POST') {
      test('is done once when it is repeated, and shows no secret twice', async () => {
        const { input } = await sample()
        const before = await auditEvents()
        const headers = { 'idempotency-key': `matrix-${operation.name}` }
        const send = () => world.api.send(operation, input, { token: world.tokens.owner, headers })
        const [first, second] = [await send(), await send()]
        expect(second.status).toBe(first.status)
        expect(second.headers.get('idempotent-replayed')).toBe('true')
        expect(second.body).toEqual(operation.response && withoutSecrets(operation.response, first.body))
        expect((await auditEvents()) - before).toBe(changing.includes(operation) ? 1 : 0)
      })
    }

    if (operation.method === 'PATCH') {
      test('refuses to overwrite what the caller has not seen', async () => {
        const { input } = await sample()
        const options = { token: world.tokens.owner, headers: { 'if-match': '"999"' } }
        const answer = await world.api.send(operation, input, options)
        expect([answer.status, answer.body.code]).toEqual([412, 'precondition_failed'])
      })
    }
  },
)

/** A list or report: what a caller may not see is left out of it. */
function isList({ method, params }: AnyOperation): boolean {
  return method === 'GET' && Object.keys(params.shape).length === 0
}

async function auditEvents(): Promise<number> {
  const { count } = await world.app.db
    .selectFrom('auditEvents')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** The organization's own things may be in it; nothing of the first team may. */
function expectNothingOf({ ids }: World, body: unknown): void {
  const text = JSON.stringify(body)
  const { user, ...ofTeam } = ids
  for (const id of Object.values(ofTeam)) expect(text).not.toContain(id)
}
