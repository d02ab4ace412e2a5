import type { Ctx } from '../app.ts'
import {
  documentCreate,
  documentList,
  type documentPublish,
  documentUpdate,
  documentView,
  Quiz,
} from '../contract/documents.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { listStandings } from '../db/acknowledgements.ts'
import {
  type DocumentRow,
  type DocumentVersionRow,
  findCurrentVersion,
  findDocument,
  insertDocument,
  insertDocumentVersion,
  listDocuments,
  lockDocument,
  setDocument,
} from '../db/documents.ts'
import { findRole } from '../db/roles.ts'
import { findTeam } from '../db/teams.ts'
import { transaction } from '../db/transaction.ts'
import { ORGANIZATION } from '../domain/place.ts'
import { askedOf, type Question } from '../domain/quiz.ts'
import { isBuiltIn } from '../domain/roles.ts'
import { newId } from '../ids.ts'
import { requireUnarchived, switchedAt } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, authorizeAnywhere, notFound, visible } from './authorize.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'

/** Begins a document: it concerns nobody until something is published of it. */
export async function createDocument(
  ctx: Ctx,
  { body }: Valid<typeof documentCreate>,
): Promise<Output<typeof documentCreate>> {
  authorize(ctx.actor, documentCreate.permission, ORGANIZATION)
  return transaction(ctx, async (ctx) => {
    await requireAudience(ctx, body)
    const id = newId('doc')
    const { roles, validityDays = null, ...values } = body
    await insertDocument(ctx.db, { id, ...values, roleIds: roles, validityDays })
    const after = await showDocument(ctx, id)
    await audit(ctx, { action: 'document.create', targetId: id, after })
    return after
  })
}

export async function listDocumentsFor(
  ctx: Ctx,
  { query }: Valid<typeof documentList>,
): Promise<Output<typeof documentList>> {
  authorizeAnywhere(ctx.actor, documentList.permission)
  const { limit, cursor, kind } = query
  return pageOf(await listDocuments(ctx.db, { limit: limit + 1, cursor, kind }), limit, presentDocument)
}

export async function viewDocument(
  ctx: Ctx,
  { params }: Valid<typeof documentView>,
): Promise<Output<typeof documentView>> {
  if (!(await concerns(ctx, params.documentId))) authorizeAnywhere(ctx.actor, documentView.permission)
  const row = await findDocument(ctx.db, params.documentId)
  if (!row) throw notFound('document')
  const version = await findCurrentVersion(ctx.db, row.id)
  return {
    document: presentDocument(row),
    body: version?.body ?? null,
    questions: version ? quizOf(version).map(askedOf) : [],
  }
}

/** What a person is to acknowledge they may read, whatever their roles say. */
async function concerns(ctx: Ctx, documentId: string): Promise<boolean> {
  const { userId } = ctx.actor
  return userId !== null && (await listStandings(ctx.db, { userId, documentId })).length > 0
}

export async function updateDocument(
  ctx: Ctx,
  { params, body }: Valid<typeof documentUpdate>,
): Promise<Output<typeof documentUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.documentId)
    await requireAudience(ctx, body)
    const { archived, roles, ...values } = body
    const archivedAt = switchedAt(archived, row.archivedAt, ctx.clock())
    await setDocument(ctx.db, row.id, { ...values, roleIds: roles, archivedAt })
    const after = await showDocument(ctx, row.id)
    await audit(ctx, { action: 'document.update', targetId: row.id, before: presentDocument(row), after })
    return after
  })
}

/** Puts a new version in force: what was acknowledged of an older one does not count any more. */
export async function publishDocument(
  ctx: Ctx,
  { params, body }: Valid<typeof documentPublish>,
): Promise<Output<typeof documentPublish>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.documentId)
    requireUnarchived('document', row)
    await insertDocumentVersion(ctx.db, {
      id: newId('dov'),
      documentId: row.id,
      number: (row.currentNumber ?? 0) + 1,
      body: body.body,
      quiz: JSON.stringify(body.quiz),
      passPercent: body.passPercent,
      publishedBy: ctx.actor.id,
    })
    await setDocument(ctx.db, row.id, {})
    const after = await showDocument(ctx, row.id)
    await audit(ctx, { action: 'document.publish', targetId: row.id, before: presentDocument(row), after })
    return after
  })
}

/** The questions of a version, with what is correct: for the server alone. */
export function quizOf(version: DocumentVersionRow): Question[] {
  return Quiz.parse(version.quiz)
}

async function lockForChange(ctx: Ctx, documentId: string): Promise<DocumentRow> {
  const row = visible(ctx.actor, 'document', await lockDocument(ctx.db, documentId), () => ORGANIZATION)
  authorize(ctx.actor, documentUpdate.permission, ORGANIZATION)
  requireVersion(ctx, 'document', row)
  return row
}

async function requireAudience(
  ctx: Ctx,
  { teamIds = [], roles = [] }: { teamIds?: string[] | undefined; roles?: string[] | undefined },
): Promise<void> {
  for (const [index, teamId] of teamIds.entries()) {
    if (!(await findTeam(ctx.db, teamId))) throw invalid(`/body/teamIds/${index}`, 'there is no such team')
  }
  for (const [index, role] of roles.entries()) {
    if (!isBuiltIn(role) && !(await findRole(ctx.db, role)))
      throw invalid(`/body/roles/${index}`, 'there is no such role')
  }
}

async function showDocument(ctx: Ctx, documentId: string): Promise<Output<typeof documentCreate>> {
  const row = await findDocument(ctx.db, documentId)
  if (!row) throw new Error('a document that was just written is not there')
  return presentDocument(row)
}

function presentDocument(row: DocumentRow): Output<typeof documentCreate> {
  const { currentNumber, currentPublishedAt } = row
  return {
    id: row.id,
    title: row.title,
    kind: row.kind,
    teamIds: row.teamIds,
    roles: row.roleIds,
    required: row.required,
    validityDays: row.validityDays,
    graceDays: row.graceDays,
    shipped: row.shipped,
    current:
      currentNumber === null || currentPublishedAt === null
        ? null
        : {
            number: currentNumber,
            passPercent: row.currentPassPercent ?? 0,
            publishedAt: currentPublishedAt.toISOString(),
            publishedBy: row.currentPublishedBy ?? '',
            questions: row.currentQuestions ?? 0,
          },
    createdAt: row.createdAt.toISOString(),
    archivedAt: row.archivedAt?.toISOString() ?? null,
    version: row.version,
  }
}
