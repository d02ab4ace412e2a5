import { hash } from 'node:crypto'
import type { App } from '../app.ts'
import { isConfirmed } from '../db/step-ups.ts'
import type { Actor } from '../domain/actor.ts'

/** What a confirmation is for: exactly one request, byte for byte. */
export function requestHashOf(method: string, pathAndQuery: string, body: string): string {
  return hash('sha256', `${method} ${pathAndQuery}\n${body}`, 'base64url')
}

/**
 * The actor, confirmed, when the person confirmed this very request in this session. It is used up with the change
 * itself (`audit`), so a confirmation whose change failed can still be used for another try.
 */
export async function withStepUp(
  app: App,
  actor: Actor,
  { id, operation, requestHash }: { id: string | null; operation: string; requestHash: string },
): Promise<Actor> {
  if (actor.stepUp !== 'needed' || id === null || actor.sessionId === null) return actor
  const confirmed = await isConfirmed(app.db, { id, sessionId: actor.sessionId, operation, requestHash })
  return confirmed ? { ...actor, stepUp: 'confirmed', stepUpId: id } : actor
}
