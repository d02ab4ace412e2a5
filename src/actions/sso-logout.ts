import type { Visit } from '../app.ts'
import { findConnection } from '../db/connections.ts'
import { findIdentityOf } from '../db/identities.ts'
import { insertLogoutToken } from '../db/logout-tokens.ts'
import { voidSignInsOf } from '../db/sign-ins.ts'
import { transaction } from '../db/transaction.ts'
import { type Actor, nobody } from '../domain/actor.ts'
import { type LogoutToken, ProviderRefused, verifyLogoutToken } from '../oidc.ts'
import { auditAlone } from './audit.ts'
import { endSessions } from './sessions.ts'
import { issuerKeysOf } from './sso-providers.ts'
import { attempt, ipKey, requireUnblocked } from './throttle.ts'

/** The logout token is refused. Why is in our log and audit trail. */
export class LogoutRefused extends Error {}

/** Room for the clock of a provider: until then a token could still be taken. */
const KEPT_LONGER_MS = 120_000

/**
 * A provider says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0): what they began through it
 * ends here, at once. Throws `LogoutRefused`, or `too_many_attempts` at an address from which forged tokens come.
 */
export async function logOutAtProvider(visit: Visit, connectionId: string, token: string): Promise<void> {
  const where = ipKey('logout', visit.ip)
  await requireUnblocked(visit, where)
  try {
    const connection = await findConnection(visit.db, connectionId)
    if (!connection?.enabled) throw new ProviderRefused('there is no such connection in use', null)
    const { issuer, clientId } = connection
    const proved = await verifyLogoutToken(
      token,
      { issuer, clientId, keys: issuerKeysOf(visit) },
      visit.clock(),
    )
    await end(visit, { id: connectionId, issuer }, proved)
  } catch (error) {
    if (!(error instanceof ProviderRefused)) throw error
    await noteRefusal(visit, connectionId, error.message)
    await attempt(visit, [where])
    throw new LogoutRefused(error.message, { cause: error })
  }
}

function end(
  visit: Visit,
  { id: connectionId, issuer }: { id: string; issuer: string },
  { jti, expiresAt, sid, subject }: LogoutToken,
): Promise<void> {
  return transaction({ ...visit, actor: program(connectionId) }, async (ctx) => {
    const jtiHash = ctx.keyring.hashSecret(`${connectionId} ${jti}`)
    const keptUntil = new Date(expiresAt.getTime() + KEPT_LONGER_MS)
    if (!(await insertLogoutToken(ctx.db, jtiHash, keptUntil))) {
      throw new ProviderRefused('this token was used already', null)
    }
    // Sessions of a provider are named by it; of whom it names only the person, all end.
    const which = sid === null ? await ofPerson() : { connectionId, ssoSid: sid }
    if (which === null) return
    await voidSignInsOf(ctx.db, which)
    await endSessions(ctx, which, 'signed out at the provider')

    async function ofPerson() {
      const known = await findIdentityOf(ctx.db, { connectionId, issuer, subject: subject ?? '' })
      return known ? { connectionId, userId: known.userId } : null
    }
  })
}

async function noteRefusal(visit: Visit, connectionId: string, reason: string): Promise<void> {
  visit.log.warn({ requestId: visit.requestId, connectionId, reason }, 'a logout token was refused')
  const about = { targetId: connectionId, result: 'denied', reason } as const
  await auditAlone({ ...visit, actor: nobody() }, { action: 'sso-logout.refuse', ...about })
}

/** May do nothing but what it is doing. */
function program(id: string): Actor {
  return { ...nobody(), kind: 'job', id }
}
