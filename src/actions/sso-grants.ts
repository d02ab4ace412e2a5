import type { Ctx, Visit } from '../app.ts'
import type { ConnectionRow } from '../db/connections.ts'
import { lockGrant } from '../db/grants.ts'
import { listGrantsOfConnection, listMappingsOf } from '../db/mappings.ts'
import { transaction } from '../db/transaction.ts'
import { lockUser } from '../db/users.ts'
import { programActor } from '../domain/actor.ts'
import { type Claims, grantKey, type MappedGrant, mappedGrants } from '../domain/claims.ts'
import { named, permissionsHeld } from './given-role.ts'
import { giveGrant, takeGrant } from './grants.ts'

/** The roles that a connection gives somebody of whom its provider says this: the one of everybody, and those of groups. */
export async function grantsOfClaims(
  visit: Visit,
  connection: ConnectionRow,
  claims: Claims,
): Promise<MappedGrant[]> {
  const mapped = mappedGrants(await listMappingsOf(visit.db, connection.id), claims)
  const { defaultRole: roleId } = connection
  const all =
    roleId === null ? mapped : [{ roleId, teamId: null, projectId: null, production: false }, ...mapped]
  return [...new Map(all.map((grant) => [grantKey(grant), grant])).values()]
}

/**
 * Gives a person what their provider says now, and takes back what this connection gave them before and it says no
 * more. What others gave them is not its business.
 */
export function reconcileGrants(
  visit: Visit,
  connection: ConnectionRow,
  userId: string,
  claims: Claims,
): Promise<void> {
  return transaction({ ...visit, actor: programActor('job', connection.id) }, async (ctx) => {
    // Of two sign-ins at once, the second sees what the first gave.
    await lockUser(ctx.db, userId)
    const said = new Map((await grantsOfClaims(ctx, connection, claims)).map((one) => [grantKey(one), one]))
    for (const held of await listGrantsOfConnection(ctx.db, connection.id, userId)) {
      if (!said.delete(grantKey(held))) await takeBack(ctx, held.id)
    }
    for (const grant of said.values()) await give(ctx, connection, userId, grant)
  })
}

/** Takes back all that a connection ever gave. */
export async function takeGrantsOfConnection(ctx: Ctx, connectionId: string): Promise<void> {
  for (const { id } of await listGrantsOfConnection(ctx.db, connectionId)) await takeBack(ctx, id)
}

async function takeBack(ctx: Ctx, grantId: string): Promise<void> {
  const row = await lockGrant(ctx.db, grantId)
  if (row && row.revokedAt === null) await takeGrant(ctx, row, 'grant.revoke')
}

/** A role that was deleted since, or cannot be held there any more, is nothing: that keeps nobody out. */
async function give(ctx: Ctx, { id }: ConnectionRow, userId: string, grant: MappedGrant): Promise<void> {
  const { roleId, ...where } = grant
  if ((await permissionsHeld(ctx, roleId, named(where))).size === 0) return
  await giveGrant(
    ctx,
    { userId, serviceAccountId: null },
    { ...where, role: roleId, expiresAt: null },
    { source: 'sso', sourceId: id },
  )
}
