import { expect, test } from 'vitest'
import { drill, filterOf, viewOf } from './view.ts'

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
  })
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

test('what the API cannot narrow to is no link', () => {
  expect(drill({}, ['tag:cost-center'], 'tag:cost-center', '4711')).toBeNull()
  expect(drill({}, ['user'], 'user', null)).toBeNull()
})
