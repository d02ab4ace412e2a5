import { AppError } from '../domain/errors.ts'

/** The time to write for a switch (`archived`, `deactivated`) that may be absent, set or cleared: set stays as it was. */
export function switchedAt(
  wanted: boolean | undefined,
  since: Date | null,
  now: Date,
): Date | null | undefined {
  if (wanted === undefined) return undefined
  return wanted ? (since ?? now) : null
}

/** Throws `conflict` when something is to be put into what was archived. */
export function requireUnarchived(what: string, row: { archivedAt: Date | null }): void {
  if (row.archivedAt !== null) {
    throw new AppError('conflict', `This ${what} is archived. Restore it first (archived: false).`)
  }
}
