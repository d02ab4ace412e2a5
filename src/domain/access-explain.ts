import { covers, decide, decideAnywhere } from './access.ts'
import { ASKED_ROLES } from './access-request.ts'
import type { Actor, GrantScope, Layer } from './actor.ts'
import type { Permission } from './permission.ts'
import { heldPlace, type Place } from './place.ts'
import { scopeAt } from './reach.ts'
import { BUILT_IN_ROLES, type CustomRole, type GrantScopeType, permissionsOf } from './roles.ts'

/** A role that can be asked for. A team's has no team when any would do. */
export type Ask =
  | { kind: 'team'; role: (typeof ASKED_ROLES)[number]; teamId: string | null }
  | { kind: 'production'; role: (typeof ASKED_ROLES)[number]; projectId: string }

/**
 * The least that could be asked for with which the actor would be allowed this there (null: anywhere), found by trying each
 * as if it were given already. Null where none would help, or none is needed.
 */
export function askFor(actor: Actor, permission: Permission, place: Place | null): Ask | null {
  const allows = (one: Actor) =>
    (place ? decide(one, permission, place) : decideAnywhere(one, permission)).allowed
  if (allows(actor)) return null
  return asksAt(place).find((ask) => allows(given(actor, ask))) ?? null
}

/** Where this can be allowed by a role: in the organization, and in whatever of it the place lies in. */
export function scopesAt(place: Place | null): GrantScopeType[] {
  if (place === null) return ['organization', 'team', 'project']
  if (place.teamId === null) return ['organization']
  return place.projectId === null ? ['organization', 'team'] : ['organization', 'team', 'project']
}

/** Every role that allows it at one of these scopes, and at which. */
export function rolesAt<Custom extends CustomRole & { id: string; name: string }>(
  permission: Permission,
  scopes: GrantScopeType[],
  customs: Custom[],
): { id: string; name: string; scopeTypes: GrantScopeType[] }[] {
  const builtIn = BUILT_IN_ROLES.map((id) => ({ id, name: id, custom: null }))
  const own = customs.map((custom) => ({ id: custom.id, name: custom.name, custom }))
  return [...builtIn, ...own]
    .map(({ id, name, custom }) => ({
      id,
      name,
      scopeTypes: scopes.filter((scope) => permissionsOf(id, scope, custom)?.has(permission)),
    }))
    .filter(({ scopeTypes }) => scopeTypes.length > 0)
}

/**
 * Whether somebody can give one of these roles to who wants it there (null: anywhere). Nobody gives what they lack, and a
 * role that may be given is as good for a time.
 */
export function canGive(
  giver: Actor,
  roles: { id: string; scopeTypes: GrantScopeType[] }[],
  customs: (CustomRole & { id: string })[],
  place: Place | null,
): boolean {
  const { teamId, projectId, production } = place ?? { teamId: '', projectId: '', production: false }
  return roles.some(({ id, scopeTypes }) =>
    scopeTypes.some((scopeType) => {
      const ids = {
        teamId: scopeType === 'organization' ? null : teamId,
        projectId: scopeType === 'project' ? projectId : null,
      }
      const custom = customs.find((one) => one.id === id) ?? null
      const permissions = permissionsOf(id, scopeType, custom) ?? []
      const given = { permissions, scope: scopeAt(ids), production, endsAt: new Date(0) }
      return decide(giver, 'grant:create', heldPlace(ids)).allowed && covers(giver, given).allowed
    }),
  )
}

function asksAt(place: Place | null): Ask[] {
  if (place === null) return ASKED_ROLES.map((role) => ({ kind: 'team', role, teamId: null }))
  const { teamId, projectId } = place
  if (teamId === null) return []
  return [
    ...ASKED_ROLES.map((role) => ({ kind: 'team' as const, role, teamId })),
    ...(projectId === null
      ? []
      : ASKED_ROLES.map((role) => ({ kind: 'production' as const, role, projectId }))),
  ]
}

/** As if its principal held that too. What a token is narrowed to stays. */
function given(actor: Actor, ask: Ask): Actor {
  const scope: GrantScope =
    ask.kind === 'team'
      ? { type: 'team', teamId: ask.teamId ?? '' }
      : { type: 'project', teamId: '', projectId: ask.projectId }
  const reach = {
    scope,
    roleId: ask.role,
    permissions: permissionsOf(ask.role, scope.type) ?? new Set<Permission>(),
    production: ask.kind === 'production',
    endsAt: null,
  }
  const layers = actor.layers.map(
    (layer, at): Layer => (at === actor.layers.length - 1 ? [...layer, reach] : layer),
  )
  // As many as there were.
  return { ...actor, layers: layers as [Layer, ...Layer[]] }
}
