import type { Ctx } from '../app.ts'
import { findPasswordHash } from '../db/passwords.ts'
import { AppError } from '../domain/errors.ts'
import { verifyPassword } from '../password-hash.ts'
import { requirePerson } from './authorize.ts'
import { factorsOf } from './factors.ts'
import { invalid } from './invalid.ts'
import { checkCode } from './second-factor.ts'
import { attempt, succeeded } from './throttle.ts'

/** With what the person can confirm: a code of their app or a recovery code; without those, their password. */
export type ProofMethod = 'otp' | 'recovery' | 'pwd'

export async function proofMethods(ctx: Ctx): Promise<ProofMethod[]> {
  const { userId } = requirePerson(ctx.actor)
  const { totp, password } = await factorsOf(ctx.db, userId)
  if (totp) return ['otp', 'recovery']
  return password ? ['pwd'] : []
}

/** Takes the proof that it is still them, and says how they gave it. Who has a second factor uses that. */
export async function prove(ctx: Ctx, proof: { code?: string; password?: string }): Promise<ProofMethod> {
  const { userId } = requirePerson(ctx.actor)
  const { totp, password } = await factorsOf(ctx.db, userId)
  if (totp) return checkCode(ctx, userId, proof.code ?? '')
  if (!password) {
    throw new AppError('conflict', 'You have no password and no authenticator app: sign in again instead.')
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
