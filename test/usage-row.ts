import type { Insertable } from 'kysely'
import type { App } from '../src/app.ts'
import type { Usage } from '../src/db/schema.ts'
import { newId } from '../src/ids.ts'

/** Writes one line of the access log, as the ledger does when it settles a call. */
export async function insertUsageRow(
  { db }: Pick<App, 'db'>,
  row: Partial<Insertable<Usage>>,
): Promise<void> {
  const now = new Date()
  await db
    .insertInto('usage')
    .values({
      id: newId('use'),
      requestId: newId('req'),
      attempt: 1,
      admittedAt: now,
      settledAt: now,
      keyId: newId('key'),
      secretId: newId('sec'),
      environmentId: newId('env'),
      projectId: newId('prj'),
      teamId: newId('team'),
      operation: 'chat.completions',
      model: 'demo/echo',
      stream: false,
      status: 200,
      ...row,
    })
    .execute()
}
