import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import type { passkeyCreate, passkeyDelete, passkeyList, passkeyStart } from '../contract/passkeys.ts'
import {
  deletePasskey,
  deletePasskeysOf,
  insertPasskey,
  listPasskeys,
  type PasskeyRow,
} from '../db/passkeys.ts'
import { markForRotation, setSessionMfa } from '../db/sessions.ts'
import { transaction } from '../db/transaction.ts'
import { lockUser } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { newId } from '../ids.ts'
import {
  creationOptions,
  type PasskeyCreated,
  type PasskeyCreationOptions,
  verifyCreated,
} from '../passkeys.ts'
import { audit } from './audit.ts'
import { notFound, requirePerson } from './authorize.ts'
import { keepBreakGlass } from './enforced-sign-in.ts'
import { dropIdleRecoveryCodes, factorsOf, requireEnoughLeft } from './factors.ts'
import { newChallenge, refused, requireRelyingParty, takesChallenge } from './passkey-answer.ts'
import { giveRecoveryCodes } from './recovery-codes.ts'
import { requireConfirmed } from './require-confirmed.ts'

const MOST = 20

/** Begins to add a passkey: what the browser is to make. It counts once `createPasskey` took the answer. */
export async function startPasskey(ctx: Ctx): Promise<Output<typeof passkeyStart>> {
  const { userId, sessionId } = requirePerson(ctx.actor)
  requireConfirmed(ctx)
  return transaction(ctx, async (ctx) => {
    const options = await offerPasskey(ctx, userId, sessionId)
    await audit(ctx, { action: 'passkey.start', targetId: userId })
    return { options: { ...options } }
  })
}

/** The passkey that the browser made. The session counts as one with a second factor from then on. */
export async function createPasskey(
  ctx: Ctx,
  { body }: Valid<typeof passkeyCreate>,
): Promise<Output<typeof passkeyCreate>> {
  const { userId, sessionId } = requirePerson(ctx.actor)
  return transaction(ctx, async (ctx) => {
    const added = await takePasskey(ctx, userId, { ...body, boundTo: sessionId })
    await setSessionMfa(ctx.db, sessionId, 'passkey')
    await markForRotation(ctx.db, userId)
    return added
  })
}

export async function listOwnPasskeys(ctx: Ctx): Promise<Output<typeof passkeyList>> {
  const { userId } = requirePerson(ctx.actor)
  return { data: (await listPasskeys(ctx.db, userId)).map(presentPasskey), nextCursor: null }
}

/** Removes one of one's own passkeys, unless the organization requires the last one. */
export async function removePasskey(ctx: Ctx, { params }: Valid<typeof passkeyDelete>): Promise<void> {
  const { userId } = requirePerson(ctx.actor)
  requireConfirmed(ctx)
  await transaction(ctx, async (ctx) => {
    // Of two removals at once, the second sees what the first left.
    await lockUser(ctx.db, userId)
    const removed = await deletePasskey(ctx.db, { id: params.passkeyId, userId })
    if (!removed) throw notFound('passkey')
    const left = await factorsOf(ctx.db, userId)
    await requireEnoughLeft(ctx.db, userId, left)
    await keepBreakGlass(ctx)
    await audit(ctx, { action: 'passkey.delete', targetId: removed.id, before: presentPasskey(removed) })
    await dropIdleRecoveryCodes(ctx.db, userId)
    await markForRotation(ctx.db, userId)
  })
}

/** Takes all of a person's passkeys away, whoever decided it. */
export async function forgetPasskeys(ctx: Ctx, userId: string): Promise<void> {
  for (const { id } of await deletePasskeysOf(ctx.db, userId)) {
    await audit(ctx, { action: 'passkey.delete', targetId: id })
  }
  await dropIdleRecoveryCodes(ctx.db, userId)
}

/** What a browser needs to make a passkey for somebody, in this session or sign-in. */
export async function offerPasskey(
  ctx: Ctx,
  userId: string,
  boundTo: string,
): Promise<PasskeyCreationOptions> {
  const relyingParty = requireRelyingParty(ctx)
  const user = await lockUser(ctx.db, userId)
  if (!user) throw notFound('user')
  const known = await listPasskeys(ctx.db, userId)
  if (known.length >= MOST) throw new AppError('conflict', `You have ${MOST} passkeys: remove one first.`)
  const challenge = await newChallenge(ctx, { purpose: 'register', boundTo })
  return creationOptions(relyingParty, user, { challenge, known })
}

type Made = { name: string; response: PasskeyCreated; boundTo: string }

/** Adds the passkey that was made. Recovery codes come with the first second factor, and are shown now only. */
export async function takePasskey(
  ctx: Ctx,
  userId: string,
  { name, response, boundTo }: Made,
): Promise<Output<typeof passkeyCreate>> {
  const asked = takesChallenge(ctx, { purpose: 'register', boundTo })
  const made = await verifyCreated(requireRelyingParty(ctx), response, asked)
  if (!made) throw refused()
  return transaction(ctx, async (ctx) => {
    await lockUser(ctx.db, userId)
    const before = await factorsOf(ctx.db, userId)
    const { publicKey, counter, ...rest } = made
    const row = await insertPasskey(ctx.db, {
      ...rest,
      id: newId('pky'),
      userId,
      name,
      publicKey: Buffer.from(publicKey),
      counter: BigInt(counter),
    })
    const passkey = presentPasskey(row)
    await audit(ctx, { action: 'passkey.create', targetId: row.id, after: passkey })
    const first = !before.totp && before.passkeys === 0
    return { passkey, recoveryCodes: first ? await giveRecoveryCodes(ctx, userId) : [] }
  })
}

function presentPasskey(row: PasskeyRow): Output<typeof passkeyList>['data'][number] {
  return {
    id: row.id,
    name: row.name,
    backedUp: row.backedUp,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }
}
