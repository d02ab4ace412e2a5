import { accessRequestApprove, accessRequestEnd } from '../contract/access-requests.ts'
import type { AccessRequestRow } from '../db/access-requests.ts'
import { decide } from '../domain/access.ts'
import type { RequestEvent } from '../domain/access-request.ts'
import type { Actor } from '../domain/actor.ts'
import { AppError } from '../domain/errors.ts'
import type { Place } from '../domain/place.ts'
import { placeOf, stateAfter } from './access-request-steps.ts'
import { authorize, notFound, requirePerson } from './authorize.ts'

type Verdict = true | { reason: string }

/** Asking changes nothing there: it takes a role in the project, not one that reaches its production. */
export function askingPlace(row: Pick<AccessRequestRow, 'teamId' | 'projectId' | 'production'>): Place {
  return { ...placeOf(row), production: false }
}

/** Sessions act for their person; a token that is narrowed, where it could have asked itself. */
export function isOwn(actor: Actor, row: AccessRequestRow): boolean {
  if (actor.self === row.requesterId) return true
  if (actor.userId !== row.requesterId) return false
  return decide(actor, 'access-request:create', askingPlace(row)).allowed
}

/**
 * Lets the actor decide: never about their own request, whichever of their sessions or tokens they use, and for
 * production a person who is there, not a program.
 */
export function requireMayDecide(actor: Actor, row: AccessRequestRow): void {
  if (actor.userId === row.requesterId) {
    throw new AppError('forbidden', 'Nobody decides about their own request: it takes somebody else.')
  }
  authorize(actor, accessRequestApprove.permission, placeOf(row))
  if (row.production) requirePerson(actor)
  if (actor.userId === null) {
    throw new AppError('forbidden', 'A person decides about requests, not a service account.')
  }
}

/** Who asked gives back without asking anybody what they got. */
export function requireMayEnd(actor: Actor, row: AccessRequestRow): void {
  if (!isOwn(actor, row)) authorize(actor, accessRequestEnd.permission, placeOf(row))
}

/** What the actor may do with a request that they see, or why not: said by the very checks that the acts make. */
export function rightsOf(
  asking: Actor,
  row: AccessRequestRow,
): { decide: Verdict; withdraw: Verdict; end: Verdict } {
  // A confirmation is asked for when something is done, not a reason to offer nothing.
  const actor = { ...asking, stepUp: 'none' as const }
  return {
    decide: verdict(row, 'approve', () => requireMayDecide(actor, row)),
    withdraw: verdict(row, 'withdraw', () => {
      if (!isOwn(actor, row)) throw notFound('access request of yours')
    }),
    end: verdict(row, 'end', () => requireMayEnd(actor, row)),
  }
}

function verdict(row: AccessRequestRow, event: RequestEvent, check: () => void): Verdict {
  try {
    stateAfter(row, event)
    check()
    return true
  } catch (error) {
    if (error instanceof AppError) return { reason: error.message }
    throw error
  }
}
