import { expect, test } from 'vitest'
import { bucketOf, drill, filterOf, narrowedBy, viewOf } from './view.ts'

const TEAM = 'team_01JD0000000000000000000000'

test('an address is a view, and what it does not understand is left out', () => {
  expect(viewOf({})).toMatchObject({
    range: '30d',
    by: ['model'],
    measure: 'cost',
    compare: true,
    filter: {},
  })
  expect(
    viewOf({
      range: 'forever',
      by: 'team,tag:cost-center,day,key',
      measure: 'luck',
      zone: 'Mars/Olympus',
      bucket: 'week',
      compare: 'no',
      team: TEAM,
      key: 'key_1',
      operation: 'guess',
      drop: 'table',
    }),
  ).toEqual({
    range: '30d',
    from: undefined,
    to: undefined,
    zone: undefined,
    by: ['team', 'tag:cost-center'],
    measure: 'cost',
    compare: false,
    bucket: 'week',
    filter: { team: TEAM },
    tags: {},
    unpriced: false,
  })
})

test('tags and a missing price are in the address, and what the API is asked', () => {
  const view = viewOf({
    'tag:cost-center': '4711',
    'tag:x': '',
    'tag:Bad': 'y',
    tag: 'z',
    team: TEAM,
    priced: 'no',
  })
  expect([view.tags, view.unpriced]).toEqual([{ 'cost-center': '4711' }, true])
  expect(narrowedBy(view)).toEqual(['team', 'tag:cost-center', 'priced'])
  expect(filterOf(view)).toEqual({ teamId: TEAM, tag: '{"cost-center":"4711"}', priced: 'false' })
})

test('bars are hours in a week at most, and by themselves in two days', () => {
  const bars = (bucket: string, days: number) => bucketOf(viewOf({ bucket }), days)
  expect([bars('hour', 7), bars('hour', 8), bars('hour', 400)]).toEqual(['hour', 'day', 'week'])
  expect([bars('', 2), bars('', 3), bars('day', 2)]).toEqual(['hour', 'day', 'day'])
})

test('filters are what the API calls them', () => {
  expect(filterOf(viewOf({ team: TEAM, model: 'gpt-5.5', operation: 'messages' }))).toEqual({
    teamId: TEAM,
    operation: 'messages',
    model: 'gpt-5.5',
  })
})

test('looking into a part narrows to it and shows what it consists of', () => {
  expect(drill({ by: 'team', range: '7d' }, ['team'], 'team', 'team_1')).toEqual({
    team: 'team_1',
    by: 'project',
    range: '7d',
  })
  expect(drill({ by: 'team,model' }, ['team', 'model'], 'team', 'team_1')).toEqual({
    team: 'team_1',
    by: 'model',
  })
  // Of the model there is only one already: its projects are next.
  expect(drill({ model: 'gpt-5.5', team: 't' }, ['key'], 'key', 'key_1')).toMatchObject({ by: 'project' })
})

test('looking into a tag narrows to its value', () => {
  expect(drill({ by: 'tag:cost-center' }, ['tag:cost-center'], 'tag:cost-center', '4711')).toEqual({
    'tag:cost-center': '4711',
    by: 'team',
  })
  expect(drill({ 'tag:a': 'x' }, ['tag:b', 'model'], 'tag:b', 'y')).toEqual({
    'tag:a': 'x',
    'tag:b': 'y',
    by: 'model',
  })
})

test('what the API cannot narrow to is no link', () => {
  expect(drill({}, ['tag:cost-center'], 'tag:cost-center', null)).toBeNull()
  expect(drill({}, ['tag:cost-center'], 'tag:cost-center', '')).toBeNull()
  expect(drill({}, ['user'], 'user', null)).toBeNull()
})
