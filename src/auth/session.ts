import { randomBytes } from 'node:crypto'
import type { App } from '../app.ts'
import { sessionCookie } from '../cookies.ts'
import { findSession, type SessionPrincipal } from '../db/principals.ts'
import { rotateSession, touchSession } from '../db/sessions.ts'
import type { Actor } from '../domain/actor.ts'
import { AppError } from '../domain/errors.ts'
import { formatSecret, SECRET_RANDOM_BYTES } from '../domain/key-format.ts'
import { isEnough, mfaNeed } from '../domain/mfa-policy.ts'
import { reachOfGrant } from '../domain/reach.ts'
import { requireAddress } from './address.ts'
import { unauthenticated } from './unauthenticated.ts'

/** The person whose session of the command line this is, by its access token. */
export async function actorOfSession(app: App, secret: string, ip: string | null): Promise<Actor> {
  return actorOf(await livingSession(app, app.keyring.hashSecret(secret), ip))
}

/**
 * The person whose browser this is, by its cookie, and a new cookie when what they may do has changed: a secret that
 * somebody saw before does not get what was given after.
 */
export async function sessionOfBrowser(
  app: App,
  secret: string,
  ip: string | null,
): Promise<{ actor: Actor; setCookies: string[] }> {
  const hash = app.keyring.hashSecret(secret)
  const session = await livingSession(app, hash, ip)
  const actor = actorOf(session)
  if (!session.mustRotate || !session.current) return { actor, setCookies: [] }
  const next = formatSecret('ses', randomBytes(SECRET_RANDOM_BYTES))
  const newHash = app.keyring.hashSecret(next)
  const rotated = await rotateSession(app.db, { id: session.id, hash, newHash })
  return { actor, setCookies: rotated ? [sessionCookie(next, session.secondsLeft)] : [] }
}

async function livingSession(app: App, hash: string, ip: string | null): Promise<SessionPrincipal> {
  const session = await findSession(app.db, hash)
  if (session === undefined) throw unauthenticated('This session has ended. Sign in again.')
  if (session.deactivatedAt !== null) throw unauthenticated('This user is deactivated.')
  requireAddress(app, session, ip)
  const roles = session.grants.map(({ roleId }) => roleId)
  const need = mfaNeed(session.policy, roles)
  if (!isEnough(need, session)) {
    const what = need === 'passkey' ? 'a passkey' : 'a second factor'
    throw new AppError('mfa_required', `The organization requires ${what}. Sign in again with yours.`)
  }
  if (session.unseen) await touchSession(app.db, session.id)
  return session
}

function actorOf(session: SessionPrincipal): Actor {
  return {
    kind: 'session',
    id: session.id,
    userId: session.userId,
    serviceAccountId: null,
    layers: [session.grants.map(reachOfGrant)],
    self: session.userId,
    sessionId: session.id,
    methods: session.methods,
    stepUp: session.policy.mfa === 'off' ? 'none' : 'needed',
    stepUpId: null,
  }
}
