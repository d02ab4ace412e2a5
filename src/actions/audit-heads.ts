import type { Ctx } from '../app.ts'
import type { auditHeadList, auditKeyView } from '../contract/audit.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { listHeadsBefore } from '../db/audit-chain.ts'
import { findOrganization } from '../db/organization.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { authorize, authorizeAnywhere } from './authorize.ts'

/** The heads of the chain that were signed: for who keeps them elsewhere. */
export async function listAuditHeadsFor(
  ctx: Ctx,
  { query }: Valid<typeof auditHeadList>,
): Promise<Output<typeof auditHeadList>> {
  authorize(ctx.actor, 'audit:read', CONFIDENTIAL)
  const { limit, cursor = null } = query
  const organization = await findOrganization(ctx.db)
  const heads = organization
    ? await listHeadsBefore(ctx.db, organization.id, { before: cursor, limit: limit + 1 })
    : []
  const data = heads.slice(0, limit)
  const nextCursor = heads.length > limit ? String(data.at(-1)?.position) : null
  return { data, nextCursor }
}

/** The public key: no secret, and for whoever may read the audit trail. */
export async function viewAuditKey(ctx: Ctx): Promise<Output<typeof auditKeyView>> {
  authorizeAnywhere(ctx.actor, 'audit:read')
  const { auditKeyId, auditPublicKey } = ctx.keyring
  return { keyId: auditKeyId, publicKey: auditPublicKey }
}
