import type { Ctx } from '../app.ts'
import type { accessCheck } from '../contract/access.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { findScopes } from '../db/scopes.ts'
import { findUser } from '../db/users.ts'
import { decide } from '../domain/access.ts'
import type { Actor } from '../domain/actor.ts'
import { PERMISSIONS, type Permission } from '../domain/permission.ts'
import { CONFIDENTIAL, type FoundScope, type Place, rulePlace } from '../domain/place.ts'
import { authorize, visible } from './authorize.ts'
import { principalActor } from './principal.ts'
import { placeOfRules } from './rule-scope.ts'

/**
 * What the actor may do with each of these things: so that a page offers no button that answers "forbidden". Or what
 * somebody else may, to who may read everybody's roles; the things are those that the actor sees.
 */
export async function checkAccess(
  ctx: Ctx,
  { body }: Valid<typeof accessCheck>,
): Promise<Output<typeof accessCheck>> {
  const { userId, permissions = PERMISSIONS, targets } = body
  // A confirmation is asked for when something is done, not a reason to offer nothing.
  const asking = { ...ctx.actor, stepUp: 'none' as const }
  const actor = userId === undefined ? asking : await personActor(ctx, userId)
  const scopes = await findScopes(
    ctx.db,
    targets.map(({ id }) => id),
  )
  const data = targets.map((target) => {
    const what = target.type.replace('_', ' ')
    const row = scopes.get(target.id)
    const found = visible(asking, what, row?.scopeType === target.type ? row : undefined, placeOf)
    const answers = permissions.map((permission) => {
      const place = isAboutRules(permission) ? placeOfRules(permission, found) : placeOf(found)
      const decision = decide(actor, permission, place)
      return [permission, decision.allowed || { reason: decision.reason }] as const
    })
    return { target, can: Object.fromEntries(answers) }
  })
  return { data }
}

/** Somebody else: nobody who is deactivated may do anything. */
async function personActor(ctx: Ctx, userId: string): Promise<Actor> {
  for (const permission of ['user:read', 'grant:read'] as const)
    authorize(ctx.actor, permission, CONFIDENTIAL)
  const user = visible(ctx.actor, 'user', await findUser(ctx.db, userId), () => CONFIDENTIAL)
  const person = await principalActor(ctx.db, { userId, serviceAccountId: null })
  return user.deactivatedAt === null ? person : { ...person, layers: [[]], self: null }
}

/** The thing itself. That there is such a team is known to who has a role in a project of it, its rules are not. */
function placeOf(found: FoundScope): Place {
  const place = rulePlace(found)
  return found.scopeType === 'team' ? { ...place, confidential: false } : place
}

function isAboutRules(permission: Permission): boolean {
  return /^(?:policy|budget|rate-limit):/.test(permission)
}
