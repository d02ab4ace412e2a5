import { expect, test } from 'vitest'
import { issueToken } from '../../test/control-plane.ts'
import { twoTeams } from '../../test/two-teams.ts'
import { call } from '../contract/client.ts'
import { nameList } from '../contract/names.ts'

test('what is called how is told of what one may see, and of nothing else', async () => {
  await using world = await twoTeams()
  const { ours, theirs, people } = world
  const ids = (of: typeof ours) => [of.ids.team, of.ids.project, of.ids.environment, of.ids.serviceAccount]
  const ask = async (token: string, asked: string[]) => {
    const client = ours.api.client(token)
    return (await call(client, nameList, { query: { ids: asked.join(',') } })).names
  }
  const both = [...ids(ours), ...ids(theirs)]
  const seen = await ask(people['team viewer'], both)
  expect(Object.keys(seen).sort()).toEqual(ids(ours).sort())
  expect(JSON.stringify(seen)).not.toContain('zztheirs')
  expect(Object.keys(await ask(world.ours.tokens.owner, both)).sort()).toEqual(both.sort())
})

test('a person is known by name to who sees where they work, and to who may list people', async () => {
  await using world = await twoTeams()
  const { ours, theirs, people } = world
  const colleague = await issueToken(ours.app, { role: 'builder', projectId: ours.ids.project })
  const stranger = await issueToken(ours.app, { role: 'builder', projectId: theirs.ids.project })
  const ask = async (token: string) => {
    const query = { ids: [colleague.userId, stranger.userId].join(',') }
    return Object.keys((await call(ours.api.client(token), nameList, { query })).names).sort()
  }
  expect(await ask(people['team viewer'])).toEqual([colleague.userId])
  expect(await ask(stranger.secret)).toEqual([stranger.userId])
  expect(await ask(ours.tokens.owner)).toEqual([colleague.userId, stranger.userId].sort())
})
