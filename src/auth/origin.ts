import type { App } from '../app.ts'
import { AppError } from '../domain/errors.ts'

const SAFE = ['GET', 'HEAD']

/**
 * Refuses a change that a page of somebody else's could have sent with our cookie: browsers say truthfully where a
 * request comes from, and one that says nothing is refused as well.
 */
export function requireOwnOrigin(
  { config }: App,
  { method, origin, fetchSite }: { method: string; origin: string | null; fetchSite: string | null },
): void {
  if (SAFE.includes(method)) return
  const own = new URL(config.url).origin
  if (origin === own && (fetchSite === null || fetchSite === 'same-origin')) return
  throw new AppError(
    'origin_refused',
    `A request with a cookie must come from ${own}: open Claviger there (CLAVIGER_URL).`,
  )
}
