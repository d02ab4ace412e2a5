import type { Ctx } from '../app.ts'
import { readAuditHeads } from '../audit-heads-file.ts'
import type { auditVerify } from '../contract/audit.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { findLinkHash, findStrayEvent, listHeads, listLinksAfter } from '../db/audit-chain.ts'
import { findOrganization } from '../db/organization.ts'
import { breakAt, type ChainBreak, type ChainHead, NO_HASH } from '../domain/audit-chain.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { headProblem, sealChain, sha256 } from './audit-chain.ts'
import { authorize } from './authorize.ts'

const BATCH = 1000

/**
 * Recomputes the chain, whole or the part of it that is asked for, and compares it with every head that was signed. What
 * was cut off at the end, or never got a place, is found with the end.
 */
export async function verifyAudit(
  ctx: Ctx,
  { query }: Valid<typeof auditVerify>,
): Promise<Output<typeof auditVerify>> {
  authorize(ctx.actor, 'audit:read', CONFIDENTIAL)
  // A chain that is not sealed on is looked at all the same: that is when one wants to know.
  await sealChain(ctx, { headEveryMs: 0 })
  const { checked, firstBroken } = await walk(ctx, query)
  return { ok: firstBroken === null, checked, firstBroken }
}

async function walk(
  ctx: Ctx,
  { from, to = Number.POSITIVE_INFINITY }: { from: number; to?: number | undefined },
): Promise<{ checked: number; firstBroken: ChainBreak | null }> {
  const organizationId = (await findOrganization(ctx.db))?.id ?? ''
  const own = await ownHeads(ctx, organizationId)
  let last = { position: from - 1, hash: (await findLinkHash(ctx.db, from - 1)) ?? NO_HASH }
  let checked = 0
  for (;;) {
    const first = last.position + 1
    const wanted = Math.min(BATCH, to - last.position)
    const links = wanted > 0 ? await listLinksAfter(ctx.db, last.position, wanted) : []
    const stored = Map.groupBy(
      await listHeads(ctx.db, organizationId, { first, last: links.at(-1)?.position ?? first }),
      (head) => head.position,
    )
    for (const { event, ...link } of links) {
      const heads = [...(stored.get(link.position) ?? []), ...(own.get(link.position) ?? [])]
      const firstBroken =
        breakAt(sha256, last, { ...link, previousHash: last.hash }, event) ??
        brokenHead(ctx, heads, link.hash, event?.id ?? null)
      if (firstBroken) return { checked, firstBroken }
      last = link
      checked += 1
    }
    if (last.position >= to) return { checked, firstBroken: null }
    if (links.length === wanted) continue
    const cutOff = [...own.values()].flat().filter((head) => head.position > last.position)
    return { checked, firstBroken: brokenHead(ctx, cutOff, null, null) ?? (await stray(ctx, last.position)) }
  }
}

/** Those that this process wrote down itself, by position. */
async function ownHeads(ctx: Ctx, organizationId: string): Promise<Map<number, ChainHead[]>> {
  const heads: ChainHead[] = []
  for await (const head of readAuditHeads(ctx.config.dataDir)) {
    if (head.organizationId === organizationId) heads.push(head)
  }
  return Map.groupBy(heads, (head) => head.position)
}

function brokenHead(
  ctx: Ctx,
  heads: ChainHead[],
  hash: string | null,
  eventId: string | null,
): ChainBreak | null {
  for (const head of heads) {
    const problem = headProblem(ctx, head, hash)
    if (problem !== null) return { position: head.position, eventId, problem }
  }
  return null
}

async function stray(ctx: Ctx, end: number): Promise<ChainBreak | null> {
  const eventId = await findStrayEvent(ctx.db)
  if (eventId === null) return null
  return { position: end + 1, eventId, problem: 'this event never got a place in the chain' }
}
