import type { Ctx } from '../app.ts'
import { userReach } from '../contract/offboarding.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { listGrants } from '../db/grants.ts'
import { listKeys } from '../db/keys.ts'
import {
  listAccountsOwnedBy,
  listBoundCredentials,
  listLivingSessionsOf,
  listTokensOf,
  listUsedEnvironments,
} from '../db/offboarding.ts'
import { databaseTime } from '../db/time.ts'
import { findUser, type UserRow } from '../db/users.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { mayKnowCredentials, reachableEnvironments } from '../domain/reach-report.ts'
import { authorize, visible } from './authorize.ts'
import { presentGrant } from './grants.ts'
import { presentKeys } from './present-key.ts'
import { principalActor } from './principal.ts'
import { presentToken } from './tokens.ts'
import { presentUser } from './users.ts'

type Reach = Output<typeof userReach>

/** More than anybody holds; what is beyond it would be a report that nobody reads. */
const MOST = 10_000

/** Shows what a person holds and can reach, to who may read each part of it of everybody. */
export async function viewReach(ctx: Ctx, { params }: Valid<typeof userReach>): Promise<Reach> {
  authorize(ctx.actor, userReach.permission, CONFIDENTIAL)
  for (const permission of ['grant:read', 'key:read', 'token:read', 'credential:read'] as const) {
    authorize(ctx.actor, permission, CONFIDENTIAL)
  }
  const user = visible(ctx.actor, 'user', await findUser(ctx.db, params.userId), () => CONFIDENTIAL)
  return reachReport(ctx, user)
}

/** What this person holds at this moment, and what that lets them reach. */
export async function reachReport(ctx: Ctx, user: UserRow): Promise<Reach> {
  const { db } = ctx
  const userId = user.id
  const person = await principalActor(db, { userId, serviceAccountId: null })
  const environments = reachableEnvironments(person, await listUsedEnvironments(db))
  const knows = mayKnowCredentials(person)
  const credentials = await listBoundCredentials(
    db,
    environments.map(({ id }) => id),
  )
  const everything = { within: 'everything', limit: MOST } as const
  const now = await databaseTime(db)
  const keys = await presentKeys(ctx, await listKeys(db, { ...everything, cursor: undefined, userId, now }))
  const sessions = await listLivingSessionsOf(db, userId)
  return {
    user: presentUser(user),
    grants: (await listGrants(db, { ...everything, self: null, userId })).map(presentGrant),
    environments,
    credentials: credentials
      .map((credential) => ({ ...credential, rotate: knows }))
      .filter(({ environmentIds, rotate }) => rotate || environmentIds.length > 0),
    keys: keys
      .filter(({ state }) => state !== 'revoked' && state !== 'expired')
      .map(({ id, name, environmentId, state, secrets, lastUsedAt }) => ({
        id,
        name,
        environmentId,
        state,
        hint: secrets[0]?.hint ?? null,
        lastUsedAt,
      })),
    tokens: (await listTokensOf(db, userId)).map(presentToken),
    sessions: sessions.map(({ lastSeenAt, ...session }) => ({
      ...session,
      lastSeenAt: lastSeenAt.toISOString(),
    })),
    serviceAccounts: await listAccountsOwnedBy(db, userId),
  }
}
