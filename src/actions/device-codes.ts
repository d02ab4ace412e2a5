import { randomInt } from 'node:crypto'
import type { Ctx, Visit } from '../app.ts'
import {
  countWaitingCodes,
  DEVICE_CODE_MINUTES,
  type DeviceCodeRow,
  decideDeviceCode,
  findWaitingCode,
  insertDeviceCode,
  lockDeviceCode,
  notePoll,
  setDeviceCodeUsed,
} from '../db/device-codes.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import {
  pollAnswer,
  readUserCode,
  showUserCode,
  USER_CODE_LENGTH,
  USER_CODE_LETTERS,
} from '../domain/device-code.ts'
import { AppError } from '../domain/errors.ts'
import { secretKind } from '../domain/key-format.ts'
import { audit } from './audit.ts'
import { requirePerson } from './authorize.ts'
import { beginCliSession, type Tokens } from './cli-sessions.ts'
import { type OauthError, OauthRefused } from './oauth-refused.ts'
import { requireAddress } from './require-address.ts'
import { newSecret } from './sessions.ts'
import { attempt, forgiven, ipKey } from './throttle.ts'

/*
 *   device: offerDevice ──▶ code on its screen           poll, poll, poll ──▶ tokens, once
 *                                │                              ▲
 *   person, signed in: types it ─┴─▶ findOffer ──▶ decideOffer ─┘
 *
 * RFC 8628. Nobody is signed in by a link: the code is typed or looked at, and then there is a button.
 */

const INTERVAL_SECONDS = 5
/** RFC 8628, 3.5: each poll that comes too soon makes all later ones wait so much longer. */
const SLOWER_SECONDS = 5
/** So many devices may wait at one address at once. */
const MOST_WAITING = 20

export type DeviceOffer = {
  deviceCode: string
  userCode: string
  expiresInSeconds: number
  intervalSeconds: number
}

/** A device without a browser wants to sign somebody in: a code for itself, and one for a person to type. */
export async function offerDevice(
  visit: Visit,
  { clientName }: { clientName: string },
): Promise<DeviceOffer> {
  await requireAddress(visit)
  if ((await countWaitingCodes(visit.db, visit.ip)) >= MOST_WAITING) {
    throw new AppError('too_many_attempts', 'Too many sign-ins wait at this address. Try again in a while.', {
      retryAfterSeconds: 60,
    })
  }
  const deviceCode = newSecret('dvc')
  const userCode = Array.from({ length: USER_CODE_LENGTH }, randomLetter).join('')
  await insertDeviceCode(visit.db, {
    hash: visit.keyring.hashSecret(deviceCode),
    userCodeHash: visit.keyring.hashSecret(userCode),
    clientName,
    ip: visit.ip,
    userAgent: visit.userAgent,
    intervalSeconds: INTERVAL_SECONDS,
  })
  return {
    deviceCode,
    userCode: showUserCode(userCode),
    expiresInSeconds: DEVICE_CODE_MINUTES * 60,
    intervalSeconds: INTERVAL_SECONDS,
  }
}

/** The device that waits with this code, for its person to look at. Guesses are counted, for them and their address. */
export async function findOffer(ctx: Ctx, typed: string): Promise<DeviceCodeRow> {
  const { userId } = requirePerson(ctx.actor)
  const keys = [`device:user:${userId}`, ipKey('device', ctx.ip)] as const
  await attempt(ctx, keys)
  const code = readUserCode(typed)
  const row = code && (await findWaitingCode(ctx.db, ctx.keyring.hashSecret(code)))
  if (!row) throw gone()
  // Not forgotten altogether: with a code of their own in between, somebody could guess on for ever.
  for (const key of keys) await forgiven(ctx, key)
  return row
}

/** Somebody says yes or no to the device with this code. Of two answers the first counts. */
export async function decideOffer(ctx: Ctx, typed: string, yes: boolean): Promise<void> {
  const { userId, sessionId } = requirePerson(ctx.actor)
  const { hash, clientName, ip } = await findOffer(ctx, typed)
  await transaction(ctx, async (ctx) => {
    if (!(await decideDeviceCode(ctx.db, { hash, sessionId: yes ? sessionId : null }))) throw gone()
    const action = yes ? 'sign-in.approve' : 'sign-in.deny'
    await audit(ctx, { action, targetId: userId, after: { clientName, ip, by: 'device code' } })
  })
}

/** The device asks whether somebody said yes. Throws `OauthRefused` until then, and from the second time on. */
export async function pollDevice(visit: Visit, deviceCode: string): Promise<Tokens> {
  await requireAddress(visit)
  if (secretKind(deviceCode) !== 'dvc') throw new OauthRefused('invalid_grant')
  const hash = visit.keyring.hashSecret(deviceCode)
  const answer = await transaction(visit, (visit) => answerPoll(visit, hash))
  // Thrown out here, so that what was noted of the poll stays.
  if (typeof answer === 'string') throw new OauthRefused(answer)
  return answer
}

async function answerPoll(visit: Visit, hash: string): Promise<Tokens | OauthError> {
  const row = await lockDeviceCode(visit.db, hash)
  if (!row) return 'invalid_grant'
  const answer = pollAnswer(row, await databaseTime(visit.db))
  const { intervalSeconds } = row
  switch (answer) {
    case 'slow_down':
      await notePoll(visit.db, { hash, intervalSeconds: intervalSeconds + SLOWER_SECONDS })
      return 'slow_down'
    case 'pending':
      await notePoll(visit.db, { hash, intervalSeconds })
      return 'authorization_pending'
    case 'approved':
      await setDeviceCodeUsed(visit.db, hash)
      return (await beginCliSession(visit, row.sessionId ?? '')) ?? 'access_denied'
    case 'denied':
      return 'access_denied'
    case 'expired':
      return 'expired_token'
    case 'used':
      return 'invalid_grant'
  }
}

function gone(): AppError {
  return new AppError(
    'not_found',
    'Nothing waits with this code. It may be mistyped, or older than ten minutes: then begin again in the terminal.',
  )
}

function randomLetter(): string {
  return USER_CODE_LETTERS[randomInt(USER_CODE_LETTERS.length)] ?? ''
}
