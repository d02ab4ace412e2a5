import { createPublicKey, hash, verify } from 'node:crypto'
import type { App, Ctx } from '../app.ts'
import { keepAuditHead, lastAuditHead } from '../audit-heads-file.ts'
import type { Config } from '../config.ts'
import {
  findLastLink,
  findLinkHash,
  insertHead,
  insertLinks,
  listHeadsBefore,
  lockChain,
  type NewLink,
  takeUnsealed,
} from '../db/audit-chain.ts'
import { findOrganization } from '../db/organization.ts'
import { transaction } from '../db/transaction.ts'
import { type ChainBreak, type ChainHead, headText, linkHash, NO_HASH } from '../domain/audit-chain.ts'
import { ORGANIZATION } from '../domain/place.ts'
import { raiseFinding } from './findings.ts'

const BATCH = 500
const TELL_EVERY_MS = 60_000

export const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

/**
 * Gives every event that was committed its place in the chain, and signs the chain's head when the newest one is
 * older than `headEveryMs`. After the commit and not within it: a chain there would need one lock from the first
 * event of a change to its end, which serializes all changes and deadlocks with the rows that they lock.
 *
 * What does not match the newest head is not sealed on: returns where the chain broke, and raises a finding.
 */
export async function sealChain(
  ctx: Ctx,
  { headEveryMs }: { headEveryMs: number },
): Promise<ChainBreak | null> {
  if (ctx.db.isTransaction) throw new Error('the audit chain is sealed outside of transactions')
  for (;;) {
    try {
      const { sealed, head } = await transaction(ctx, (ctx) => sealSome(ctx, headEveryMs))
      // After the commit: a head that was signed for what was undone would accuse an honest chain.
      if (head) await keepAuditHead(ctx.config.dataDir, head)
      if (sealed < BATCH) return null
    } catch (error) {
      if (!(error instanceof ChainBroken)) throw error
      await tellBroken(ctx, error.at)
      return error.at
    }
  }
}

async function sealSome(ctx: Ctx, headEveryMs: number): Promise<{ sealed: number; head: ChainHead | null }> {
  await lockChain(ctx.db)
  const organization = await findOrganization(ctx.db)
  const [newest] = organization
    ? await listHeadsBefore(ctx.db, organization.id, { before: null, limit: 1 })
    : []
  const events = await takeUnsealed(ctx.db, BATCH)
  const last = (await findLastLink(ctx.db)) ?? { position: 0, hash: NO_HASH }
  if (events.length > 0 || last.position !== (newest?.position ?? 0)) {
    await requireUnbroken(ctx, organization?.id, newest)
  }
  const links: NewLink[] = []
  for (const event of events) {
    const position = last.position + 1
    Object.assign(last, { position, hash: linkHash(sha256, last.hash, position, event) })
    links.push({ position, eventSeq: event.seq, hash: last.hash })
  }
  if (links.length > 0) await insertLinks(ctx.db, links)
  const due = last.position > (newest?.position ?? 0) && isOlder(newest, ctx.clock(), headEveryMs)
  if (!organization || !due || links.length === BATCH) return { sealed: links.length, head: null }
  const head = signedHead(ctx, {
    organizationId: organization.id,
    ...last,
    signedAt: ctx.clock().toISOString(),
  })
  await insertHead(ctx.db, head)
  return { sealed: links.length, head }
}

/** A clock that was set back must not keep heads from being signed. */
function isOlder(head: ChainHead | undefined, now: Date, ms: number): boolean {
  if (!head) return true
  const age = now.getTime() - Date.parse(head.signedAt)
  return age < 0 || age >= ms
}

function signedHead({ keyring }: App, head: Omit<ChainHead, 'keyId' | 'signature'>): ChainHead {
  const signature = keyring.signAudit(headText(head)).toString('base64')
  return { ...head, keyId: keyring.auditKeyId, signature }
}

class ChainBroken extends Error {
  readonly at: ChainBreak
  constructor(at: ChainBreak) {
    super(`the audit chain is broken at position ${at.position}: ${at.problem}`)
    this.at = at
  }
}

/** The newest head of the table, and the newest that this process wrote down itself, still say what the chain says. */
async function requireUnbroken(
  ctx: Ctx,
  organizationId: string | undefined,
  newest: ChainHead | undefined,
): Promise<void> {
  for (const head of [newest, await lastAuditHead(ctx.config.dataDir)]) {
    // A data directory that served another installation before says nothing about this one.
    if (!head || head.organizationId !== organizationId) continue
    const problem = headProblem(ctx, head, await findLinkHash(ctx.db, head.position))
    if (problem !== null) throw new ChainBroken({ position: head.position, eventId: null, problem })
  }
}

/** What is wrong with a head, beside the hash that the chain has at its position; null when nothing is. */
export function headProblem({ keyring }: App, head: ChainHead, chainHash: string | null): string | null {
  if (head.keyId === keyring.auditKeyId && !isSigned(keyring.auditPublicKey, head)) {
    return 'the signature of its head is not ours'
  }
  if (chainHash === null) return 'the chain was cut off before it, though its head was signed'
  return chainHash === head.hash ? null : 'it is another one than its signed head says'
}

function isSigned(publicKey: string, head: ChainHead): boolean {
  const signature = Buffer.from(head.signature, 'base64')
  return verify(null, Buffer.from(headText(head)), createPublicKey(publicKey), signature)
}

/** When each installation's break was last told: the sealer tries again every second. */
const told = new WeakMap<Config, number>()

async function tellBroken(ctx: Ctx, at: ChainBreak): Promise<void> {
  const now = Date.now()
  if (now - (told.get(ctx.config) ?? 0) < TELL_EVERY_MS) return
  told.set(ctx.config, now)
  ctx.log.fatal({ position: at.position }, `the audit chain is broken, and is not continued: ${at.problem}`)
  const organization = await findOrganization(ctx.db)
  await raiseFinding(ctx, {
    kind: 'audit-chain-broken',
    severity: 'high',
    targetId: organization?.id ?? 'organization',
    place: ORGANIZATION,
    detail: at,
  })
}
