import type { Ctx, Db } from '../app.ts'
import type { OperationPermission } from '../contract/operation.ts'
import { transaction } from '../db/transaction.ts'
import { audit } from './audit.ts'
import { authorize } from './authorize.ts'
import { requireVersion } from './require-version.ts'
import { sharedPlace } from './shared-place.ts'

type Settings<Row, Shown> = {
  /** As the audit trail calls them: `security`. */
  name: string
  permission: OperationPermission
  lock(db: Db): Promise<Row>
  present(row: Row): Shown
}

/** Changes settings of the whole organization, of which there is one row. `write` returns it as it then is. */
export function changeSettings<Row extends { version: number }, Shown extends object>(
  ctx: Ctx,
  { name, permission, lock, present }: Settings<Row, Shown>,
  write: (ctx: Ctx, row: Row) => Promise<Row>,
): Promise<Shown> {
  return transaction(ctx, async (ctx) => {
    authorize(ctx.actor, permission, await sharedPlace(ctx.db))
    const row = await lock(ctx.db)
    requireVersion(ctx, 'setting', row)
    const before = present(row)
    const after = present(await write(ctx, row))
    await audit(ctx, { action: `${name}.update`, targetId: name, before, after })
    return after
  })
}
