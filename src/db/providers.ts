import type { Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { Providers } from './schema.ts'

export type ProviderRow = Selectable<Providers>

export function insertProvider(
  db: Db,
  provider: { id: string; name: string; kind: string; baseUrl: string },
): Promise<ProviderRow> {
  return db.insertInto('providers').values(provider).returningAll().executeTakeFirstOrThrow()
}

export function findProvider(db: Db, providerId: string): Promise<ProviderRow | undefined> {
  return db.selectFrom('providers').selectAll().where('id', '=', providerId).executeTakeFirst()
}

/** Locks the provider until the transaction ends, so that what is decided on it still holds when it is written. */
export function lockProvider(db: Db, providerId: string): Promise<ProviderRow | undefined> {
  return db.selectFrom('providers').selectAll().where('id', '=', providerId).forUpdate().executeTakeFirst()
}

/** Providers in order of creation, after `cursor`, archived ones included. */
export function listProviders(
  db: Db,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<ProviderRow[]> {
  return db
    .selectFrom('providers')
    .selectAll()
    .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function listLiveProviders(db: Db): Promise<ProviderRow[]> {
  return db.selectFrom('providers').selectAll().where('archivedAt', 'is', null).orderBy('id').execute()
}

export function setProvider(
  db: Db,
  providerId: string,
  values: { baseUrl?: string; archivedAt?: Date },
): Promise<ProviderRow> {
  return db
    .updateTable('providers')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', providerId)
    .returningAll()
    .executeTakeFirstOrThrow()
}
