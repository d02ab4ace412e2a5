import type { Db } from '../app.ts'
import { hasProduction, isBoundInProduction } from '../db/in-production.ts'
import { CONFIDENTIAL, ORGANIZATION, type Place } from '../domain/place.ts'

/*
 * Where one must be allowed to change what the organization has once and environments share. It reaches production
 * when a production environment in use is served by it; the row that is to change is locked before this is asked.
 */

/** The name of a model, its price, and the settings of everybody: every environment goes by them. */
export async function sharedPlace(db: Db): Promise<Place> {
  return { ...ORGANIZATION, production: await hasProduction(db) }
}

/** A provider: what its credentials are bound to calls it. */
export async function providerPlace(db: Db, providerId: string): Promise<Place> {
  return { ...ORGANIZATION, production: await isBoundInProduction(db, { providerId }) }
}

/** A credential: what is bound to it spends it. */
export async function credentialPlace(db: Db, credentialId: string): Promise<Place> {
  return { ...CONFIDENTIAL, production: await isBoundInProduction(db, { credentialId }) }
}
