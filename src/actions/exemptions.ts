import type { Ctx } from '../app.ts'
import { exemptionCreate, exemptionList, exemptionRevoke } from '../contract/exemptions.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { findDocument } from '../db/documents.ts'
import {
  type ExemptionRow,
  insertExemption,
  listExemptions,
  lockExemption,
  setExemptionRevoked,
} from '../db/exemptions.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { findUser } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, notFound } from './authorize.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'

/** Excuses somebody from a document. Nobody excuses themselves. */
export async function createExemption(
  ctx: Ctx,
  { body }: Valid<typeof exemptionCreate>,
): Promise<Output<typeof exemptionCreate>> {
  authorize(ctx.actor, exemptionCreate.permission, CONFIDENTIAL)
  if (body.userId === ctx.actor.userId) {
    throw new AppError('conflict', 'You cannot excuse yourself. Ask somebody else.')
  }
  return transaction(ctx, async (ctx) => {
    const document = await findDocument(ctx.db, body.documentId)
    if (!document || document.archivedAt) throw invalid('/body/documentId', 'there is no such document')
    const user = await findUser(ctx.db, body.userId)
    if (!user || user.deactivatedAt) throw invalid('/body/userId', 'there is no such active user')
    const until = body.until === undefined ? null : new Date(body.until)
    if (until && until <= (await databaseTime(ctx.db))) throw invalid('/body/until', 'this moment has passed')
    const row = await insertExemption(ctx.db, {
      ...body,
      until,
      id: newId('exm'),
      createdBy: ctx.actor.id,
    })
    const after = presentExemption(row)
    await audit(ctx, { action: 'exemption.create', targetId: row.id, after, reason: row.reason })
    return after
  })
}

export async function listExemptionsFor(
  ctx: Ctx,
  { query }: Valid<typeof exemptionList>,
): Promise<Output<typeof exemptionList>> {
  authorize(ctx.actor, exemptionList.permission, CONFIDENTIAL)
  const { limit, cursor, documentId, userId } = query
  const rows = await listExemptions(ctx.db, { limit: limit + 1, cursor, documentId, userId })
  return pageOf(rows, limit, presentExemption)
}

export async function revokeExemption(
  ctx: Ctx,
  { params }: Valid<typeof exemptionRevoke>,
): Promise<Output<typeof exemptionRevoke>> {
  authorize(ctx.actor, exemptionRevoke.permission, CONFIDENTIAL)
  return transaction(ctx, async (ctx) => {
    const row = await lockExemption(ctx.db, params.exemptionId)
    if (!row) throw notFound('exemption')
    const before = presentExemption(row)
    if (row.revokedAt !== null) return before
    const after = presentExemption(await setExemptionRevoked(ctx.db, row.id))
    await audit(ctx, { action: 'exemption.revoke', targetId: row.id, before, after })
    return after
  })
}

function presentExemption(row: ExemptionRow): Output<typeof exemptionCreate> {
  return {
    id: row.id,
    documentId: row.documentId,
    userId: row.userId,
    reason: row.reason,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    until: row.until?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }
}
