import { expect, test } from 'vitest'
import { askFor, canGive, rolesAt, scopesAt } from './access-explain.ts'
import { type Actor, nobody } from './actor.ts'
import { PERMISSIONS } from './permission.ts'
import { ORGANIZATION, projectPlace, teamPlace } from './place.ts'
import { type CustomRole, permissionsOf } from './roles.ts'

const developer: Actor = {
  ...nobody(),
  layers: [
    [
      {
        scope: { type: 'organization' },
        roleId: 'developer',
        permissions: permissionsOf('developer', 'organization') ?? new Set(),
        production: false,
        endsAt: null,
      },
    ],
  ],
}

test('a role is to be asked for exactly where it would be enough', () => {
  const has = (role: string, permission: (typeof PERMISSIONS)[number]) =>
    permissionsOf(role, 'team')?.has(permission) === true
  for (const permission of PERMISSIONS) {
    const held = permissionsOf('developer', 'organization')?.has(permission)
    const least = held ? undefined : ['viewer', 'builder'].find((role) => has(role, permission))
    for (const place of [teamPlace('t'), projectPlace({ id: 'p', teamId: 't' })]) {
      const ask = askFor(developer, permission, place)
      expect(ask, permission).toEqual(least ? { kind: 'team', role: least, teamId: 't' } : null)
    }
    expect(askFor(developer, permission, null)?.role, permission).toBe(least)
    expect(askFor(developer, permission, ORGANIZATION), permission).toBeNull()
  }
})

test.each([
  [ORGANIZATION, 'audit:read', ['owner', 'admin', 'analyst', 'Auditor']],
  [teamPlace('t'), 'user:read', ['owner', 'admin', 'analyst']],
  [null, 'key:create', ['owner', 'admin', 'builder']],
] as const)('the roles that allow it there: %j %s', (place, permission, names) => {
  const auditor = { id: 'role_1', name: 'Auditor', permissions: ['audit:read'], scopeTypes: ['organization'] }
  const roles = rolesAt(permission, scopesAt(place), [auditor])
  expect(roles.map(({ name }) => name)).toEqual(names)
})

const helper = {
  id: 'role_1',
  name: 'Helper',
  permissions: ['grant:create', 'key:read'],
  scopeTypes: ['team'],
}

const holderOf = (role: string, custom: CustomRole | null, teamId: string, production = false): Actor => ({
  ...nobody(),
  layers: [
    [
      {
        scope: { type: 'team', teamId },
        roleId: role,
        permissions: permissionsOf(role, 'team', custom) ?? new Set(),
        production,
        endsAt: new Date('2026-12-01'),
      },
    ],
  ],
})

test.each([
  ['an admin of the team', holderOf('admin', null, 't'), [], teamPlace('t'), true],
  ['of a project in it', holderOf('admin', null, 't'), [], projectPlace({ id: 'p', teamId: 't' }), true],
  ['of another team', holderOf('admin', null, 'other'), [], teamPlace('t'), false],
  ['who may not give roles', holderOf('builder', null, 't'), [], teamPlace('t'), false],
  ['who lacks production', holderOf('admin', null, 't'), [], { ...teamPlace('t'), production: true }, false],
  ['who has it', holderOf('admin', null, 't', true), [], { ...teamPlace('t'), production: true }, true],
  ['who lacks part of each role', holderOf('role_1', helper, 't'), [], teamPlace('t'), false],
  ['who has a role of that kind', holderOf('role_1', helper, 't'), [helper], teamPlace('t'), true],
])('only who covers one of the roles can give it: %s', (_, giver, customs, place, can) => {
  expect(canGive(giver, rolesAt('key:read', scopesAt(place), customs), customs, place)).toBe(can)
})
