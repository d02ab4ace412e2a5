import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { covers, decide, endOf, outranks, reachOf, sees } from './access.ts'
import { type Actor, type GrantScope, type Layer, programActor, type Reach } from './actor.ts'
import { PERMISSIONS, type Permission } from './permission.ts'
import {
  CONFIDENTIAL,
  environmentPlace,
  keyPlace,
  ORGANIZATION,
  type Place,
  projectPlace,
  teamPlace,
  wholeTeamPlace,
} from './place.ts'
import { GRANT_SCOPES, permissionsOf, type RoleId } from './roles.ts'

const SITE = { id: 'prj_site', teamId: 'team_ours' }
const ORG: GrantScope = { type: 'organization' }
const OURS: GrantScope = { type: 'team', teamId: 'team_ours' }
const IN_SITE: GrantScope = { type: 'project', teamId: 'team_ours', projectId: 'prj_site' }
const environment = (kind: 'staging' | 'production') =>
  environmentPlace({ projectId: 'prj_site', teamId: 'team_ours', kind })

function reach(roleId: RoleId, scope: GrantScope, more: Partial<Reach> = {}): Reach {
  const permissions = permissionsOf(roleId, scope.type) ?? new Set()
  return { scope, roleId, permissions, production: false, endsAt: null, ...more }
}

function actor(layers: [Layer, ...Layer[]], more: Partial<Actor> = {}): Actor {
  return { ...programActor('job', 'test'), layers, ...more }
}

describe('who may do what where', () => {
  test.each<[string, Reach, Permission, Place, 'yes' | 'role' | 'scope' | 'production']>([
    [
      'an owner, anything',
      reach('owner', ORG, { production: true }),
      'key:create',
      environment('production'),
      'yes',
    ],
    ['an admin, the security settings', reach('admin', ORG), 'security:update', ORGANIZATION, 'role'],
    ['an analyst reads', reach('analyst', ORG), 'usage:read', projectPlace(SITE), 'yes'],
    ['an analyst makes nothing', reach('analyst', ORG), 'key:create', environment('staging'), 'role'],
    ['a developer uses no key', reach('developer', ORG), 'key:use', environment('staging'), 'role'],
    ['a team admin, below', reach('admin', OURS), 'key:create', environment('staging'), 'yes'],
    ['a team admin, another team', reach('admin', OURS), 'key:create', teamPlace('team_theirs'), 'scope'],
    ['a team admin, the organization', reach('admin', OURS), 'budget:update', ORGANIZATION, 'scope'],
    ['a team admin makes no users', reach('admin', OURS), 'user:create', CONFIDENTIAL, 'role'],
    [
      'a builder without production',
      reach('builder', IN_SITE),
      'key:create',
      environment('production'),
      'production',
    ],
    [
      'a builder with production',
      reach('builder', IN_SITE, { production: true }),
      'key:create',
      environment('production'),
      'yes',
    ],
    ['reading needs no production', reach('viewer', IN_SITE), 'key:read', environment('production'), 'yes'],
    ['calling does', reach('viewer', IN_SITE), 'key:use', environment('production'), 'production'],
    ['a viewer uses keys', reach('viewer', IN_SITE), 'key:use', environment('staging'), 'yes'],
    ['a viewer makes none', reach('viewer', IN_SITE), 'key:create', environment('staging'), 'role'],
    [
      'a project’s viewer knows its team',
      reach('viewer', IN_SITE),
      'team:read',
      teamPlace('team_ours'),
      'yes',
    ],
    ['but not its budgets', reach('viewer', IN_SITE), 'budget:read', wholeTeamPlace('team_ours'), 'scope'],
    [
      'a project’s admin renames no team',
      reach('admin', IN_SITE),
      'team:update',
      teamPlace('team_ours'),
      'scope',
    ],
    [
      'an organization role is none in a team',
      reach('owner', OURS),
      'key:read',
      teamPlace('team_ours'),
      'role',
    ],
  ])('%s', (_, held, permission, place, expected) => {
    const decision = decide(actor([[held]]), permission, place)
    expect(decision.allowed ? 'yes' : decision.why).toBe(expected)
  })

  test('nobody without a grant may do or see anything', () => {
    const nobody = actor([[]])
    for (const permission of PERMISSIONS) {
      expect(decide(nobody, permission, ORGANIZATION).allowed).toBe(false)
      expect(reachOf(nobody, permission)).toEqual({ teamIds: [], projectIds: [], ownerUserId: null })
    }
    expect(sees(nobody, CONFIDENTIAL)).toBe(false)
    expect(sees(nobody, teamPlace('team_ours'))).toBe(false)
    expect(
      covers(nobody, { permissions: ['key:read'], scope: IN_SITE, production: false, endsAt: null }).allowed,
    ).toBe(false)
  })

  test('an owner of a key sees, rotates and revokes it, and does nothing else to it', () => {
    const place = keyPlace({
      projectId: 'prj_site',
      teamId: 'team_ours',
      environmentKind: 'production',
      userId: 'usr_me',
    })
    const me = actor([[]], { self: 'usr_me' })
    const allowed = PERMISSIONS.filter((permission) => decide(me, permission, place).allowed)
    expect(allowed).toEqual(['key:read', 'key:rotate', 'key:revoke', 'usage:read'])
    expect(sees(me, place)).toBe(true)
    expect(sees(actor([[]], { self: 'usr_other' }), place)).toBe(false)
    expect(reachOf(me, 'key:read')).toEqual({ teamIds: [], projectIds: [], ownerUserId: 'usr_me' })
  })
})

describe('a person confirms', () => {
  const owner = actor([[reach('owner', ORG, { production: true })]], { kind: 'session', stepUp: 'needed' })
  test.each<[Permission, Place, boolean]>([
    ['grant:create', projectPlace(SITE), true],
    ['key:rotate', environment('staging'), true],
    ['key:create', environment('staging'), false],
    ['key:create', environment('production'), true],
    ['key:read', environment('production'), false],
    ['organization:update', ORGANIZATION, false],
  ])('%s at %j: %s', (permission, place, needed) => {
    expect(decide(owner, permission, place).allowed).toBe(!needed)
    expect(decide({ ...owner, stepUp: 'confirmed' }, permission, place).allowed).toBe(true)
    expect(decide({ ...owner, stepUp: 'none' }, permission, place).allowed).toBe(true)
  })

  test('also what they own', () => {
    const place = { ...projectPlace(SITE), ownerUserId: 'usr_me' }
    const me = actor([[]], { self: 'usr_me', stepUp: 'needed' })
    expect(decide(me, 'key:rotate', place)).toMatchObject({ allowed: false, why: 'step-up' })
    expect(decide(me, 'key:read', place).allowed).toBe(true)
  })
})

describe('who gives', () => {
  const soon = new Date('2030-01-01')
  const late = new Date('2031-01-01')
  const given = (
    roleId: RoleId,
    scope: GrantScope,
    more: { production?: boolean; endsAt?: Date | null } = {},
  ) => ({
    permissions: permissionsOf(roleId, scope.type) ?? [],
    scope,
    production: false,
    endsAt: null,
    ...more,
  })
  test.each<[string, Reach, ReturnType<typeof given>, boolean]>([
    ['the same', reach('admin', OURS), given('admin', OURS), true],
    ['less, below', reach('admin', OURS), given('builder', IN_SITE), true],
    ['more', reach('builder', OURS), given('admin', OURS), false],
    ['to more', reach('admin', IN_SITE), given('viewer', OURS), false],
    [
      'to another team',
      reach('admin', OURS),
      given('viewer', { type: 'team', teamId: 'team_theirs' }),
      false,
    ],
    ['an admin, an owner', reach('admin', ORG, { production: true }), given('owner', ORG), false],
    ['production without it', reach('admin', OURS), given('viewer', IN_SITE, { production: true }), false],
    [
      'production',
      reach('admin', OURS, { production: true }),
      given('viewer', IN_SITE, { production: true }),
      true,
    ],
    ['for ever, from what ends', reach('admin', OURS, { endsAt: soon }), given('viewer', OURS), false],
    ['for longer', reach('admin', OURS, { endsAt: soon }), given('viewer', OURS, { endsAt: late }), false],
    ['for a while', reach('admin', OURS, { endsAt: late }), given('viewer', OURS, { endsAt: soon }), true],
  ])('%s', (_, held, what, allowed) => {
    expect(covers(actor([[held]]), what).allowed).toBe(allowed)
  })

  test('equals do not stand above each other', () => {
    const owner = [reach('owner', ORG, { production: true })]
    const admin = [reach('admin', ORG, { production: true })]
    expect(outranks(actor([owner]), admin)).toBe(true)
    expect(outranks(actor([admin]), owner)).toBe(false)
    expect(outranks(actor([owner]), owner)).toBe(false)
  })

  test('a right ends with the grant that lasts longest', () => {
    const place = projectPlace(SITE)
    const both = actor([[reach('builder', OURS, { endsAt: soon }), reach('admin', OURS, { endsAt: late })]])
    expect(endOf(both, 'key:create', place)).toEqual(late)
    expect(endOf(both, 'token:create', place)).toEqual(late)
    expect(
      endOf(actor([[reach('owner', ORG)], [reach('builder', OURS, { endsAt: soon })]]), 'key:create', place),
    ).toEqual(soon)
  })
})

const teams = ['team_a', 'team_b']
const anyScope = fc.oneof(
  fc.constant<GrantScope>({ type: 'organization' }),
  fc.constantFrom(...teams).map((teamId): GrantScope => ({ type: 'team', teamId })),
  fc
    .constantFrom(...teams)
    .chain((teamId) =>
      fc
        .constantFrom('1', '2')
        .map((n): GrantScope => ({ type: 'project', teamId, projectId: `prj_${teamId}_${n}` })),
    ),
)
const anyReach = fc
  .record({
    scope: anyScope,
    roleId: fc.constantFrom('owner', 'admin', 'developer', 'analyst', 'builder', 'viewer'),
    production: fc.boolean(),
    endsAt: fc.constantFrom(null, new Date(1e12), new Date(2e12)),
  })
  .map(({ scope, roleId, production, endsAt }) => reach(roleId, scope, { production, endsAt }))
const anyLayer = fc.array(anyReach, { maxLength: 3 })
const anyPermission = fc.constantFrom(...PERMISSIONS)
const anyPlace = fc
  .tuple(anyScope, fc.boolean(), fc.boolean())
  .map(([scope, production, confidential]): Place => {
    if (scope.type === 'organization') return { ...ORGANIZATION, confidential }
    if (scope.type === 'team') return { ...teamPlace(scope.teamId), confidential }
    return { ...projectPlace({ id: scope.projectId, teamId: scope.teamId }), production }
  })

describe('always', () => {
  test('a token never allows what its owner’s grants do not', () => {
    fc.assert(
      fc.property(anyLayer, anyLayer, anyPermission, anyPlace, (narrowing, grants, permission, place) => {
        const token = actor([narrowing, grants])
        const allowed = decide(token, permission, place).allowed
        expect(allowed).toBe(
          decide(actor([grants]), permission, place).allowed &&
            decide(actor([narrowing]), permission, place).allowed,
        )
        expect(sees(token, place) && !sees(actor([grants]), place)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  test('what somebody covers, they hold: nobody gives what they could not do', () => {
    fc.assert(
      fc.property(anyLayer, anyReach, anyPermission, anyPlace, (giver, given, permission, place) => {
        fc.pre(covers(actor([giver]), given).allowed)
        if (decide(actor([[given]]), permission, place).allowed) {
          expect(decide(actor([giver]), permission, place).allowed).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('covering goes on: who covers the giver covers what is given', () => {
    fc.assert(
      fc.property(anyLayer, anyReach, anyReach, (one, two, three) => {
        fc.pre(covers(actor([one]), two).allowed && covers(actor([[two]]), three).allowed)
        expect(covers(actor([one]), three).allowed).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('a list is narrowed to exactly the places where it may be read', () => {
    fc.assert(
      fc.property(anyLayer, anyLayer, anyScope, (narrowing, grants, scope) => {
        fc.pre(scope.type === 'project')
        if (scope.type !== 'project') return
        const someone = actor([narrowing, grants])
        const within = reachOf(someone, 'key:read')
        const listed =
          within === 'everything' ||
          within.teamIds.includes(scope.teamId) ||
          within.projectIds.includes(scope.projectId)
        const place = projectPlace({ id: scope.projectId, teamId: scope.teamId })
        expect(listed).toBe(decide(someone, 'key:read', place).allowed)
      }),
      { numRuns: 2000 },
    )
  })

  test('an actor cannot be made without a layer', () => {
    expectTypeOf<[]>().not.toExtend<Actor['layers']>()
  })

  test('no role below the organization holds what is the organization’s alone', () => {
    for (const scopeType of GRANT_SCOPES.filter((type) => type !== 'organization')) {
      const custom = { permissions: PERMISSIONS, scopeTypes: GRANT_SCOPES }
      for (const role of ['admin', 'builder', 'viewer', 'role_custom']) {
        const held = permissionsOf(role, scopeType, custom)
        expect(held?.has('user:create')).toBe(false)
        expect(held?.has('credential:read')).toBe(false)
      }
    }
  })
})
