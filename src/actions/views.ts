import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import type { viewCreate, viewDelete, viewList } from '../contract/views.ts'
import { transaction } from '../db/transaction.ts'
import { lockUser } from '../db/users.ts'
import { deleteView, insertView, listViews, type ViewRow } from '../db/views.ts'
import { AppError } from '../domain/errors.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { notFound, requirePerson } from './authorize.ts'

const MOST = 50

export async function listOwnViews(
  { db, actor }: Ctx,
  { query }: Valid<typeof viewList>,
): Promise<Output<typeof viewList>> {
  const { userId } = requirePerson(actor)
  return { data: (await listViews(db, userId, query.page)).map(presentView), nextCursor: null }
}

/** Saves what somebody looks at, for themselves. */
export async function createView(
  ctx: Ctx,
  { body }: Valid<typeof viewCreate>,
): Promise<Output<typeof viewCreate>> {
  const { userId } = requirePerson(ctx.actor)
  return transaction(ctx, async (ctx) => {
    // Of two at once, the second counts the first.
    await lockUser(ctx.db, userId)
    if ((await listViews(ctx.db, userId)).length >= MOST) {
      throw new AppError('conflict', `You have ${MOST} saved views: delete one first.`)
    }
    const row = await insertView(ctx.db, { id: newId('view'), userId, ...body })
    if (!row)
      throw new AppError('conflict', `You have a view called "${body.name}" here: choose another name.`)
    const view = presentView(row)
    await audit(ctx, { action: 'view.create', targetId: view.id, after: view })
    return view
  })
}

export async function forgetView(ctx: Ctx, { params }: Valid<typeof viewDelete>): Promise<void> {
  const { userId } = requirePerson(ctx.actor)
  await transaction(ctx, async (ctx) => {
    const row = await deleteView(ctx.db, { id: params.viewId, userId })
    if (!row) throw notFound('view')
    await audit(ctx, { action: 'view.delete', targetId: row.id, before: presentView(row) })
  })
}

function presentView({ id, page, name, query, createdAt }: ViewRow): Output<typeof viewCreate> {
  return { id, page, name, query, createdAt: createdAt.toISOString() }
}
