import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type ControlPlane, issueToken, serveControlPlane } from '../../test/control-plane.ts'
import { call } from '../contract/client.ts'
import { environmentCreate } from '../contract/environments.ts'
import { keyCreate, keyList } from '../contract/keys.ts'
import { projectCreate, projectList } from '../contract/projects.ts'
import { serviceAccountCreate } from '../contract/service-accounts.ts'
import { teamCreate, teamList } from '../contract/teams.ts'
import { userCreate, userList } from '../contract/users.ts'

let app: TestApp
let api: ControlPlane
const ids: Record<string, string> = {}
let hint = ''

beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
  const owner = api.client(api.owner)
  for (const name of ['Suche 100%', 'Ranking_1']) {
    const team = await call(owner, teamCreate, { body: { name } })
    const project = await call(owner, projectCreate, { body: { teamId: team.id, name: `${name} bot` } })
    const place = { projectId: project.id, name: 'staging' }
    const environment = await call(owner, environmentCreate, { body: { ...place, kind: 'staging' } })
    const account = await call(owner, serviceAccountCreate, { body: place })
    const made = await call(owner, keyCreate, {
      body: { environmentId: environment.id, serviceAccountId: account.id, name: `nightly ${name}` },
    })
    Object.assign(ids, { [name]: team.id, [`${name} key`]: made.key.id, [`${name} project`]: project.id })
    if (name === 'Suche 100%') hint = made.secret.slice(-4)
  }
  ids.ada = (await call(owner, userCreate, { body: { name: 'Ada Ümit', email: 'ada@example.com' } })).id
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const keys = async (q: string, token = api.owner) =>
  (await call(api.client(token), keyList, { query: { q } })).data.map(({ id }) => id)

test('finds keys by part of the name in any case, by the end of the hint, and by id', async () => {
  expect(await keys('NIGHTLY')).toHaveLength(2)
  expect(await keys('suche')).toEqual([ids['Suche 100% key']])
  expect(await keys(hint)).toEqual([ids['Suche 100% key']])
  expect(await keys(ids['Ranking_1 key'] ?? '')).toEqual([ids['Ranking_1 key']])
  expect(await keys('nobody has this')).toEqual([])
})

test('takes signs that patterns are made of as they are', async () => {
  expect(await keys('100%')).toEqual([ids['Suche 100% key']])
  expect(await keys('%')).toEqual([ids['Suche 100% key']])
  expect(await keys('g_1')).toEqual([ids['Ranking_1 key']])
})

test('finds nothing that the list would not show', async () => {
  const { secret } = await issueToken(app, { role: 'viewer', teamId: ids.Ranking_1 ?? '' })
  expect(await keys('nightly', secret)).toEqual([ids['Ranking_1 key']])
  expect(await keys(hint, secret)).not.toContain(ids['Suche 100% key'])
  expect(await keys(ids['Suche 100% key'] ?? '', secret)).toEqual([])
})

test('finds users, teams and projects', async () => {
  const owner = api.client(api.owner)
  const users = async (q: string) => (await call(owner, userList, { query: { q } })).data.map(({ id }) => id)
  expect(await users('ümit')).toEqual([ids.ada])
  expect(await users('ADA@')).toEqual([ids.ada])
  const teams = await call(owner, teamList, { query: { q: 'rank' } })
  expect(teams.data.map(({ id }) => id)).toEqual([ids.Ranking_1])
  const projects = await call(owner, projectList, { query: { q: 'suche 100% BOT' } })
  expect(projects.data.map(({ id }) => id)).toEqual([ids['Suche 100% project']])
})
