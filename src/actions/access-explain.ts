import type { Ctx } from '../app.ts'
import type { accessExplain } from '../contract/access.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { listGivers } from '../db/grants.ts'
import { findProject } from '../db/projects.ts'
import { listRoles } from '../db/roles.ts'
import { findTeam } from '../db/teams.ts'
import { decide, decideAnywhere } from '../domain/access.ts'
import { type Ask, askFor, canGive, rolesAt, scopesAt } from '../domain/access-explain.ts'
import type { Actor } from '../domain/actor.ts'
import { isRead } from '../domain/permission.ts'
import { ORGANIZATION, type Place, projectPlace, teamPlace, wholeTeamPlace } from '../domain/place.ts'
import { visible } from './authorize.ts'
import { knownOf } from './names.ts'
import { principalActor } from './principal.ts'

/** More would each rely on the others. */
const MOST_GIVERS = 5
/** So many, the nearest first, are looked at: with a role of their own somebody may hold this and be able to give nothing. */
const MOST_LOOKED_AT = 25

/** How the actor could be allowed something there. Said by the very checks that refuse it, so that nobody asks in vain. */
export async function explainAccess(
  ctx: Ctx,
  { query }: Valid<typeof accessExplain>,
): Promise<Output<typeof accessExplain>> {
  const { permission, anywhere = false } = query
  // A confirmation is asked for when something is done, not a reason to explain.
  const actor = { ...ctx.actor, stepUp: 'none' as const }
  const place = anywhere ? null : await placeOf(ctx, query)
  const customs = decideAnywhere(actor, 'role:read').allowed ? await listRoles(ctx.db) : []
  const { teamId, projectId, production } = place ?? ORGANIZATION
  const needed = { teamId, projectId, production: production && !isRead(permission) }
  const roles = rolesAt(permission, scopesAt(place), customs)
  const near = await listGivers(ctx.db, permission, needed, MOST_LOOKED_AT)
  const known = await knownOf(
    ctx.db,
    actor,
    near.map(({ userId }) => userId),
  )
  const givers: typeof near = []
  for (const one of near) {
    if (givers.length === MOST_GIVERS) break
    if (!known.has(one.userId)) continue
    const giver = await principalActor(ctx.db, { userId: one.userId, serviceAccountId: null })
    if (canGive(giver, roles, customs, place && { ...place, production: needed.production })) givers.push(one)
  }
  const ask = askFor(actor, permission, place)
  return {
    roles,
    ask: ask && mayAsk(actor, ask, place) ? ask : null,
    givers,
  }
}

async function placeOf(
  { db, actor }: Ctx,
  { teamId, projectId, production = false }: Valid<typeof accessExplain>['query'],
): Promise<Place> {
  if (projectId !== undefined) {
    const project = visible(actor, 'project', await findProject(db, projectId), projectPlace)
    return { ...projectPlace(project), production }
  }
  if (teamId === undefined) return { ...ORGANIZATION, production }
  const team = visible(actor, 'team', await findTeam(db, teamId), ({ id }) => teamPlace(id))
  return { ...teamPlace(team.id), production }
}

/** A person, where they may make requests: see `createAccessRequest`. */
function mayAsk(actor: Actor, ask: Ask, place: Place | null): boolean {
  if (actor.userId === null) return false
  if (place?.teamId == null) return decideAnywhere(actor, 'access-request:create').allowed
  const about = ask.kind === 'team' ? wholeTeamPlace(place.teamId) : { ...place, production: false }
  return decide(actor, 'access-request:create', about).allowed
}
