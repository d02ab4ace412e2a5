import type { Ctx } from '../app.ts'
import { acknowledgementCount, acknowledgementList } from '../contract/acknowledgements.ts'
import type { documentAcknowledge, documentDue } from '../contract/documents.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  countStandings,
  insertAcknowledgement,
  listStandings,
  type StandingRow,
} from '../db/acknowledgements.ts'
import { findCurrentVersion, findDocument } from '../db/documents.ts'
import { findTeam } from '../db/teams.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { dueBy, standingOf } from '../domain/acknowledgement.ts'
import { documentAddress } from '../domain/dashboard-addresses.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL, type Place, teamPlace, wholeTeamPlace } from '../domain/place.ts'
import { scorePercent } from '../domain/quiz.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, notFound, requirePerson, visible } from './authorize.ts'
import { quizOf } from './documents.ts'

const DAY_MS = 86_400_000

/** What the actor has still to read, of what concerns them. A program reads nothing. */
export async function listDueDocuments(ctx: Ctx): Promise<Output<typeof documentDue>> {
  const { userId } = ctx.actor
  if (userId === null) return { data: [], nextCursor: null }
  const now = await databaseTime(ctx.db)
  const rows = await listStandings(ctx.db, { userId, missing: true })
  const data = rows.map((row) => ({
    documentId: row.documentId,
    title: row.title,
    kind: row.kind,
    required: row.required,
    versionNumber: row.versionNumber,
    dueBy: dueBy(row)?.toISOString() ?? null,
    overdue: standingOf(row, now) === 'overdue',
    url: trainingUrl(ctx, row.documentId),
  }))
  return { data, nextCursor: null }
}

/** Where a person reads a document and acknowledges it. */
export function trainingUrl(ctx: Ctx, documentId: string): string {
  return new URL(documentAddress(documentId), ctx.config.url).href
}

/**
 * Writes down that the person has read the version in force, when they answered enough of its questions rightly. Who
 * did not may read and try again; nothing is written then, and nobody is told which answers were wrong.
 */
export async function acknowledgeDocument(
  ctx: Ctx,
  { params, body }: Valid<typeof documentAcknowledge>,
): Promise<Output<typeof documentAcknowledge>> {
  const { userId } = requirePerson(ctx.actor)
  return transaction(ctx, async (ctx) => {
    const document = await findDocument(ctx.db, params.documentId)
    const version = document && (await findCurrentVersion(ctx.db, document.id))
    if (!document || document.archivedAt !== null || !version) throw notFound('document')
    if (version.number !== body.versionNumber) {
      throw new AppError(
        'conflict',
        `Version ${version.number} of this document is in force: read that one, then acknowledge it.`,
      )
    }
    const score = scorePercent(quizOf(version), body.answers)
    const { passPercent } = version
    if (score !== null && score < passPercent) {
      return { passed: false, scorePercent: score, passPercent, expiresAt: null }
    }
    const now = await databaseTime(ctx.db)
    const { validityDays } = document
    const expiresAt = validityDays === null ? null : new Date(now.getTime() + validityDays * DAY_MS)
    const id = newId('ack')
    await insertAcknowledgement(ctx.db, {
      id,
      versionId: version.id,
      userId,
      scorePercent: score,
      at: now,
      expiresAt,
      ip: ctx.ip,
    })
    const answer = {
      passed: true,
      scorePercent: score,
      passPercent,
      expiresAt: expiresAt?.toISOString() ?? null,
    }
    const after = { ...answer, userId, versionNumber: version.number }
    await audit(ctx, { action: 'document.acknowledge', targetId: document.id, after })
    return answer
  })
}

/** Who has read what concerns them, and who has still to. */
export async function listAcknowledgementsFor(
  ctx: Ctx,
  { query }: Valid<typeof acknowledgementList>,
): Promise<Output<typeof acknowledgementList>> {
  const { limit, ...filter } = query
  authorize(ctx.actor, acknowledgementList.permission, await placeAsked(ctx, filter.teamId))
  const now = await databaseTime(ctx.db)
  const rows = await listStandings(ctx.db, { ...filter, limit: limit + 1 })
  const data = rows.slice(0, limit).map((row) => presentStanding(row, now))
  const last = data.at(-1)
  return {
    data,
    nextCursor: rows.length > limit && last ? `${last.documentId}/${last.userId}` : null,
  }
}

async function placeAsked({ db, actor }: Ctx, teamId: string | undefined): Promise<Place> {
  if (teamId === undefined) return CONFIDENTIAL
  visible(actor, 'team', await findTeam(db, teamId), ({ id }) => teamPlace(id))
  return wholeTeamPlace(teamId)
}

/** The same in numbers. Nobody is named, but a small team says who it is: it takes the same permission. */
export async function countAcknowledgements(
  ctx: Ctx,
  { query }: Valid<typeof acknowledgementCount>,
): Promise<Output<typeof acknowledgementCount>> {
  authorize(ctx.actor, acknowledgementCount.permission, CONFIDENTIAL)
  const rows = await countStandings(ctx.db, query.documentId)
  const teams = Map.groupBy(rows, ({ documentId }) => documentId)
  const data = rows
    .filter(({ teamId }) => teamId === null)
    .map(({ documentId, title, read, exempt, missing }) => ({
      documentId,
      documentTitle: title,
      read,
      exempt,
      missing,
      teams: (teams.get(documentId) ?? []).flatMap(({ teamId, read, exempt, missing }) =>
        teamId === null ? [] : [{ teamId, read, exempt, missing }],
      ),
    }))
  return { data }
}

export function presentStanding(
  row: StandingRow,
  now: Date,
): Output<typeof acknowledgementList>['data'][number] {
  return {
    documentId: row.documentId,
    documentTitle: row.title,
    required: row.required,
    versionNumber: row.versionNumber,
    userId: row.userId,
    user: { name: row.userName, email: row.userEmail },
    state: standingOf(row, now),
    dueBy: dueBy(row)?.toISOString() ?? null,
    scorePercent: row.scorePercent,
    acknowledgedAt: row.acknowledgedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
  }
}
