import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { NanoUsd } from '../domain/money.ts'
import { newId } from '../ids.ts'
import { upsertFinding } from './findings.ts'
import type { WindowKey } from './ledger.ts'
import { notify } from './notify.ts'
import { transaction } from './transaction.ts'

export type KnownSpend = WindowKey & { spentNanoUsd: NanoUsd }
/** Nothing is missing in a window that was not there, and of which nothing is known to be spent. */
export type Restored = WindowKey & { missingNanoUsd: NanoUsd }

/**
 * Raises what is spent in each window to what `nodeId` knows of it, and makes those that are not there. Answers what was
 * not as it should be: the database is an older one then, and where spend was missing a person should see that.
 */
export function restoreSpend(db: Db, nodeId: string, known: readonly KnownSpend[]): Promise<Restored[]> {
  const ids = known.map(() => newId('cor'))
  const budgetIds = known.map(({ budgetId }) => budgetId)
  const starts = known.map(({ windowStart }) => windowStart)
  const spent = known.map(({ spentNanoUsd }) => spentNanoUsd)
  return transaction({ db }, async ({ db }) => {
    const { rows } = await sql<Restored>`
      select * from ledger_restore(${nodeId}, ${ids}, ${budgetIds}, ${starts}::timestamptz[], ${spent}::int8[])`.execute(
      db,
    )
    for (const { budgetId, windowStart, missingNanoUsd } of rows.filter(isMissing)) {
      const detail = {
        windowStart: windowStart.toISOString(),
        missingNanoUsd: String(missingNanoUsd),
        nodeId,
      }
      await upsertFinding(db, {
        id: newId('fnd'),
        kind: 'ledger-restored',
        severity: 'high',
        targetId: budgetId,
        detail: JSON.stringify(detail),
      })
      // What nodes have free of the window may be more than is left of it now.
      await notify({ db }, { topic: 'budget', id: budgetId })
    }
    return rows
  })
}

export function isMissing({ missingNanoUsd }: Restored): boolean {
  return missingNanoUsd > 0n
}
