import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { retentionPreview, retentionUpdate, retentionView } from '../contract/retention.ts'
import { findRetention, lockRetention, type RetentionRow, setRetention } from '../db/retention.ts'
import { reportUsage } from '../db/usage.ts'
import { findErasedBefore, horizonAfter } from '../db/usage-erase.ts'
import { ORGANIZATION } from '../domain/place.ts'
import { authorize } from './authorize.ts'
import { changeSettings } from './change-settings.ts'

const BEGINNING = new Date(0)

export async function viewRetention(ctx: Ctx): Promise<Output<typeof retentionView>> {
  authorize(ctx.actor, retentionView.permission, ORGANIZATION)
  return present(await findRetention(ctx.db), await findErasedBefore(ctx.db))
}

/** Counted from what is added up for reports: it takes as long however many calls there are. */
export async function previewRetention(
  ctx: Ctx,
  { query }: Valid<typeof retentionPreview>,
): Promise<Output<typeof retentionPreview>> {
  authorize(ctx.actor, retentionPreview.permission, ORGANIZATION)
  const before = await horizonAfter(ctx.db, query.callDays)
  const from = (await findErasedBefore(ctx.db)) ?? BEGINNING
  if (from >= before) return { before: before.toISOString(), calls: 0 }
  const { total } = await reportUsage(ctx.reportDb, {
    dimensions: [],
    timeZone: 'UTC',
    filter: { within: 'everything', from, to: before },
    limit: 1,
  })
  return { before: before.toISOString(), calls: total.calls }
}

/** Nothing is erased here: a job does, by and by (src/jobs/erase-calls.ts). */
export async function updateRetention(
  ctx: Ctx,
  { body }: Valid<typeof retentionUpdate>,
): Promise<Output<typeof retentionUpdate>> {
  const { permission } = retentionUpdate
  const erasedBefore = await findErasedBefore(ctx.db)
  const retention = {
    name: 'retention',
    permission,
    lock: lockRetention,
    present: (row: RetentionRow) => present(row, erasedBefore),
  }
  return changeSettings(ctx, retention, ({ db }) => setRetention(db, body))
}

function present(
  { callDays, version }: RetentionRow,
  erasedBefore: Date | null,
): Output<typeof retentionView> {
  return { callDays, erasedBefore: erasedBefore?.toISOString() ?? null, version }
}
