import type { Ctx } from '../app.ts'
import { acknowledgementExport } from '../contract/acknowledgements.ts'
import type { Valid } from '../contract/operation.ts'
import { listStandings, type StandingFilter } from '../db/acknowledgements.ts'
import { databaseTime } from '../db/time.ts'
import { csvLine } from '../domain/csv.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { presentStanding } from './acknowledgements.ts'
import { audit } from './audit.ts'
import { authorize } from './authorize.ts'

const BATCH = 1000

const HEAD = [
  'document_id',
  'document',
  'required',
  'version',
  'user_id',
  'name',
  'email',
  'state',
  'due_by',
  'score_percent',
  'acknowledged_at',
  'expires_at',
]

/** Who has read what, as a table. Taking it along is an event itself. */
export async function exportAcknowledgements(
  ctx: Ctx,
  { query }: Valid<typeof acknowledgementExport>,
): Promise<AsyncIterable<string>> {
  authorize(ctx.actor, acknowledgementExport.permission, CONFIDENTIAL)
  const targetId = query.documentId ?? 'documents'
  await audit(ctx, { action: 'acknowledgement.export', targetId, after: query })
  return csvLines(ctx, query)
}

async function* csvLines(ctx: Ctx, filter: StandingFilter): AsyncIterable<string> {
  yield csvLine(HEAD)
  let cursor: string | undefined
  do {
    const now = await databaseTime(ctx.db)
    const rows = await listStandings(ctx.db, { ...filter, cursor, limit: BATCH })
    yield rows.map((row) => csvLine(cellsOf(presentStanding(row, now)))).join('')
    const last = rows.length === BATCH ? rows.at(-1) : undefined
    cursor = last && `${last.documentId}/${last.userId}`
  } while (cursor !== undefined)
}

function cellsOf(standing: ReturnType<typeof presentStanding>): (string | number | boolean | null)[] {
  return [
    standing.documentId,
    standing.documentTitle,
    standing.required,
    standing.versionNumber,
    standing.userId,
    standing.user.name,
    standing.user.email,
    standing.state,
    standing.dueBy,
    standing.scorePercent,
    standing.acknowledgedAt,
    standing.expiresAt,
  ]
}
