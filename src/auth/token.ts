import type { App } from '../app.ts'
import { findTokenPrincipal, type TokenPrincipal } from '../db/principals.ts'
import { touchToken } from '../db/tokens.ts'
import type { Actor, Reach } from '../domain/actor.ts'
import { reachOfGrant, scopeAt } from '../domain/reach.ts'
import { EVERY_PERMISSION, permissionsOf } from '../domain/roles.ts'
import { requireAddress } from './address.ts'
import { unauthenticated } from './unauthenticated.ts'

/** Who acts with this API token: no more than its principal may now, narrowed to what the token says. */
export async function actorOfToken(app: App, secret: string, ip: string | null): Promise<Actor> {
  const token = await findTokenPrincipal(app.db, app.keyring.hashSecret(secret))
  if (token === undefined) throw unauthenticated('This API token is not known here.')
  if (token.revokedAt !== null) throw unauthenticated('This API token was revoked.')
  if (token.expired) throw unauthenticated('This API token has expired.')
  if (token.deactivatedAt !== null) throw unauthenticated('The owner of this API token is deactivated.')
  requireAddress(app, token, ip)
  if (token.unseen) await touchToken(app.db, token.id)
  return {
    kind: 'token',
    id: token.id,
    userId: token.userId,
    serviceAccountId: token.serviceAccountId,
    layers: [[narrowingOf(token)], token.grants.map(reachOfGrant)],
    self: isWhole(token) ? token.userId : null,
    sessionId: null,
    methods: [],
    stepUp: 'none',
    stepUpId: null,
  }
}

function narrowingOf(token: TokenPrincipal): Reach {
  const { roleId, custom, production } = token
  const scope = scopeAt(token)
  const permissions =
    roleId === null ? EVERY_PERMISSION : (permissionsOf(roleId, scope.type, custom) ?? new Set<never>())
  return { scope, roleId: roleId ?? 'owner', permissions, production, endsAt: null }
}

/** It narrows nothing, so it also reaches what is its person's own. */
function isWhole({ roleId, teamId, production }: TokenPrincipal): boolean {
  return roleId === null && teamId === null && production
}
