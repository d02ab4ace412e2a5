import type { Ctx } from '../app.ts'
import { listPasskeys } from '../db/passkeys.ts'
import { findPasswordHash } from '../db/passwords.ts'
import { AppError } from '../domain/errors.ts'
import { type PasskeyAnswer, type PasskeyRequestOptions, requestOptions } from '../passkeys.ts'
import { verifyPassword } from '../password-hash.ts'
import { requirePerson } from './authorize.ts'
import { factorsOf, secondFactorsOf } from './factors.ts'
import { invalid } from './invalid.ts'
import { newChallenge, requireRelyingParty } from './passkey-answer.ts'
import { checkCode, checkPasskey } from './second-factor.ts'
import { attempt, succeeded } from './throttle.ts'

/** With what the person can confirm: a second factor or a recovery code; without those, their password. */
export type ProofMethod = 'passkey' | 'otp' | 'recovery' | 'pwd'

export type Proof = { code?: string; password?: string; passkey?: PasskeyAnswer }

export async function proofMethods(ctx: Ctx): Promise<ProofMethod[]> {
  const { userId } = requirePerson(ctx.actor)
  const taken = await secondFactorsOf(ctx, userId)
  if (taken.recovery) return (['passkey', 'otp', 'recovery'] as const).filter((method) => taken[method])
  return (await factorsOf(ctx.db, userId)).password ? ['pwd'] : []
}

/** What a browser needs to answer with a passkey of the person's, for this request; null when they have none. */
export async function askForPasskey(ctx: Ctx, boundTo: string): Promise<PasskeyRequestOptions | null> {
  const { userId } = requirePerson(ctx.actor)
  if (!(await secondFactorsOf(ctx, userId)).passkey) return null
  const challenge = await newChallenge(ctx, { purpose: 'step-up', boundTo })
  return requestOptions(requireRelyingParty(ctx), { challenge, known: await listPasskeys(ctx.db, userId) })
}

/**
 * Takes the proof that it is still them, and says how they gave it. Who has a second factor uses that. A passkey
 * answers for `boundTo` alone: what is to be confirmed.
 */
export async function prove(ctx: Ctx, proof: Proof, boundTo: string): Promise<ProofMethod> {
  const { userId } = requirePerson(ctx.actor)
  const taken = await secondFactorsOf(ctx, userId)
  if (taken.passkey && proof.passkey) {
    return checkPasskey(ctx, userId, { purpose: 'step-up', boundTo }, proof.passkey)
  }
  if (taken.recovery) return checkCode(ctx, userId, proof.code ?? '')
  if (!(await factorsOf(ctx.db, userId)).password) {
    throw new AppError('conflict', 'You have no password and no second factor here: sign in again instead.')
  }
  await checkOwnPassword(ctx, userId, proof.password ?? '', '/body/password')
  return 'pwd'
}

/** Throws `invalid_request` when it is another, and counts it: a session left open is no place to guess from. */
export async function checkOwnPassword(
  ctx: Ctx,
  userId: string,
  password: string,
  pointer: string,
): Promise<void> {
  const key = `pwd:own:${userId}` as const
  await attempt(ctx, [key])
  if (!(await verifyPassword(ctx.keyring, await findPasswordHash(ctx.db, userId), password))) {
    throw invalid(pointer, 'this is not your password')
  }
  await succeeded(ctx, [key])
}
