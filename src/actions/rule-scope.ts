import type { Ctx } from '../app.ts'
import { findProvider } from '../db/providers.ts'
import { findScope } from '../db/scopes.ts'
import type { Actor } from '../domain/actor.ts'
import type { Permission } from '../domain/permission.ts'
import type { Scope } from '../domain/scope.ts'
import { authorize, visible } from './authorize.ts'
import { invalid } from './invalid.ts'

/** A place where the actor may attach rules, and the team it belongs to: null for the organization's own. */
export type RuleScope = Scope & { teamId: string | null }

/** Finds the scope of a rule and lets the actor go on, or throws `not_found` or `forbidden`. */
export async function reachScope(ctx: Ctx, permission: Permission | null, scope: Scope): Promise<RuleScope> {
  const found = await findScope(ctx.db, scope)
  const { teamId } = visible(ctx.actor, scope.type.replace('_', ' '), found, (row) => row.teamId)
  authorizeRule(ctx.actor, permission, scope.type, teamId)
  return { ...scope, teamId }
}

/**
 * What is set on a team as a whole is what the organization allows it: the team's own token reads it, and sets its
 * rules below.
 */
export function authorizeRule(
  actor: Actor,
  permission: Permission | null,
  scopeType: string,
  teamId: string | null,
): void {
  const reads = permission?.endsWith(':read')
  authorize(actor, permission, scopeType === 'team' && !reads ? null : teamId)
}

/** A rule for one provider needs that provider. */
export async function requireProvider(ctx: Ctx, providerId: string | null, pointer: string): Promise<void> {
  if (providerId === null) return
  const provider = await findProvider(ctx.db, providerId)
  if (!provider || provider.archivedAt) throw invalid(pointer, 'there is no such provider')
}
