import type { Actor } from '../domain/actor.ts'
import { AppError } from '../domain/errors.ts'
import { type Permission, roleAllows } from '../domain/permission.ts'

/**
 * Lets the actor go on, or throws `forbidden`. `teamId` is the team that owns what is acted on; null is the
 * organization's own (providers, models, settings), which a team's token does not reach.
 * Call `visible` first for a thing that was looked up, so that strangers get `not_found`.
 */
export function authorize(actor: Actor, permission: Permission | null, teamId: string | null): void {
  if (permission === null) return
  if (!roleAllows(actor.role, permission)) {
    throw new AppError(
      'forbidden',
      `This needs the permission "${permission}", which a token with the role "${actor.role}" lacks.`,
    )
  }
  if (actor.teamId !== null && actor.teamId !== teamId) {
    throw new AppError(
      'forbidden',
      `This needs the permission "${permission}" for the whole organization; this token reaches one team only.`,
    )
  }
}

/**
 * Returns what was found if the actor may know of it, or throws `not_found`: the same answer for a thing that is
 * not there and for one of another team.
 */
export function visible<Row>(
  actor: Actor,
  what: string,
  row: Row | undefined,
  teamOf: (row: Row) => string | null,
): Row {
  if (row === undefined || (actor.teamId !== null && teamOf(row) !== null && teamOf(row) !== actor.teamId)) {
    throw new AppError('not_found', `There is no such ${what}.`)
  }
  return row
}

/**
 * The team to narrow a list to: the one asked for, and for a team's token its own at most. Asking for another
 * team is `not_found`, as if it were not there.
 */
export function reachedTeam(actor: Actor, teamId: string | undefined): string | undefined {
  if (actor.teamId === null) return teamId
  if (teamId !== undefined && teamId !== actor.teamId)
    throw new AppError('not_found', 'There is no such team.')
  return actor.teamId
}
