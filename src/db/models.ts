import type { Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { PriceList } from '../domain/price-list.ts'
import type { Models } from './schema.ts'

/** The organization's own entry, and the provider it leads to. */
export type ModelRow = Selectable<Models> & { providerName: string; kind: string; baseUrl: string }

type Terms = {
  providerId: string
  upstreamModel: string
  rates: PriceList | null
  contextWindow: number | null
  maxOutputTokens: number | null
}

export async function insertModel(
  db: Db,
  { rates, ...model }: Terms & { id: string; name: string },
): Promise<void> {
  await db
    .insertInto('models')
    .values({ ...model, rates: rates && JSON.stringify(rates) })
    .execute()
}

export function findModel(db: Db, modelId: string): Promise<ModelRow | undefined> {
  return models(db).where('models.id', '=', modelId).executeTakeFirst()
}

/** Locks the model until the transaction ends, so that what is decided on it still holds when it is written. */
export function lockModel(db: Db, modelId: string): Promise<ModelRow | undefined> {
  return models(db).where('models.id', '=', modelId).forUpdate('models').executeTakeFirst()
}

export function listModels(db: Db): Promise<ModelRow[]> {
  return models(db).execute()
}

export async function setModel(
  db: Db,
  modelId: string,
  { rates, ...values }: { [K in keyof Terms]?: Terms[K] | undefined },
): Promise<void> {
  await db
    .updateTable('models')
    .set((eb) => ({
      ...values,
      ...(rates === undefined ? {} : { rates: rates && JSON.stringify(rates) }),
      version: eb('version', '+', 1),
    }))
    .where('id', '=', modelId)
    .execute()
}

export async function deleteModel(db: Db, modelId: string): Promise<void> {
  await db.deleteFrom('models').where('id', '=', modelId).execute()
}

function models(db: Db) {
  return db
    .selectFrom('models')
    .innerJoin('providers', 'providers.id', 'models.providerId')
    .selectAll('models')
    .select(['providers.name as providerName', 'providers.kind', 'providers.baseUrl'])
}
