import { hash } from 'node:crypto'
import type { Ctx, Visit } from '../app.ts'
import {
  findSessionOfUsedCode,
  insertAuthorizationCode,
  setCodeSession,
  takeAuthorizationCode,
} from '../db/authorization-codes.ts'
import { transaction } from '../db/transaction.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { secretKind } from '../domain/key-format.ts'
import { audit } from './audit.ts'
import { requirePerson } from './authorize.ts'
import { beginCliSession, CODE, endForBoth, type Tokens } from './cli-sessions.ts'
import { OauthRefused } from './oauth-refused.ts'
import { requireAddress } from './require-address.ts'
import { newSecret } from './sessions.ts'

/**
 * Somebody answers the command line of their own machine in the browser. Returns where the browser goes from here: to
 * the port that the command line listens on, with a code for it, or with the no.
 */
export async function answerAuthorization(
  ctx: Ctx,
  request: AuthorizationRequest,
  yes: boolean,
): Promise<string> {
  const { userId, sessionId } = requirePerson(ctx.actor)
  const { redirectUri, challenge, clientName, state } = request
  const code = newSecret('cod')
  await transaction(ctx, async (ctx) => {
    const action = yes ? 'sign-in.approve' : 'sign-in.deny'
    await audit(ctx, { action, targetId: userId, after: { clientName, ip: ctx.ip, by: 'browser' } })
    if (!yes) return
    const codeHash = ctx.keyring.hashSecret(code)
    await insertAuthorizationCode(ctx.db, { hash: codeHash, sessionId, redirectUri, challenge })
  })
  const answer = new URLSearchParams({ ...(yes ? { code } : { error: 'access_denied' }), state })
  return `${redirectUri}?${answer}`
}

/**
 * Tokens for a code: once, at the address it was sent to, and for who began (RFC 7636, 4.6). A try that fails uses the
 * code up as well, so nobody tries twice. One that comes back after it was redeemed is held by two: what came of it ends
 * (RFC 6749, 4.1.2).
 */
export async function redeemCode(
  visit: Visit,
  { code, redirectUri, verifier }: { code: string; redirectUri: string; verifier: string },
): Promise<Tokens> {
  await requireAddress(visit)
  if (secretKind(code) !== 'cod') throw new OauthRefused('invalid_grant')
  const codeHash = visit.keyring.hashSecret(code)
  const tokens = await transaction(visit, async (visit) => {
    const row = await takeAuthorizationCode(visit.db, codeHash)
    if (!row) {
      const made = await findSessionOfUsedCode(visit.db, codeHash)
      if (made) await endForBoth(visit, made, CODE)
      return null
    }
    if (row.redirectUri !== redirectUri || row.challenge !== challengeOf(verifier)) return null
    const begun = await beginCliSession(visit, row.sessionId)
    if (begun) await setCodeSession(visit.db, codeHash, begun.sessionId)
    return begun
  })
  if (tokens === null) throw new OauthRefused('invalid_grant')
  return tokens
}

/** What the command line sent ahead of the verifier; null when that is too short to be safe, or none. */
function challengeOf(verifier: string): string | null {
  return /^[A-Za-z0-9._~-]{43,128}$/.test(verifier) ? hash('sha256', verifier, 'base64url') : null
}
