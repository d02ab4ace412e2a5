import type { Ctx } from '../app.ts'
import type { Output } from '../contract/operation.ts'
import type { tokenSelf } from '../contract/tokens.ts'
import { listGrants } from '../db/grants.ts'
import { findServiceAccount } from '../db/service-accounts.ts'
import { findToken } from '../db/tokens.ts'
import { findUser } from '../db/users.ts'
import { presentGrant } from './grants.ts'
import { presentServiceAccount } from './service-accounts.ts'
import { presentToken } from './tokens.ts'
import { presentUser } from './users.ts'

const MOST_GRANTS = 200

/** Who is asking: the token or session, whose it is, and what they hold. Everybody may know it of themselves. */
export async function viewSelf(ctx: Ctx): Promise<Output<typeof tokenSelf>> {
  const { kind, id, userId, serviceAccountId, sessionId, methods } = ctx.actor
  const token = kind === 'token' ? await findToken(ctx.db, id) : undefined
  const user = userId === null ? undefined : await findUser(ctx.db, userId)
  const account = serviceAccountId === null ? undefined : await findServiceAccount(ctx.db, serviceAccountId)
  const grants = await listGrants(ctx.db, {
    limit: MOST_GRANTS,
    within: 'everything',
    self: null,
    ...(userId === null ? { serviceAccountId: serviceAccountId ?? '' } : { userId }),
  })
  return {
    token: token ? presentToken(token) : null,
    session: sessionId === null ? null : { id: sessionId, methods: [...methods] },
    user: user ? presentUser(user) : null,
    serviceAccount: account ? presentServiceAccount(account) : null,
    grants: grants.map(presentGrant),
  }
}
