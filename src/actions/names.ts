import type { Ctx } from '../app.ts'
import type { nameList } from '../contract/names.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { findNamed, type Named, placesOfUsers } from '../db/names.ts'
import { decide, sees } from '../domain/access.ts'
import type { Actor } from '../domain/actor.ts'
import {
  CONFIDENTIAL,
  heldPlace,
  ORGANIZATION,
  type Place,
  projectPlace,
  teamPlace,
} from '../domain/place.ts'

/**
 * What things are called, so that a page need not show their ids. A person's name, and no more of them, is known to who
 * sees a team or a project where they own a key or hold a role.
 */
export async function listNames(
  { db, actor }: Ctx,
  { query }: Valid<typeof nameList>,
): Promise<Output<typeof nameList>> {
  const found = await findNamed(db, query.ids)
  const people = found.filter(({ kind }) => kind === 'user').map(({ id }) => id)
  const near = await knownOf(db, actor, people)
  const shown = found.filter((named) =>
    named.kind === 'user' ? near.has(named.id) : sees(actor, placeOf(named)),
  )
  return { names: Object.fromEntries(shown.map(({ id, name }) => [id, name])) }
}

/** Whose names among these the actor may know. */
export async function knownOf(db: Ctx['db'], actor: Actor, userIds: string[]): Promise<Set<string>> {
  return knowsEverybody(actor) ? new Set(userIds) : await nearOf(db, actor, userIds)
}

/** Whether the actor may know what anybody is called. */
export function knowsEverybody(actor: Actor): boolean {
  return decide({ ...actor, stepUp: 'none' }, 'user:read', CONFIDENTIAL).allowed
}

async function nearOf(db: Ctx['db'], actor: Actor, userIds: string[]): Promise<Set<string>> {
  const places = await placesOfUsers(db, userIds)
  const near = places.filter((place) => sees(actor, heldPlace(place))).map(({ userId }) => userId)
  return new Set([...near, ...userIds.filter((id) => id === actor.userId)])
}

function placeOf({ teamId, projectId, ownerUserId }: Named): Place {
  if (teamId === null) return ORGANIZATION
  const place = projectId === null ? teamPlace(teamId) : projectPlace({ id: projectId, teamId })
  return { ...place, ownerUserId }
}
