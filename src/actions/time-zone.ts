import type { Ctx } from '../app.ts'
import { findOrganization } from '../db/organization.ts'
import { knowsTimeZone } from '../db/time.ts'
import { invalid } from './invalid.ts'

/** The time zone that was asked for, which the database must know; without one, the organization's. */
export async function timeZoneOf(ctx: Ctx, wanted: string | undefined, pointer: string): Promise<string> {
  if (wanted === undefined) return (await findOrganization(ctx.db))?.timeZone ?? 'UTC'
  if (await knowsTimeZone(ctx.db, wanted)) return wanted
  throw invalid(pointer, 'the database does not know this time zone')
}
