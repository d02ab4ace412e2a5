import type { Ctx } from '../app.ts'
import { identityDelete, identityList } from '../contract/identities.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { deleteIdentity, type IdentityRow, listIdentities, lockIdentity } from '../db/identities.ts'
import { transaction } from '../db/transaction.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { audit } from './audit.ts'
import { authorize, visible } from './authorize.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'
import { requireConfirmed } from './require-confirmed.ts'
import { requireOutranks } from './require-outranks.ts'
import { endSessions } from './sessions.ts'

/** The accounts elsewhere with which somebody signs in: everybody sees their own. */
export async function listIdentitiesFor(
  ctx: Ctx,
  { query }: Valid<typeof identityList>,
): Promise<Output<typeof identityList>> {
  const { limit, cursor } = query
  const userId = query.userId ?? ctx.actor.self
  if (userId === null) throw invalid('/query/userId', 'say of whom: this token is of no person')
  if (userId !== ctx.actor.self) authorize(ctx.actor, identityList.permission, CONFIDENTIAL)
  const rows = await listIdentities(ctx.db, { userId, cursor, limit: limit + 1 })
  return pageOf(rows, limit, presentIdentity)
}

/** Disconnects one. What is somebody else's takes who may reset them. */
export async function deleteIdentityFor(ctx: Ctx, { params }: Valid<typeof identityDelete>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const found = await lockIdentity(ctx.db, params.identityId)
    const own = found !== undefined && found.userId === ctx.actor.self
    if (own) requireConfirmed(ctx)
    else authorize(ctx.actor, identityDelete.permission, CONFIDENTIAL)
    const row = own ? found : visible(ctx.actor, 'identity', found, () => CONFIDENTIAL)
    if (!own) await requireOutranks(ctx, row.userId)
    await deleteIdentity(ctx.db, row.id)
    await audit(ctx, { action: 'identity.delete', targetId: row.id, before: presentIdentity(row) })
    const { connectionId, userId } = row
    await endSessions(ctx, { connectionId, userId }, 'the account there was disconnected')
  })
}

function presentIdentity(row: IdentityRow): Output<typeof identityList>['data'][number] {
  return {
    id: row.id,
    userId: row.userId,
    connectionId: row.connectionId,
    connection: row.connection,
    issuer: row.issuer,
    subject: row.subject,
    email: row.email,
    linkedAt: row.linkedAt.toISOString(),
    lastSignInAt: row.lastSignInAt?.toISOString() ?? null,
  }
}
