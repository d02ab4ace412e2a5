import { randomBytes } from 'node:crypto'
import type { Visit } from '../app.ts'
import {
  type ChallengePurpose,
  insertPasskeyChallenge,
  type PasskeyRow,
  setPasskeyUsed,
  takePasskeyChallenge,
} from '../db/passkeys.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import {
  type PasskeyAnswer,
  type RelyingParty,
  relyingPartyAt,
  type TakesChallenge,
  verifyAnswer,
} from '../passkeys.ts'
import { audit } from './audit.ts'
import { raiseFinding } from './findings.ts'
import { notice } from './notices.ts'
import { actorForThemselves } from './sessions.ts'

/** What a challenge is for: an answer that was given for one thing is none for another. */
export type AskedFor = {
  purpose: ChallengePurpose
  /** The sign-in, session, request or browser that asks. */
  boundTo: string
}

const CHALLENGE_BYTES = 32

/** A challenge for one answer, within five minutes. */
export async function newChallenge(visit: Visit, asked: AskedFor): Promise<Uint8Array> {
  const challenge = randomBytes(CHALLENGE_BYTES)
  const hash = challengeHash(visit, challenge.toString('base64url'))
  await insertPasskeyChallenge(visit.db, { hash, ...asked })
  return challenge
}

/** Whether a challenge was given for this, and not answered before. Used up though the caller's transaction fails. */
export function takesChallenge(visit: Visit, asked: AskedFor): TakesChallenge {
  const { db } = apart(visit)
  return (challenge) => takePasskeyChallenge(db, { hash: challengeHash(visit, challenge), ...asked })
}

/** Throws `conflict` where browsers have no passkeys for us. */
export function requireRelyingParty({ config }: Visit): RelyingParty {
  const relyingParty = relyingPartyAt(config.url)
  if (relyingParty) return relyingParty
  throw new AppError('conflict', noPasskeysFor(config.url))
}

/** Why browsers have no passkeys here; null when they do. */
export function noPasskeysAt({ config }: Visit): string | null {
  return relyingPartyAt(config.url) ? null : noPasskeysFor(config.url)
}

function noPasskeysFor(url: string): string {
  return `Browsers have passkeys for names with HTTPS only, and Claviger is reached at ${url}. An admin can change that (CLAVIGER_URL).`
}

/**
 * Checks that this passkey answered, and notes its use. One whose counter did not grow may be a copy: it is refused,
 * and its person and a finding say so.
 */
export async function usePasskey(
  visit: Visit,
  passkey: PasskeyRow,
  asked: AskedFor,
  response: PasskeyAnswer,
): Promise<{ userVerified: boolean }> {
  const relyingParty = requireRelyingParty(visit)
  const used = await verifyAnswer(relyingParty, response, passkey, takesChallenge(visit, asked))
  if (!used) throw refused()
  if (await setPasskeyUsed(visit.db, passkey.id, used)) return used
  await tellOfCopy(visit, passkey, used.counter)
  throw refused()
}

/** The same words for all that can be wrong: to its person it makes no difference. */
export function refused(): AppError {
  return new AppError(
    'invalid_request',
    'The answer of your passkey was not accepted, or came too late. Try again.',
  )
}

async function tellOfCopy(visit: Visit, passkey: PasskeyRow, counter: number): Promise<void> {
  const { id, userId, name } = passkey
  const actor = actorForThemselves(id, { userId })
  await transaction({ ...apart(visit), actor }, async (ctx) => {
    const detail = { userId, name, counter: Number(passkey.counter), answered: counter, ip: ctx.ip }
    const finding = { kind: 'passkey-copied', severity: 'high', targetId: id, detail } as const
    await raiseFinding(ctx, { ...finding, place: CONFIDENTIAL })
    await notice(ctx, {
      kind: 'passkey.refuse',
      to: { userId },
      subject: 'A passkey of yours was refused',
      text: `The passkey "${name}" answered as if it had been copied: its count of uses did not go up. It was not accepted. Remove it in your profile (${ctx.config.url}/profile), add a new one, and tell your admin.`,
    })
    const reason = 'its counter did not grow'
    await audit(ctx, { action: 'passkey.refuse', targetId: id, result: 'denied', reason })
  })
}

/** What is refused is undone with its transaction: what must stay is written on a connection of its own. */
function apart(visit: Visit): Visit {
  return visit.db.isTransaction ? { ...visit, db: visit.gatewayDb } : visit
}

function challengeHash({ keyring }: Visit, challenge: string): string {
  return keyring.hashSecret(`passkey-challenge ${challenge}`)
}
