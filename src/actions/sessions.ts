import { randomBytes } from 'node:crypto'
import type { Ctx, Visit } from '../app.ts'
import { findSecuritySettings } from '../db/security-settings.ts'
import { endLivingSessions, insertSession, type WhichSessions } from '../db/sessions.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { type Actor, programActor } from '../domain/actor.ts'
import { formatSecret, SECRET_RANDOM_BYTES, type SecretKind } from '../domain/key-format.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'

export const ACCESS_TOKEN_SECONDS = 3600
const HOUR_MS = 3_600_000

type NewSession = {
  userId: string
  kind: 'browser' | 'cli'
  /** How the person signed in: pwd, otp, passkey, sso. */
  methods: readonly string[]
  mfa: boolean
  connectionId?: string
  ssoSid?: string
}

/**
 * Begins a session of somebody who has done all that signing in takes. The secret of a browser is its cookie; the
 * command line gets an access token, and a refresh token for the next one.
 */
export async function createSession(
  visit: Visit,
  session: NewSession,
): Promise<{ sessionId: string; secret: string; seconds: number; refresh?: string }> {
  const sessionId = newId('ses')
  const actor = { ...actorForThemselves(sessionId, session), sessionId }
  return transaction({ ...visit, actor }, async (ctx) => {
    const { sessionHours } = await findSecuritySettings(ctx.db)
    const cli = session.kind === 'cli'
    const secret = newSecret(cli ? 'acc' : 'ses')
    const refresh = cli ? newSecret('ref') : null
    const now = await databaseTime(ctx.db)
    await insertSession(ctx.db, {
      id: sessionId,
      userId: session.userId,
      kind: session.kind,
      hash: ctx.keyring.hashSecret(secret),
      hashExpiresAt: cli ? new Date(now.getTime() + ACCESS_TOKEN_SECONDS * 1000) : null,
      refreshHash: refresh && ctx.keyring.hashSecret(refresh),
      methods: [...session.methods],
      mfa: session.mfa,
      connectionId: session.connectionId ?? null,
      ssoSid: session.ssoSid ?? null,
      ip: ctx.ip,
      userAgent: ctx.userAgent,
      expiresAt: new Date(now.getTime() + sessionHours * HOUR_MS),
    })
    await audit(ctx, { action: 'session.create', targetId: sessionId })
    return { sessionId, secret, seconds: sessionHours * 3600, ...(refresh && { refresh }) }
  })
}

/** Ends sessions: their cookies and tokens open nothing from the next request on. Returns how many there were. */
export function endSessions(ctx: Ctx, which: WhichSessions, reason: string): Promise<number> {
  return transaction(ctx, async (ctx) => {
    const ended = await endLivingSessions(ctx.db, which, reason)
    for (const { id } of ended) await audit(ctx, { action: 'session.end', targetId: id, reason })
    return ended.length
  })
}

export function newSecret(kind: SecretKind): string {
  return formatSecret(kind, randomBytes(SECRET_RANDOM_BYTES))
}

/**
 * Somebody who signs in, or opened a link that only they got, and has no session yet: they change what is their own
 * account, and hold no role in it. `id` is of the sign-in or the link.
 */
export function actorForThemselves(
  id: string,
  { userId, methods = [] }: { userId: string; methods?: readonly string[] },
): Actor {
  return { ...programActor('setup', id), kind: 'session', layers: [[]], userId, self: userId, methods }
}
