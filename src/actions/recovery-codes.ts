import { randomInt } from 'node:crypto'
import type { App, Ctx } from '../app.ts'
import type { Output } from '../contract/operation.ts'
import type { recoveryCodeCreate } from '../contract/profile.ts'
import { replaceRecoveryCodes } from '../db/recovery-codes.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { audit } from './audit.ts'
import { requirePerson } from './authorize.ts'
import { factorsOf } from './factors.ts'
import { requireConfirmed } from './require-confirmed.ts'

const CODES = 10
/** Without letters that look like others. Ten of them are 49 bits. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const LENGTH = 10

/** New recovery codes of one's own; those from before are worth nothing any more. */
export async function createRecoveryCodes(ctx: Ctx): Promise<Output<typeof recoveryCodeCreate>> {
  const { userId } = requirePerson(ctx.actor)
  requireConfirmed(ctx)
  const { totp, passkeys } = await factorsOf(ctx.db, userId)
  if (!totp && passkeys === 0) {
    const message = 'Recovery codes stand in for a passkey or an authenticator app: add one first.'
    throw new AppError('conflict', message)
  }
  return transaction(ctx, async (ctx) => ({ codes: await giveRecoveryCodes(ctx, userId) }))
}

/** Makes a person's recovery codes anew and returns them: they are shown this once. */
export async function giveRecoveryCodes(ctx: Ctx, userId: string): Promise<string[]> {
  const codes = Array.from({ length: CODES }, newCode)
  const hashes = codes.map((code) => recoveryCodeHash(ctx, userId, code.replace('-', '')))
  await replaceRecoveryCodes(ctx.db, userId, hashes)
  await audit(ctx, { action: 'recovery-code.create', targetId: userId })
  return codes
}

/** As it is stored: with the person in it, so that nobody's code is anybody else's. */
export function recoveryCodeHash({ keyring }: App, userId: string, code: string): string {
  return keyring.hashSecret(`recovery-code ${userId} ${code.toLowerCase()}`)
}

function newCode(): string {
  const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`
}
