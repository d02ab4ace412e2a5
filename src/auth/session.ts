import type { App } from '../app.ts'
import { findSession } from '../db/principals.ts'
import type { Actor } from '../domain/actor.ts'
import { reachOfGrant } from '../domain/reach.ts'
import { unauthenticated } from './unauthenticated.ts'

/** The person whose session this is: of a browser by its cookie, or of the command line by its access token. */
export async function actorOfSession(app: App, secret: string): Promise<Actor> {
  const session = await findSession(app.db, app.keyring.hashSecret(secret))
  if (session === undefined) throw unauthenticated('This session has ended. Sign in again.')
  if (session.deactivatedAt !== null) throw unauthenticated('This user is deactivated.')
  return {
    kind: 'session',
    id: session.id,
    userId: session.userId,
    serviceAccountId: null,
    layers: [session.grants.map(reachOfGrant)],
    self: session.userId,
    sessionId: session.id,
    methods: session.methods,
    stepUp: 'needed',
    stepUpId: null,
  }
}
