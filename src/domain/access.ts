import type { Actor, GrantScope, Layer, Reach } from './actor.ts'
import { isRead, type Permission, SENSITIVE } from './permission.ts'
import type { Place } from './place.ts'

/*
 *   actor ──▶ layer: what the token is narrowed to     ┐
 *             layer: the grants of its principal, now  ├─ each must hold one reach that
 *                                                      ┘  covers the place, has the permission,
 *                                                         and production where that is needed
 */

export type Refused = {
  allowed: false
  why: 'role' | 'scope' | 'production' | 'step-up'
  /** For the person who is refused. */
  reason: string
}

export type Decision = { allowed: true } | Refused

/** What a list is narrowed to: everything, or what lies in these, or is this user's own. */
export type Within =
  | 'everything'
  | { teamIds: readonly string[]; projectIds: readonly string[]; ownerUserId: string | null }

/** What an owner of a key may do with it, whatever else they may. */
const OWN_KEY: ReadonlySet<Permission> = new Set<Permission>([
  'key:read',
  'key:rotate',
  'key:revoke',
  'usage:read',
])

const ALLOWED: Decision = { allowed: true }

/** Whether `actor` may do this at `place`. The only function that decides it. */
export function decide(actor: Actor, permission: Permission, place: Place): Decision {
  if (!(OWN_KEY.has(permission) && isOwn(actor, place))) {
    for (const layer of actor.layers) {
      const refused = refusalOf(layer, permission, place)
      if (refused) return refused
    }
  }
  const changesProduction = place.production && !isRead(permission)
  if (actor.stepUp === 'needed' && (SENSITIVE.has(permission) || changesProduction)) {
    return refuse(
      'step-up',
      'Confirm this request once more: it is one of those that a signed-in browser alone may not do.',
    )
  }
  return ALLOWED
}

/** Whether `actor` may know that something lies at `place`. */
export function sees(actor: Actor, place: Place): boolean {
  if (isOwn(actor, place)) return true
  if (place.teamId === null && !place.confidential) return true
  return actor.layers.every((layer) =>
    layer.some((reach) => contains(reach.scope, place) || isTeamOf(reach.scope, place)),
  )
}

/** Where the actor may do this, as lists are narrowed to it. */
export function reachOf(actor: Actor, permission: Permission): Within {
  const scopes = actor.layers
    .map((layer) => layer.filter((reach) => reach.permissions.has(permission)).map((reach) => reach.scope))
    .reduce((outer, inner) => outer.flatMap((one) => inner.flatMap((other) => common(one, other))))
  if (scopes.some((scope) => scope.type === 'organization')) return 'everything'
  return {
    teamIds: unique(scopes.flatMap((scope) => (scope.type === 'team' ? [scope.teamId] : []))),
    projectIds: unique(scopes.flatMap((scope) => (scope.type === 'project' ? [scope.projectId] : []))),
    ownerUserId: OWN_KEY.has(permission) ? actor.self : null,
  }
}

/** Whether a list of this kind can hold anything for the actor at all. */
export function reachesNothing(within: Within): boolean {
  return (
    within !== 'everything' &&
    within.teamIds.length === 0 &&
    within.projectIds.length === 0 &&
    within.ownerUserId === null
  )
}

/** Whether the actor may do this somewhere: for what belongs to nobody in particular, such as models. */
export function decideAnywhere(actor: Actor, permission: Permission): Decision {
  const everywhere = actor.layers.every((layer) => layer.some((reach) => reach.permissions.has(permission)))
  return everywhere ? ALLOWED : refuse('role', lacks(permission))
}

/** What is to be given to somebody: a role's permissions, at a scope, for a time. */
export type Given = {
  permissions: Iterable<Permission>
  scope: GrantScope
  production: boolean
  endsAt: Date | null
}

/** Whether the actor holds all of it: nobody gives what they lack, nor for longer than they have it. */
export function covers(actor: Actor, given: Given): Decision {
  for (const permission of given.permissions) {
    for (const layer of actor.layers) {
      const held = layer.some(
        (reach) =>
          reach.permissions.has(permission) &&
          within(given.scope, reach.scope) &&
          (reach.production || !given.production) &&
          lastsUntil(reach, given.endsAt),
      )
      if (!held)
        return refuse('scope', `You lack part of what this would give: "${permission}"${endingOf(given)}.`)
    }
  }
  return ALLOWED
}

/**
 * Whether the actor stands above who holds these: for what takes over an account, such as a new password. Equals do
 * not reset each other.
 */
export function outranks(actor: Actor, target: Layer): boolean {
  const asTarget: Actor = { ...actor, layers: [target] }
  const holds = (one: Actor, reach: Reach) => covers(one, reach).allowed
  return (
    target.every((reach) => holds(actor, reach)) &&
    !actor.layers.some((layer) => layer.every((reach) => holds(asTarget, reach)))
  )
}

/** When the actor's right to do this ends by itself, though its token or session lived on; null when it does not. */
export function endOf(actor: Actor, permission: Permission, place: Place): Date | null {
  const ends = actor.layers.map((layer) =>
    layer
      .filter((reach) => refusalOf([reach], permission, place) === null)
      .map((reach) => reach.endsAt)
      .reduce(later, new Date(0)),
  )
  return ends.reduce(earlier, null)
}

function isOwn(actor: Actor, place: Place): boolean {
  return actor.self !== null && place.ownerUserId === actor.self
}

function refusalOf(layer: Layer, permission: Permission, place: Place): Refused | null {
  const able = layer.filter((reach) => reach.permissions.has(permission))
  if (able.length === 0) return refuse('role', lacks(permission))
  const here = able.filter(
    ({ scope }) => contains(scope, place) || (permission === 'team:read' && isTeamOf(scope, place)),
  )
  if (here.length === 0) {
    const where =
      place.teamId === null
        ? 'for the whole organization'
        : place.projectId === null
          ? 'for the whole team'
          : 'in this project'
    return refuse('scope', `This needs the permission "${permission}" ${where}; your roles reach less.`)
  }
  if (place.production && !isRead(permission) && !here.some((reach) => reach.production)) {
    return refuse(
      'production',
      `This reaches production: "${permission}" there needs a role that was granted with production.`,
    )
  }
  return null
}

function refuse(why: Refused['why'], reason: string): Refused {
  return { allowed: false, why, reason }
}

function lacks(permission: Permission): string {
  return `This needs the permission "${permission}", which none of your roles has.`
}

function contains(scope: GrantScope, place: Place): boolean {
  switch (scope.type) {
    case 'organization':
      return true
    case 'team':
      return place.teamId === scope.teamId
    case 'project':
      return place.projectId === scope.projectId
  }
}

/** Who has a role in a project may know the team that it is in: its name, not what concerns the whole of it. */
function isTeamOf(scope: GrantScope, place: Place): boolean {
  return (
    scope.type === 'project' &&
    place.teamId === scope.teamId &&
    place.projectId === null &&
    !place.confidential
  )
}

function within(inner: GrantScope, outer: GrantScope): boolean {
  if (outer.type === 'organization') return true
  if (inner.type === 'organization') return false
  if (outer.type === 'team') return inner.teamId === outer.teamId
  return inner.type === 'project' && inner.projectId === outer.projectId
}

/** What two scopes have in common: the inner one, if one lies in the other. */
function common(one: GrantScope, other: GrantScope): GrantScope[] {
  if (within(one, other)) return [one]
  return within(other, one) ? [other] : []
}

function lastsUntil(reach: Reach, end: Date | null): boolean {
  return reach.endsAt === null || (end !== null && end <= reach.endsAt)
}

function later(one: Date | null, other: Date | null): Date | null {
  return one === null || other === null ? null : one > other ? one : other
}

function earlier(one: Date | null, other: Date | null): Date | null {
  return one === null ? other : other === null ? one : one < other ? one : other
}

function endingOf({ scope, production, endsAt }: Given): string {
  const where = scope.type === 'organization' ? 'in the whole organization' : `in this ${scope.type}`
  return ` ${where}${production ? ', with production' : ''}${endsAt === null ? ', without an end' : ''}`
}

function unique(ids: string[]): string[] {
  return [...new Set(ids)]
}
