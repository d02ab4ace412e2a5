import type { Ctx } from '../app.ts'
import type { accessCheck } from '../contract/access.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { findScope } from '../db/scopes.ts'
import { decide } from '../domain/access.ts'
import { PERMISSIONS, type Permission } from '../domain/permission.ts'
import { type FoundScope, type Place, rulePlace } from '../domain/place.ts'
import { visible } from './authorize.ts'
import { placeOfRules } from './rule-scope.ts'

/** What the actor may do with each of these things: so that a page offers no button that answers "forbidden". */
export async function checkAccess(
  ctx: Ctx,
  { body }: Valid<typeof accessCheck>,
): Promise<Output<typeof accessCheck>> {
  const { permissions = PERMISSIONS, targets } = body
  // A confirmation is asked for when something is done, not a reason to offer nothing.
  const actor = { ...ctx.actor, stepUp: 'none' as const }
  const data = []
  for (const target of targets) {
    const what = target.type.replace('_', ' ')
    const found = visible(actor, what, await findScope(ctx.db, target), placeOf)
    const answers = permissions.map((permission) => {
      const place = isAboutRules(permission) ? placeOfRules(permission, found) : placeOf(found)
      const decision = decide(actor, permission, place)
      return [permission, decision.allowed || { reason: decision.reason }] as const
    })
    data.push({ target, can: Object.fromEntries(answers) })
  }
  return { data }
}

/** The thing itself. That there is such a team is known to who has a role in a project of it, its rules are not. */
function placeOf(found: FoundScope): Place {
  const place = rulePlace(found)
  return found.scopeType === 'team' ? { ...place, confidential: false } : place
}

function isAboutRules(permission: Permission): boolean {
  return /^(?:policy|budget|rate-limit):/.test(permission)
}
