import { expect, test } from 'vitest'
import { askFor, rolesAt, scopesAt } from './access-explain.ts'
import { type Actor, nobody } from './actor.ts'
import { PERMISSIONS } from './permission.ts'
import { ORGANIZATION, projectPlace, teamPlace } from './place.ts'
import { permissionsOf } from './roles.ts'

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
