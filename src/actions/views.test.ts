import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { visitOf } from '../app.ts'
import { type Client, call } from '../contract/client.ts'
import { viewCreate, viewDelete, viewList } from '../contract/views.ts'
import { createSession } from './sessions.ts'

let world: World
let ada: Client
let grace: Client
beforeAll(async () => {
  world = await createWorld()
  ada = await signedIn()
  grace = await signedIn()
})
afterAll(() => world?.[Symbol.asyncDispose]())

async function signedIn(): Promise<Client> {
  const email = `${world.name()}@example.com`
  const { id: userId } = await world.make('userCreate', { body: { email, name: 'Somebody' } })
  const session = { userId, kind: 'cli', methods: ['pwd', 'otp'], mfa: true } as const
  const { secret } = await createSession(visitOf(world.app), session)
  return world.api.client(secret)
}

const save = (client: Client, name: string, query = 'by=team', page = '/usage') =>
  call(client, viewCreate, { body: { page, name, query } })
const namesOf = async (client: Client, query = {}) =>
  (await call(client, viewList, { query })).data.map(({ name }) => name)

describe('a saved view', () => {
  test('is its person’s alone: nobody else lists or deletes it', async () => {
    const view = await save(ada, 'Spend by team')
    expect(await namesOf(ada)).toContain('Spend by team')
    expect(await namesOf(grace)).toEqual([])
    await expect(call(grace, viewDelete, { params: { viewId: view.id } })).rejects.toMatchObject({
      code: 'not_found',
    })
    await call(ada, viewDelete, { params: { viewId: view.id } })
    expect(await namesOf(ada)).not.toContain('Spend by team')
  })

  test('is listed by name, of the page that is asked for', async () => {
    const here = await save(grace, 'b')
    const there = await save(grace, 'a', '', '/keys')
    expect(await namesOf(grace)).toEqual(['a', 'b'])
    expect(await namesOf(grace, { page: '/keys' })).toEqual(['a'])
    for (const { id } of [here, there]) await call(grace, viewDelete, { params: { viewId: id } })
  })

  test('has a name that its person has once on a page', async () => {
    const view = await save(grace, 'Mine')
    await expect(save(grace, 'Mine', 'by=key')).rejects.toMatchObject({ code: 'conflict' })
    await call(ada, viewDelete, { params: { viewId: (await save(ada, 'Mine')).id } })
    await call(grace, viewDelete, { params: { viewId: view.id } })
  })

  test.each([
    ['an address elsewhere', { page: 'https://example.com/' }],
    ['a page with a query', { page: '/usage?by=team' }],
    ['two slashes, which is another host', { page: '//example.com' }],
    ['a query with a line end', { query: 'by=team\r\nset-cookie: a=b' }],
    ['a query that is too long', { query: 'a'.repeat(2001) }],
  ])('with %s is refused', async (_, odd) => {
    const body = { page: '/usage', name: 'odd', query: '', ...odd }
    await expect(call(ada, viewCreate, { body })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  test('is one of fifty at most, also when two are saved at once', async () => {
    for (let i = 0; i < 49; i++) await save(ada, `view ${i}`)
    const two = await Promise.allSettled([save(ada, 'one more'), save(ada, 'and one more')])
    expect(two.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await namesOf(ada)).toHaveLength(50)
  })
})
