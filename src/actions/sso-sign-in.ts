import type { Ctx, Visit } from '../app.ts'
import { wasToldLately } from '../db/audit.ts'
import { setConnection } from '../db/connections.ts'
import { findIdentityOf } from '../db/identities.ts'
import { transaction } from '../db/transaction.ts'
import { findUser } from '../db/users.ts'
import { nobody } from '../domain/actor.ts'
import { type Claims, type MappedGrant, provesMfa } from '../domain/claims.ts'
import { AppError } from '../domain/errors.ts'
import { readInvitation } from './accept-invitation.ts'
import { audit, auditAlone } from './audit.ts'
import { requirePerson } from './authorize.ts'
import { requireAddress } from './require-address.ts'
import { type NextStep, passFirstFactor } from './sign-in.ts'
import {
  accountOf,
  accountOfInvited,
  connect,
  problemOf,
  requireOwnDomain,
  subjectOf,
  type Visitor,
} from './sso-accounts.ts'
import { type Arrived, proveAttempt, takeAttempt } from './sso-attempts.ts'
import { grantsOfClaims, reconcileGrants } from './sso-grants.ts'
import { confirmStepUp } from './step-up.ts'

/** What a test shows: what the provider said, and what it would come to. */
export type Tested = {
  connectionId: string
  connection: string
  claims: Claims
  mfa: boolean
  grants: MappedGrant[]
  /** What would keep this person out, in words. */
  problem: string | null
}

/** What became of a browser that came back from a provider. */
export type Finished =
  | { done: 'signed-in'; next: NextStep }
  | { done: 'linked'; connection: string }
  | { done: 'tested'; tested: Tested }
  | { done: 'confirmed' }

/** `viewer` is who is signed in in this browser, for what is done in a session. */
type Brought = { parameters: URLSearchParams; cookie: string | null; viewer: Ctx | null }

/** Takes a browser that comes back from a provider, to where it was going. What is refused is in the audit trail. */
export async function finishSso(visit: Visit, brought: Brought): Promise<Finished> {
  await requireAddress(visit)
  const { parameters, cookie, viewer } = brought
  const attempt = await takeAttempt(visit, parameters, cookie)
  try {
    const arrived = await proveAttempt(visit, attempt, parameters)
    return await transaction(visit, (visit) => finish(visit, arrived, viewer))
  } catch (error) {
    if (error instanceof AppError) await noteRefusal(visit, attempt.connectionId, error)
    throw error
  }
}

async function finish(visit: Visit, arrived: Arrived, viewer: Ctx | null): Promise<Finished> {
  const { attempt, connection } = arrived
  switch (attempt.purpose) {
    case 'sign-in':
      return signIn(visit, arrived, await accountOf(visit, arrived))
    case 'invitation': {
      const token = arrived.invitation ?? ''
      const { email } = await readInvitation(visit, token)
      return signIn(visit, arrived, await accountOfInvited(visit, arrived, token, email))
    }
    case 'link':
      await link(sameSession(visit, arrived, viewer), arrived)
      return { done: 'linked', connection: connection.name }
    case 'test':
      return { done: 'tested', tested: await test(sameSession(visit, arrived, viewer), arrived) }
    case 'step-up':
      await confirm(visit, arrived, viewer)
      return { done: 'confirmed' }
  }
}

/** In, as far as a first factor goes; all the way when the provider says that it saw two. */
async function signIn(visit: Visit, arrived: Arrived, userId: string): Promise<Finished> {
  const { connection, proved, attempt } = arrived
  await reconcileGrants(visit, connection, userId, proved.claims)
  const next = await passFirstFactor(visit, {
    userId,
    methods: ['sso'],
    mfaDone: provesMfa(connection.mfaValues, proved.claims),
    connectionId: connection.id,
    ...(proved.sid !== null && { ssoSid: proved.sid }),
    returnTo: attempt.returnTo,
  })
  return { done: 'signed-in', next }
}

async function link(ctx: Ctx, visitor: Visitor): Promise<void> {
  const { userId } = requirePerson(ctx.actor)
  const user = await findUser(ctx.db, userId)
  requireOwnDomain(visitor.connection, user?.email ?? '')
  const known = await findIdentityOf(ctx.db, subjectOf(visitor))
  if (known?.userId === userId) return
  if (known) {
    const { name } = visitor.connection
    throw new AppError('conflict', `This account at ${name} is connected to somebody else here already.`)
  }
  await connect(ctx, visitor, userId)
}

async function test(ctx: Ctx, visitor: Visitor): Promise<Tested> {
  const { connection, proved } = visitor
  const problem = await problemOf(ctx, visitor)
  if (problem === null) {
    const testedBy = requirePerson(ctx.actor).userId
    await setConnection(ctx.db, connection.id, { testedAt: ctx.clock(), testedBy })
    await audit(ctx, { action: 'connection.test', targetId: connection.id })
  }
  return {
    connectionId: connection.id,
    connection: connection.name,
    claims: proved.claims,
    mfa: provesMfa(connection.mfaValues, proved.claims),
    grants: await grantsOfClaims(ctx, connection, proved.claims),
    problem,
  }
}

/** They signed in there once more, just now, as the person that they are here. */
async function confirm(visit: Visit, arrived: Arrived, viewer: Ctx | null): Promise<void> {
  if (viewer === null) throw signedOut()
  const known = await findIdentityOf(visit.db, subjectOf(arrived))
  if (known?.userId !== requirePerson(viewer.actor).userId) {
    throw new AppError('forbidden', `At ${arrived.connection.name} you are somebody else than here.`)
  }
  await confirmStepUp({ ...visit, actor: viewer.actor }, arrived.attempt.subjectId ?? '', 'sso')
}

/** What was begun in a session ends in it: nobody finishes it for somebody else. */
function sameSession(visit: Visit, { attempt }: Arrived, viewer: Ctx | null): Ctx {
  if (viewer !== null && viewer.actor.sessionId === attempt.subjectId)
    return { ...visit, actor: viewer.actor }
  throw signedOut()
}

function signedOut(): AppError {
  return new AppError('sign_in_required', 'You were signed out meanwhile. Sign in, then begin again.')
}

/** Once a minute for each address at a connection: whoever begins can also fail, as often as they like. */
async function noteRefusal(visit: Visit, connectionId: string, error: AppError): Promise<void> {
  const failure = { action: 'session.create', targetId: connectionId, result: 'failed' } as const
  if (await wasToldLately(visit.db, visit.ip, failure)) return
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  const actor = { ...nobody(), methods: ['sso'] }
  await auditAlone({ ...visit, actor }, { ...failure, reason: `${error.message}${cause}` })
}
