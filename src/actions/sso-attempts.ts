import type { Visit } from '../app.ts'
import { SSO_COOKIE, setCookie } from '../cookies.ts'
import { type ConnectionRow, findConnection } from '../db/connections.ts'
import { ATTEMPT_MINUTES, insertSsoAttempt, type SsoAttemptRow, useSsoAttempt } from '../db/sso-attempts.ts'
import { AppError } from '../domain/errors.ts'
import { secretKind } from '../domain/key-format.ts'
import { safeReturnTo } from '../domain/return-to.ts'
import type { SealedFor } from '../keyring.ts'
import { begin, type Expected, finish, type Proved, ProviderRefused } from '../oidc.ts'
import { requireAddress } from './require-address.ts'
import { newSecret } from './sessions.ts'
import { providerOf } from './sso-providers.ts'

/*
 *   browser ──▶ beginSso ──▶ the provider ──▶ /sso/callback ──▶ takeAttempt ──▶ proveAttempt
 *               state, nonce, PKCE verifier,                    in the same browser, once,
 *               kept with the hash of a cookie                  by the connection that began
 */

export type Purpose =
  | { purpose: 'sign-in' }
  | { purpose: 'invitation'; token: string }
  /** Of somebody who is signed in, in this session. */
  | { purpose: 'test' | 'link'; sessionId: string }
  | { purpose: 'step-up'; stepUpId: string }

/** What is sealed of an attempt. */
type Kept = { expected: Expected; invitation: string | null }

/** Where all providers send browsers back to: which of them it was is kept with the attempt. */
export function redirectUriOf({ config }: Visit): string {
  return `${config.url}/sso/callback`
}

/** Sends a browser to a provider. Throws `not_found` when nobody can sign in there, `forbidden` when it cannot be asked. */
export async function beginSso(
  visit: Visit,
  connectionId: string,
  why: Purpose,
  { returnTo = '/', loginHint }: { returnTo?: string; loginHint?: string } = {},
): Promise<{ cookies: string[]; location: string }> {
  await requireAddress(visit)
  const connection = await usable(visit, connectionId, why.purpose)
  const { url, expected } = await asking(visit, connection, async () =>
    begin(await providerOf(visit, connection), connection, redirectUriOf(visit), {
      ...(loginHint !== undefined && { loginHint }),
      ...(why.purpose === 'step-up' && { maxAge: 0 }),
    }),
  )
  const cookie = newSecret('sso')
  const stateHash = visit.keyring.hashSecret(expected.state)
  const kept: Kept = { expected, invitation: why.purpose === 'invitation' ? why.token : null }
  await insertSsoAttempt(visit.db, {
    stateHash,
    browserHash: visit.keyring.hashSecret(cookie),
    connectionId,
    purpose: why.purpose,
    subjectId: 'sessionId' in why ? why.sessionId : 'stepUpId' in why ? why.stepUpId : null,
    returnTo: safeReturnTo(returnTo),
    ...visit.keyring.seal(JSON.stringify(kept), sealedFor(stateHash)),
  })
  return { cookies: [setCookie(SSO_COOKIE, cookie, ATTEMPT_MINUTES * 60)], location: url }
}

/**
 * Takes a browser that comes back, by the state that it brought and its cookie: once, and only the one that began.
 * Nobody who was sent here by somebody else is signed in. Throws `sign_in_required` when it began nothing.
 */
export async function takeAttempt(
  visit: Visit,
  brought: URLSearchParams,
  cookie: string | null,
): Promise<SsoAttemptRow> {
  const state = brought.get('state')
  const known = state !== null && cookie !== null && secretKind(cookie) === 'sso'
  const attempt = known
    ? await useSsoAttempt(visit.db, {
        stateHash: visit.keyring.hashSecret(state),
        browserHash: visit.keyring.hashSecret(cookie),
      })
    : undefined
  if (attempt) return attempt
  throw new AppError(
    'sign_in_required',
    'This browser began no such sign-in, or it took too long, or was completed already. Begin again.',
  )
}

export type Arrived = {
  connection: ConnectionRow
  attempt: SsoAttemptRow
  invitation: string | null
  proved: Proved
}

/**
 * Lets a person begin to connect an account of theirs at a provider: once, within the time of an attempt. It is an
 * attempt that began in no browser yet; what is returned begins it, in one where they are signed in.
 */
export async function allowLink(visit: Visit, connectionId: string, userId: string): Promise<string> {
  await usable(visit, connectionId, 'link')
  const token = newSecret('sso')
  const stateHash = visit.keyring.hashSecret(token)
  await insertSsoAttempt(visit.db, {
    stateHash,
    browserHash: visit.keyring.hashSecret(userId),
    connectionId,
    purpose: 'link',
    subjectId: null,
    returnTo: safeReturnTo(''),
    ...visit.keyring.seal('', sealedFor(stateHash)),
  })
  return token
}

/** Uses that up. Throws `sign_in_required` for anybody else, a second time, late, or at another provider. */
export async function takeLink(
  visit: Visit,
  { token, connectionId, userId }: { token: string; connectionId: string; userId: string },
): Promise<void> {
  const allowed = await useSsoAttempt(visit.db, {
    stateHash: visit.keyring.hashSecret(token),
    browserHash: visit.keyring.hashSecret(userId),
  })
  if (allowed?.connectionId === connectionId) return
  throw new AppError(
    'sign_in_required',
    'This link was used already, took too long, or is for somebody else. Begin again on your profile.',
  )
}

/** Who it is that came back, proved by the provider that the attempt began at. Throws `unauthenticated` when nobody is. */
export async function proveAttempt(
  visit: Visit,
  attempt: SsoAttemptRow,
  brought: URLSearchParams,
): Promise<Arrived> {
  const connection = await usable(visit, attempt.connectionId, attempt.purpose)
  // Sealed above, from the same type.
  const kept: Kept = JSON.parse(visit.keyring.open(attempt, sealedFor(attempt.stateHash)))
  const proved = await asking(visit, connection, async () =>
    finish(await providerOf(visit, connection), redirectUriOf(visit), brought, kept.expected),
  )
  return { connection, attempt, invitation: kept.invitation, proved }
}

/** A connection is tried out before it is enabled, and used after. */
async function usable(
  visit: Visit,
  connectionId: string,
  purpose: SsoAttemptRow['purpose'],
): Promise<ConnectionRow> {
  const connection = await findConnection(visit.db, connectionId)
  if (connection?.enabled || (purpose === 'test' && connection && connection.archivedAt === null))
    return connection
  throw new AppError('not_found', 'Nobody can sign in there. Begin again.')
}

/** What a person is told is that it did not work; why is in the log. Its own code is a word of the protocol. */
async function asking<T>(visit: Visit, { id, name }: ConnectionRow, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ProviderRefused)) throw error
    const { requestId } = visit
    visit.log.warn({ requestId, connectionId: id, reason: error.message }, 'a provider signed nobody in')
    const said = error.said === null ? '' : ` It says: ${error.said}.`
    const message = `${name} did not sign you in.${said} Try again, or tell an admin about request ${requestId}.`
    throw new AppError('unauthenticated', message, { cause: error })
  }
}

function sealedFor(rowId: string): SealedFor {
  return { purpose: 'sso-attempt', table: 'sso_attempts', column: 'sealed_secret', rowId, version: 1 }
}
