import type { Ctx } from '../app.ts'
import { listStandings } from '../db/acknowledgements.ts'
import { isAnythingRequired } from '../db/documents.ts'
import { findServiceAccount } from '../db/service-accounts.ts'
import { databaseTime } from '../db/time.ts'
import { standingOf } from '../domain/acknowledgement.ts'
import { AppError } from '../domain/errors.ts'
import { trainingUrl } from './acknowledgements.ts'

/**
 * Refuses who has still to acknowledge a document before they get a secret: `acknowledgement_required`, with the
 * address where to read it. For a service account its owner answers.
 */
export async function requireAcknowledged(ctx: Ctx, userId: string | null): Promise<void> {
  const person = userId ?? (await ownerOfAccount(ctx))
  if (person === null) return
  const now = await databaseTime(ctx.db)
  const missing = await listStandings(ctx.db, { userId: person, required: true, missing: true })
  const overdue = missing.filter((row) => standingOf(row, now) === 'overdue')
  const [first] = overdue
  if (!first) return
  const more = overdue.length > 1 ? ` and ${overdue.length - 1} more` : ''
  const who = userId === null ? 'The owner of this service account has' : 'You have'
  throw new AppError(
    'acknowledgement_required',
    `${who} to read and acknowledge "${first.title}"${more} before getting a key: ${trainingUrl(ctx, first.documentId)}`,
  )
}

/** The person who answers for the program that asks. Jobs and set-up are nobody's, and ask for no keys of their own. */
async function ownerOfAccount(ctx: Ctx): Promise<string | null> {
  const { serviceAccountId } = ctx.actor
  if (serviceAccountId === null) return null
  const account = await findServiceAccount(ctx.db, serviceAccountId)
  const owner = account?.ownerUserId ?? null
  if (owner === null && (await isAnythingRequired(ctx.db))) {
    throw new AppError(
      'acknowledgement_required',
      'Documents are required before keys are given out, and this service account has no owner who could have ' +
        'read them. Give it one: claviger service-account update … --owner-user …',
    )
  }
  return owner
}
