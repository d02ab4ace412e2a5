import type { Visit } from '../app.ts'
import {
  findSessionOfToken,
  findSessionOfUsedRefresh,
  lockLivingSession,
  lockSessionByRefresh,
  renewSession,
} from '../db/cli-sessions.ts'
import type { SessionRow } from '../db/sessions.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { nobody } from '../domain/actor.ts'
import { secretKind } from '../domain/key-format.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { raiseFinding } from './findings.ts'
import { OauthRefused } from './oauth-refused.ts'
import { requireAddress } from './require-address.ts'
import {
  ACCESS_TOKEN_SECONDS,
  actorForThemselves,
  createSession,
  endSessions,
  newSecret,
} from './sessions.ts'

/** What the command line holds: the access token for each request, the refresh token for the next pair. */
export type Tokens = { accessToken: string; refreshToken: string; expiresInSeconds: number }

/**
 * Begins a session of the command line for the person of another session, as strong as that one: with the factors that
 * were given there. Null when that one has ended meanwhile: a yes is worth no more than who said it.
 */
export async function beginCliSession(
  visit: Visit,
  approvingSessionId: string,
): Promise<(Tokens & { sessionId: string }) | null> {
  return transaction(visit, async (visit) => {
    const approver = await lockLivingSession(visit.db, approvingSessionId)
    if (!approver) return null
    const { userId, methods, mfa, connectionId, ssoSid } = approver
    const { sessionId, secret, refresh, seconds } = await createSession(visit, {
      userId,
      kind: 'cli',
      methods,
      mfa,
      ...(connectionId === null ? {} : { connectionId }),
      ...(ssoSid === null ? {} : { ssoSid }),
    })
    if (refresh === undefined) throw new Error('a session of the command line has a refresh token')
    return {
      sessionId,
      accessToken: secret,
      refreshToken: refresh,
      expiresInSeconds: Math.min(ACCESS_TOKEN_SECONDS, seconds),
    }
  })
}

/**
 * The next tokens for a refresh token, which is good once. One that was used before is held by two: nobody knows which
 * of them is the thief, so the session ends for both, and a finding says so.
 */
export async function refreshTokens(visit: Visit, refreshToken: string): Promise<Tokens> {
  await requireAddress(visit)
  if (secretKind(refreshToken) !== 'ref') throw new OauthRefused('invalid_grant')
  const hash = visit.keyring.hashSecret(refreshToken)
  const tokens = await transaction(visit, async (visit) => {
    const session = await lockSessionByRefresh(visit.db, hash)
    if (session) return renew(visit, session, hash)
    const stolen = await findSessionOfUsedRefresh(visit.db, hash)
    if (stolen) await endForBoth(visit, stolen, REFRESH_TOKEN)
    return null
  })
  if (tokens === null) throw new OauthRefused('invalid_grant')
  return tokens
}

/** Signs out the session that one of its tokens is presented of. What is none, or over, is no failure (RFC 7009, 2.2). */
export async function revokeTokens(visit: Visit, token: string): Promise<void> {
  const kind = secretKind(token)
  if (kind !== 'acc' && kind !== 'ref') return
  const session = await findSessionOfToken(visit.db, visit.keyring.hashSecret(token))
  if (!session) return
  const actor = { ...actorForThemselves(session.id, session), sessionId: session.id }
  await endSessions({ ...visit, actor }, { sessionId: session.id }, 'signed out')
}

async function renew(visit: Visit, session: SessionRow, usedRefreshHash: string): Promise<Tokens> {
  const accessToken = newSecret('acc')
  const refreshToken = newSecret('ref')
  const now = await databaseTime(visit.db)
  const leftSeconds = Math.floor((session.expiresAt.getTime() - now.getTime()) / 1000)
  const expiresInSeconds = Math.min(ACCESS_TOKEN_SECONDS, leftSeconds)
  await renewSession(visit.db, {
    id: session.id,
    hash: visit.keyring.hashSecret(accessToken),
    hashExpiresAt: new Date(now.getTime() + expiresInSeconds * 1000),
    refreshHash: visit.keyring.hashSecret(refreshToken),
    usedRefreshHash,
  })
  return { accessToken, refreshToken, expiresInSeconds }
}

type UsedTwice = { finding: string; what: string }

const REFRESH_TOKEN: UsedTwice = { finding: 'refresh-token-reused', what: 'refresh token' }
export const CODE: UsedTwice = { finding: 'authorization-code-reused', what: 'authorization code' }

/** Ends a session, something of which is held by two, and raises a finding. */
export async function endForBoth(
  visit: Visit,
  { id, userId, userAgent }: SessionRow,
  { finding, what }: UsedTwice,
): Promise<void> {
  const ctx = { ...visit, actor: nobody() }
  visit.log.warn({ requestId: visit.requestId, sessionId: id, userId, what }, 'used twice')
  await endSessions(ctx, { sessionId: id }, `its ${what} was used twice`)
  await raiseFinding(ctx, {
    kind: finding,
    severity: 'high',
    targetId: userId,
    place: CONFIDENTIAL,
    detail: {
      sessionId: id,
      ip: visit.ip,
      userAgent,
      advice: 'Ask them whether somebody else used their machine.',
    },
  })
}
