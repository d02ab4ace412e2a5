import { expect, test } from 'vitest'
import { Failure } from './failure.ts'
import { type Item, type ListItems, resolveName } from './names.ts'
import { type Noun, parentField } from './nouns.ts'

const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(26, '0')}`

const SEARCH = id('team', 1)
const ADS = id('team', 2)
const THINGS: Partial<Record<Noun, Item[]>> = {
  organization: [{ id: id('org', 1), name: 'Acme' }],
  team: [
    { id: SEARCH, name: 'Search' },
    { id: ADS, name: 'Ads' },
  ],
  project: [
    { id: id('prj', 1), teamId: SEARCH, name: 'Site' },
    { id: id('prj', 2), teamId: ADS, name: 'Site' },
    { id: id('prj', 3), teamId: ADS, name: 'a/b' },
  ],
  environment: [
    { id: id('env', 1), projectId: id('prj', 1), name: 'staging' },
    { id: id('env', 2), projectId: id('prj', 2), name: 'staging' },
    { id: id('env', 3), projectId: id('prj', 2), name: 'production' },
  ],
  user: [{ id: id('usr', 1), email: 'ada@acme.example', name: 'Ada' }],
  provider: [
    { id: id('prv', 1), name: 'openai', archivedAt: '2026-11-01T00:00:00Z' },
    { id: id('prv', 2), name: 'openai', archivedAt: null },
    { id: id('prv', 3), name: 'old', archivedAt: '2026-11-01T00:00:00Z' },
  ],
  key: [],
}

const list: ListItems = async (noun, parentId) =>
  (THINGS[noun] ?? []).filter((item) => parentId === undefined || item[parentField(noun) ?? ''] === parentId)

test.each<[Noun, string, string]>([
  ['team', 'Search', SEARCH],
  ['team', ADS, ADS],
  ['project', 'Search/Site', id('prj', 1)],
  ['project', `${ADS}/Site`, id('prj', 2)],
  ['project', 'a/b', id('prj', 3)],
  ['project', 'Ads/a/b', id('prj', 3)],
  ['environment', 'production', id('env', 3)],
  ['environment', 'Search/Site/staging', id('env', 1)],
  ['environment', 'Site/production', id('env', 3)],
  ['user', 'Ada@Acme.example', id('usr', 1)],
  ['provider', 'openai', id('prv', 2)],
  ['provider', 'old', id('prv', 3)],
  ['organization', '', id('org', 1)],
  ['organization', 'Acme', id('org', 1)],
])('%s "%s" is found', async (noun, text, expected) => {
  expect(await resolveName(list, noun, text)).toBe(expected)
})

async function failure(noun: Noun, text: string): Promise<Failure> {
  const error = await resolveName(list, noun, text).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(Failure)
  return error as Failure
}

test('a name of several things is refused, and they are listed with their paths', async () => {
  const refused = await failure('environment', 'Site/staging')
  expect(refused).toMatchObject({ exit: 'usage', code: 'ambiguous_name' })
  expect(refused.errors).toEqual([
    `${id('env', 1)}  Search/Site/staging`,
    `${id('env', 2)}  Ads/Site/staging`,
  ])
})

test('a name of nothing is not found, and what there is is listed', async () => {
  expect(await failure('project', 'Site/Shop')).toMatchObject({
    exit: 'notFound',
    next: 'There is: Search/Site, Ads/Site, Ads/a/b',
  })
  expect(await failure('key', 'bot')).toMatchObject({
    exit: 'notFound',
    next: expect.stringContaining('key create'),
  })
})

test('an empty name is nothing, even where there is only one thing', async () => {
  expect(await failure('user', '')).toMatchObject({ exit: 'notFound' })
})
