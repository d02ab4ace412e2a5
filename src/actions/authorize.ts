import type { OperationPermission } from '../contract/operation.ts'
import {
  covers,
  type Decision,
  decide,
  decideAnywhere,
  endOf,
  type Given,
  reachesNothing,
  reachOf,
  sees,
  type Within,
} from '../domain/access.ts'
import type { Actor } from '../domain/actor.ts'
import { AppError, type Needs } from '../domain/errors.ts'
import type { Permission } from '../domain/permission.ts'
import { type Place, teamPlace } from '../domain/place.ts'

/**
 * Lets the actor go on, or throws `forbidden` (or `step_up_required`) with the reason.
 * Call `visible` first for a thing that was looked up, so that strangers get `not_found`.
 */
export function authorize(actor: Actor, permission: OperationPermission, place: Place): void {
  const needs = needed(permission)
  settle(decide(actor, needs, place), needsAt(actor, needs, place))
}

/** The same for what belongs to nobody in particular, such as models: whoever may do it anywhere may. */
export function authorizeAnywhere(actor: Actor, permission: OperationPermission): void {
  const needs = needed(permission)
  settle(decideAnywhere(actor, needs), { permission: needs, anywhere: 'true' })
}

/**
 * Returns what was found if the actor may know of it, or throws `not_found`: the same answer for a thing that is
 * not there and for one of another team.
 */
export function visible<Row>(
  actor: Actor,
  what: string,
  row: Row | undefined,
  placeOf: (row: Row) => Place,
): Row {
  if (row === undefined || !sees(actor, placeOf(row))) throw notFound(what)
  return row
}

/**
 * What to narrow a list to. Asking for a team that the actor does not know is `not_found`, as if it were not there;
 * one who may list nothing of the kind anywhere is `forbidden`.
 */
export function within(
  actor: Actor,
  permission: OperationPermission,
  asked: { teamId?: string | undefined } = {},
): Within {
  const reach = reachOf(actor, needed(permission))
  if (reachesNothing(reach)) authorizeAnywhere(actor, permission)
  if (asked.teamId !== undefined && !sees(actor, teamPlace(asked.teamId))) throw notFound('team')
  return reach
}

/** Nobody gives what they lack: throws `forbidden` and names what that is. */
export function requireCovers(actor: Actor, given: Given): void {
  settle(covers(actor, given))
}

/** A right that was given for a week makes nothing that lasts a year. */
export function requireEndsInTime(
  actor: Actor,
  permission: OperationPermission,
  place: Place,
  expiresAt: Date | null,
): void {
  const end = endOf(actor, needed(permission), place)
  if (end === null || (expiresAt !== null && expiresAt <= end)) return
  throw new AppError(
    'forbidden',
    `Your own role here ends at ${end.toISOString()}: what you create cannot last longer (expiresAt).`,
  )
}

/** For what is a person's alone, such as a password: no API token does it for them. */
export function requirePerson(actor: Actor): { userId: string; sessionId: string } {
  const { kind, userId, sessionId } = actor
  if (kind === 'session' && userId !== null && sessionId !== null) return { userId, sessionId }
  throw new AppError('forbidden', 'Only a person who is signed in can do this, not an API token.')
}

export function notFound(what: string): AppError {
  return new AppError('not_found', `There is no such ${what}.`)
}

function settle(decision: Decision, needs?: Needs): void {
  if (decision.allowed) return
  if (decision.why === 'step-up') throw new AppError('step_up_required', decision.reason)
  throw new AppError('forbidden', decision.reason, { needs })
}

/** Nothing about a place that the actor may not know of. */
function needsAt(actor: Actor, permission: Permission, place: Place): Needs | undefined {
  const { teamId, projectId, production } = place
  if (teamId !== null && !sees(actor, place)) return undefined
  return {
    permission,
    ...(teamId === null ? {} : { teamId }),
    ...(projectId === null ? {} : { projectId }),
    ...(production ? { production: 'true' } : {}),
  }
}

function needed(permission: OperationPermission): Permission {
  if (permission === null || permission === 'self') {
    throw new Error('an operation without a permission has nothing to authorize')
  }
  return permission
}
