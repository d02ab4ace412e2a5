import { expect, test } from 'vitest'
import { type Actor, programActor, type Reach } from './actor.ts'
import { mayKnowCredentials, reachableEnvironments } from './reach-report.ts'
import { type GrantScopeType, permissionsOf } from './roles.ts'

const environments = [
  { id: 'dev', projectId: 'p1', teamId: 't1', kind: 'development' as const },
  { id: 'live', projectId: 'p1', teamId: 't1', kind: 'production' as const },
  { id: 'other', projectId: 'p2', teamId: 't2', kind: 'development' as const },
]

function holding(role: string, scope: Reach['scope'], production: boolean): Actor {
  const scopeType: GrantScopeType = scope.type
  const permissions = permissionsOf(role, scopeType) ?? new Set()
  const reach = { scope, roleId: role, permissions, production, endsAt: null }
  return { ...programActor('job', 'x'), layers: [[reach]] }
}

const project = { type: 'project', teamId: 't1', projectId: 'p1' } as const

test.each<[string, Actor, string[], boolean]>([
  ['who uses keys in a project', holding('viewer', project, false), ['dev'], false],
  ['in production too', holding('viewer', project, true), ['dev', 'live'], false],
  ['who looks at everything calls nothing', holding('analyst', { type: 'organization' }, true), [], false],
  ['an admin of a team', holding('admin', { type: 'team', teamId: 't2' }, true), ['other'], false],
  ['an admin of it all', holding('admin', { type: 'organization' }, false), ['dev', 'other'], true],
  ['who holds nothing', { ...programActor('job', 'x'), layers: [[]] }, [], false],
])('%s', (_, person, reachable, knows) => {
  expect(reachableEnvironments(person, environments).map(({ id }) => id)).toEqual(reachable)
  expect(mayKnowCredentials(person)).toBe(knows)
})
