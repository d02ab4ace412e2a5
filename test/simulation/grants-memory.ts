import { covers, decide, endOf } from '../../src/domain/access.ts'
import { type Actor, type Layer, programActor, type Reach } from '../../src/domain/actor.ts'
import type { Permission } from '../../src/domain/permission.ts'
import { ORGANIZATION, type Place, projectPlace, wholeTeamPlace } from '../../src/domain/place.ts'
import { EVERY_PERMISSION, permissionsOf } from '../../src/domain/roles.ts'
import {
  type Books,
  livingOwners,
  type Principal,
  principalOf,
  type Role,
  type Scope,
  type Spot,
  scopeIn,
  spotOf,
  teamOf,
  type Who,
} from './grants-books.ts'
import type { Move } from './grants-moves.ts'

/**
 * The rules of the product over the books, without a database: `domain/access.ts` as it is, asked in the order in
 * which the actions ask it. The parts can be exchanged, to see that the judge notices.
 */
export type Rules = {
  decide: typeof decide
  covers: typeof covers
  endOf: typeof endOf
  permissionsOf: typeof permissionsOf
  /** Which grants somebody has when they act. */
  grantsOf(books: Books, principal: Principal): Books['grants']
  keepsAnOwner: boolean
  asksInviterAgain: boolean
  refusesOwnRequest: boolean
  asksForChangesOfRoles: boolean
  asksForProductionOfRoles: boolean
  keepsWholeTokensToThemselves: boolean
}

export const RULES: Rules = {
  decide,
  covers,
  endOf,
  permissionsOf,
  grantsOf: ({ grants }, { kind, index }) =>
    grants.filter(({ to, over }) => !over && to.kind === kind && to.index === index),
  keepsAnOwner: true,
  asksInviterAgain: true,
  refusesOwnRequest: true,
  asksForChangesOfRoles: true,
  asksForProductionOfRoles: true,
  keepsWholeTokensToThemselves: true,
}

const IDS = { team: (n: number) => `team_${n}`, project: (n: number) => `prj_${n}` }
const ALWAYS = new Date(0)

export function placeOf(spot: Spot, ids: typeof IDS = IDS): Place {
  switch (spot.type) {
    case 'organization':
      return ORGANIZATION
    case 'team':
      return wholeTeamPlace(ids.team(spot.team))
    case 'project': {
      const project = { id: ids.project(spot.project), teamId: ids.team(teamOf(spot.project)) }
      return { ...projectPlace(project), production: spot.production }
    }
  }
}

export function memorySystem(rules: Rules) {
  function reach(books: Books, role: Role, scope: Scope, production: boolean, endsAt: number | null): Reach {
    const custom = typeof role === 'number' ? books.roles[role] : null
    const held = custom?.deleted ? null : rules.permissionsOf(roleId(role), scope.type, custom)
    return {
      scope: scopeIn(scope, IDS),
      roleId: roleId(role),
      permissions: held ?? new Set(),
      production,
      endsAt: endsAt === null ? null : new Date(endsAt),
    }
  }

  function layerOf(books: Books, principal: Principal): Layer {
    return rules
      .grantsOf(books, principal)
      .map(({ role, scope, production, endsAt }) => reach(books, role, scope, production, endsAt))
  }

  /** Who acts; null when they may not even come in. */
  function actorOf(books: Books, who: Who): Actor | null {
    const token = who.kind === 'token' ? books.tokens[who.index] : null
    const principal = principalOf(books, who)
    if (token?.over || !isActive(books, principal)) return null
    const layer = layerOf(books, principal)
    const base = { ...programActor('job', `${who.kind} ${who.index}`), self: null }
    const named = { ...base, userId: principal.kind === 'user' ? `user ${principal.index}` : null }
    if (!token) return { ...named, kind: 'session', layers: [layer] }
    const { role, scope, production } = token
    const whole: Reach = { ...reach(books, 'owner', scope, production, null), permissions: EVERY_PERMISSION }
    const narrowing = role === null ? whole : reach(books, role, scope, production, null)
    return { ...named, kind: 'token', layers: [[narrowing], layer] }
  }

  function gives(
    books: Books,
    actor: Actor,
    given: { role: Role; scope: Scope; production: boolean; endsAt: number | null },
  ) {
    const { role, scope, production, endsAt } = given
    if (typeof role === 'number' && books.roles[role]?.deleted) return false
    const permissions = rules.permissionsOf(
      roleId(role),
      scope.type,
      typeof role === 'number' ? books.roles[role] : null,
    )
    return (
      permissions !== null &&
      rules.covers(actor, {
        permissions,
        scope: scopeIn(scope, IDS),
        production,
        endsAt: endsAt === null ? null : new Date(endsAt),
      }).allowed
    )
  }

  function may(actor: Actor, permission: Permission, spot: Spot, endsAt?: number | null): boolean {
    if (!rules.decide(actor, permission, placeOf(spot)).allowed) return false
    const end = rules.endOf(actor, permission, placeOf(spot))
    return endsAt === undefined || end === null || (endsAt !== null && endsAt <= end.getTime())
  }

  function coversAll(books: Books, actor: Actor, principal: Principal): boolean {
    return layerOf(books, principal).every(
      (reach) => rules.covers(actor, { ...reach, endsAt: ALWAYS }).allowed,
    )
  }

  function holdsInOrganization(
    actor: Actor,
    permissions: readonly Permission[],
    production: boolean,
  ): boolean {
    const given = { permissions, scope: { type: 'organization' as const }, production, endsAt: null }
    return rules.covers(actor, given).allowed
  }

  function leavesAnOwner(books: Books, without: (grant: Books['grants'][number]) => boolean): boolean {
    const grants = books.grants.filter((grant) => !without(grant))
    return !rules.keepsAnOwner || livingOwners({ ...books, grants }) > 0
  }

  function accepts(books: Books, move: Move): boolean {
    if (move.kind === 'expire') return true
    if (move.kind === 'accept') {
      const invitation = books.invitations[move.invitation]
      if (!invitation) return false
      const inviter = actorOf(books, { kind: 'user', index: invitation.by })
      return !rules.asksInviterAgain || (inviter !== null && gives(books, inviter, invitation))
    }
    const actor = actorOf(books, move.who)
    if (actor === null) return false
    const self = principalOf(books, move.who)
    const organization: Spot = { type: 'organization' }
    switch (move.kind) {
      case 'grant':
        if (!may(actor, 'grant:create', spotOf(move.given.scope)) || !isActive(books, move.to)) return false
        if (move.given.role === 'owner' && move.to.kind !== 'user') return false
        return gives(books, actor, move.given)
      case 'revoke': {
        const grant = books.grants[move.grant]
        if (!grant || !may(actor, 'grant:revoke', spotOf(grant.scope))) return false
        if (!gives(books, actor, { ...grant, endsAt: 0 })) return false
        return grant.role !== 'owner' || leavesAnOwner(books, (one) => one === grant)
      }
      case 'role':
        return may(actor, 'role:create', organization) && holdsInOrganization(actor, move.permissions, false)
      case 'change role': {
        const role = books.roles[move.role]
        if (!role || !may(actor, 'role:update', organization)) return false
        if (!rules.asksForChangesOfRoles) return true
        const inProduction =
          rules.asksForProductionOfRoles &&
          [...books.grants, ...books.tokens].some(
            ({ role, production, over }) => role === move.role && production && !over,
          )
        return (
          holdsInOrganization(actor, role.permissions, false) &&
          holdsInOrganization(actor, move.permissions, inProduction)
        )
      }
      case 'delete role': {
        const held = [...books.grants, ...books.tokens].some(({ role, over }) => role === move.role && !over)
        const permissions = books.roles[move.role]?.permissions ?? []
        return (
          may(actor, 'role:update', organization) && holdsInOrganization(actor, permissions, false) && !held
        )
      }
      case 'token': {
        const { of, role, scope, production, endsAt } = move
        if (!isActive(books, of) || !may(actor, 'token:create', spotOf(scope), endsAt)) return false
        const own = isSame(of, self)
        const project = of.kind === 'account' ? (books.accounts[of.index]?.project ?? 0) : null
        const ofOther: Spot =
          project === null ? organization : { type: 'project', project, production: false }
        if (!own && !may(actor, 'token:create', ofOther)) return false
        const creator = move.who.kind === 'token' ? books.tokens[move.who.index] : null
        if (creator && creator.endsAt !== null && (endsAt === null || endsAt > creator.endsAt)) return false
        if (role !== null) return gives(books, actor, { role, scope, production, endsAt: 0 })
        if (actor.kind === 'token' && !isWhole(actor, production)) return false
        const forever = rules.keepsWholeTokensToThemselves && of.kind === 'user' && !own
        return (
          coversAll(books, actor, of) && (!forever || holdsInOrganization(actor, [...EVERY_PERMISSION], true))
        )
      }
      case 'revoke token': {
        const token = books.tokens[move.token]
        if (!token) return false
        if (isSame(token.of, self)) return true
        return may(actor, 'token:revoke', spotOf(token.scope)) && coversAll(books, actor, token.of)
      }
      case 'key': {
        const spot: Spot = { type: 'project', project: move.project, production: move.production }
        const { owner } = move
        if (!isActive(books, owner) || !may(actor, 'key:create', spot, move.endsAt)) return false
        if (owner.kind === 'account') return books.accounts[owner.index]?.project === move.project
        if (!isSame(owner, self) && !may(actor, 'key:create', organization)) return false
        const holder = { ...programActor('job', 'owner'), layers: [layerOf(books, owner)] as const }
        return rules.decide(holder, 'key:use', placeOf(spot)).allowed
      }
      case 'account':
        return may(actor, 'service-account:create', {
          type: 'project',
          project: move.project,
          production: false,
        })
      case 'invite':
        return (
          self.kind === 'user' &&
          may(actor, 'invitation:create', spotOf(move.given.scope)) &&
          gives(books, actor, move.given)
        )
      case 'ask':
        return self.kind === 'user' && may(actor, 'access-request:create', spotOf(move.given.scope))
      case 'approve': {
        const request = books.requests[move.request]
        if (!request || self.kind !== 'user' || !books.users[request.by]?.active) return false
        if (rules.refusesOwnRequest && request.by === self.index) return false
        if (request.production && move.who.kind !== 'user') return false
        const spot = { ...spotOf(request.scope), production: request.production } as Spot
        return (
          may(actor, 'access-request:decide', spot) &&
          may(actor, 'grant:create', spotOf(request.scope)) &&
          gives(books, actor, request)
        )
      }
      case 'deactivate':
      case 'offboard': {
        const target: Principal = { kind: 'user', index: move.user }
        const permission = move.kind === 'deactivate' ? 'user:update' : 'user:offboard'
        if (isSame(self, target) || !may(actor, permission, organization)) return false
        if (!coversAll(books, actor, target)) return false
        const owns = layerOf(books, target).some((reach) => reach.roleId === 'owner')
        return !owns || leavesAnOwner(books, ({ to }) => isSame(to, target))
      }
    }
  }

  return {
    accepts,
    decides(books: Books, who: Who, permission: Permission, spot: Spot): boolean {
      const actor = actorOf(books, who)
      return actor !== null && rules.decide(actor, permission, placeOf(spot)).allowed
    },
  }
}

export type MemorySystem = ReturnType<typeof memorySystem>

function isWhole({ layers: [narrowing] }: Actor, production: boolean): boolean {
  return narrowing.some(
    (reach) =>
      reach.scope.type === 'organization' &&
      reach.permissions.size === EVERY_PERMISSION.size &&
      (reach.production || !production),
  )
}

function isActive(books: Books, { kind, index }: Principal): boolean {
  return (kind === 'user' ? books.users[index]?.active : books.accounts[index]?.active) ?? false
}

function isSame(one: Principal, other: Principal): boolean {
  return one.kind === other.kind && one.index === other.index
}

function roleId(role: Role): string {
  return typeof role === 'number' ? `role_${role}` : role
}
