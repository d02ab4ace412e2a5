import type { Ctx } from '../app.ts'
import { findOrganization } from '../db/organization.ts'
import { timeZoneNamed } from '../db/time.ts'
import { invalid } from './invalid.ts'

/** The time zone that was asked for, as the database, which must know it, calls it; without one, the organization's. */
export async function timeZoneOf(ctx: Ctx, wanted: string | undefined, pointer: string): Promise<string> {
  if (wanted === undefined) return (await findOrganization(ctx.db))?.timeZone ?? 'UTC'
  const name = await timeZoneNamed(ctx.db, wanted)
  if (name !== null) return name
  throw invalid(pointer, 'the database does not know this time zone')
}
