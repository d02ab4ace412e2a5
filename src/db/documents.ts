import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { Documents, DocumentVersions } from './schema.ts'

/** A document with what is in force of it; its `current…` are null until something was published. */
export type DocumentRow = Selectable<Documents> & {
  currentNumber: number | null
  currentPassPercent: number | null
  currentPublishedAt: Date | null
  currentPublishedBy: string | null
  currentQuestions: number | null
}

export type DocumentVersionRow = Selectable<DocumentVersions>

export async function insertDocument(db: Db, document: Insertable<Documents>): Promise<void> {
  await db.insertInto('documents').values(document).execute()
}

/** The document that came with the program under this name, archived or not. */
export function findShippedDocument(db: Db, shipped: string): Promise<{ id: string } | undefined> {
  return db.selectFrom('documents').select('id').where('shipped', '=', shipped).executeTakeFirst()
}

export function findDocument(db: Db, documentId: string): Promise<DocumentRow | undefined> {
  return documents(db).where('documents.id', '=', documentId).executeTakeFirst()
}

/** Locks the document until the transaction ends, so that of two versions at once one comes after the other. */
export async function lockDocument(db: Db, documentId: string): Promise<DocumentRow | undefined> {
  await db.selectFrom('documents').select('id').where('id', '=', documentId).forUpdate().execute()
  return findDocument(db, documentId)
}

/** Documents in order of creation, after `cursor`, archived ones included. */
export function listDocuments(
  db: Db,
  { limit, cursor, kind }: { limit: number; cursor: string | undefined; kind: Documents['kind'] | undefined },
): Promise<DocumentRow[]> {
  return documents(db)
    .where((eb) =>
      eb.and([
        ...(cursor === undefined ? [] : [eb('documents.id', '>', cursor)]),
        ...(kind === undefined ? [] : [eb('documents.kind', '=', kind)]),
      ]),
    )
    .orderBy('documents.id')
    .limit(limit)
    .execute()
}

export async function setDocument(db: Db, documentId: string, values: Updateable<Documents>): Promise<void> {
  await db
    .updateTable('documents')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', documentId)
    .execute()
}

export async function insertDocumentVersion(db: Db, version: Insertable<DocumentVersions>): Promise<void> {
  await db.insertInto('documentVersions').values(version).execute()
}

/** The version in force: the newest. */
export function findCurrentVersion(db: Db, documentId: string): Promise<DocumentVersionRow | undefined> {
  return db
    .selectFrom('documentVersions')
    .selectAll()
    .where('documentId', '=', documentId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Whether any document in force has to be acknowledged before keys are given out. */
export async function isAnythingRequired(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('documents')
    .innerJoin('documentVersions', 'documentVersions.documentId', 'documents.id')
    .select('documents.id')
    .where('documents.required', '=', true)
    .where('documents.archivedAt', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

function documents(db: Db) {
  return db
    .selectFrom('documents')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('documentVersions')
          .select((eb) => [
            'number as currentNumber',
            'passPercent as currentPassPercent',
            'publishedAt as currentPublishedAt',
            'publishedBy as currentPublishedBy',
            sql<number>`jsonb_array_length(${eb.ref('quiz')})`.as('currentQuestions'),
          ])
          .whereRef('documentVersions.documentId', '=', 'documents.id')
          .orderBy('number', 'desc')
          .limit(1)
          .as('current'),
      (join) => join.onTrue(),
    )
    .selectAll('documents')
    .select([
      'currentNumber',
      'currentPassPercent',
      'currentPublishedAt',
      'currentPublishedBy',
      'currentQuestions',
    ])
}
