import type { Ctx } from '../app.ts'
import type { OperationPermission } from '../contract/operation.ts'
import { findProvider } from '../db/providers.ts'
import { findScope } from '../db/scopes.ts'
import type { Actor } from '../domain/actor.ts'
import { type FoundScope, type Place, rulePlace, ruleSetterPlace } from '../domain/place.ts'
import type { Scope } from '../domain/scope.ts'
import { authorize, visible } from './authorize.ts'
import { invalid } from './invalid.ts'

/** A scope to which the actor may attach rules, and where it lies. */
export type RuleScope = Scope & { teamId: string | null; projectId: string | null; place: Place }

/** Finds the scope of a rule and lets the actor go on, or throws `not_found` or `forbidden`. */
export async function reachScope(
  ctx: Ctx,
  permission: OperationPermission,
  scope: Scope,
): Promise<RuleScope> {
  const what = scope.type.replace('_', ' ')
  const found = visible(ctx.actor, what, await findScope(ctx.db, scope), rulePlace)
  authorizeRule(ctx.actor, permission, found)
  return { ...scope, teamId: found.teamId, projectId: found.projectId, place: rulePlace(found) }
}

/** Lets the actor read the rules of a scope, or change them: what is set on a whole is for the level above to set. */
export function authorizeRule(actor: Actor, permission: OperationPermission, scope: FoundScope): void {
  authorize(actor, permission, placeOfRules(permission, scope))
}

export function placeOfRules(permission: OperationPermission, scope: FoundScope): Place {
  return permission?.endsWith(':read') ? rulePlace(scope) : ruleSetterPlace(scope)
}

/** A rule for one provider needs that provider. */
export async function requireProvider(ctx: Ctx, providerId: string | null, pointer: string): Promise<void> {
  if (providerId === null) return
  const provider = await findProvider(ctx.db, providerId)
  if (!provider || provider.archivedAt) throw invalid(pointer, 'there is no such provider')
}

/** What is for each member is attached to something that has members: users who own keys in it. */
export function requireMembers(perMember: boolean, { type }: Scope): void {
  if (!perMember || type === 'organization' || type === 'team' || type === 'project') return
  throw invalid('/body/perMember', 'members are those of the organization, a team or a project')
}
