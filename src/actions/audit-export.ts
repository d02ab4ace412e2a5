import { createHash } from 'node:crypto'
import manifestOfProgram from '../../package.json' with { type: 'json' }
import type { Ctx } from '../app.ts'
import type { auditCsv, auditExport } from '../contract/audit.ts'
import type { Valid } from '../contract/operation.ts'
import { findLinkHash, findPositions, listHeads, listLinksAfter, type StoredLink } from '../db/audit-chain.ts'
import { findOrganization } from '../db/organization.ts'
import { type ChainedEvent, NO_HASH } from '../domain/audit-chain.ts'
import { FORMAT, manifestLine, manifestText } from '../domain/audit-file.ts'
import { cloudEventOf, headCloudEvent } from '../domain/audit-ocsf.ts'
import { csvLine } from '../domain/csv.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { audit } from './audit.ts'
import { sealChain } from './audit-chain.ts'
import { authorize } from './authorize.ts'
import { readRange } from './range.ts'

const BATCH = 1000

type Range = { from?: string | undefined; to?: string | undefined }
type Asked = {
  organizationId: string
  from: Date | undefined
  to: Date | undefined
  first: number
  last: number
}

/** The audit trail in JSON lines, with what is needed to prove it without this server. */
export async function exportAudit(
  ctx: Ctx,
  { query }: Valid<typeof auditExport>,
): Promise<AsyncIterable<string>> {
  return jsonLines(ctx, await begin(ctx, 'audit.export', query))
}

/** The audit trail as a table. It proves nothing: that is what the other form is for. */
export async function exportAuditCsv(
  ctx: Ctx,
  { query }: Valid<typeof auditCsv>,
): Promise<AsyncIterable<string>> {
  return csvLines(ctx, await begin(ctx, 'audit.csv', query))
}

/** Taking the audit trail along is an event itself, and is in the file when its time is. */
async function begin(ctx: Ctx, action: string, { from, to }: Range): Promise<Asked> {
  authorize(ctx.actor, 'audit:export', CONFIDENTIAL)
  const range = readRange(from, to, ctx.clock())
  const organizationId = (await findOrganization(ctx.db))?.id ?? ''
  const after = { from: range.from?.toISOString() ?? null, to: range.to?.toISOString() ?? null }
  await audit(ctx, { action, targetId: organizationId, after })
  await sealChain(ctx, { headEveryMs: 0 })
  const positions = await findPositions(ctx.db, range.from, range.to)
  return { organizationId, from: range.from, to: range.to, ...(positions ?? { first: 1, last: 0 }) }
}

async function* jsonLines(ctx: Ctx, asked: Asked): AsyncIterable<string> {
  const { organizationId, first, last } = asked
  const product = { version: manifestOfProgram.version, organizationId }
  const written = createHash('sha256')
  const lines = (values: object[]) => {
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('')
    written.update(text)
    return text
  }
  let previousHash = (await findLinkHash(ctx.db, first - 1)) ?? NO_HASH
  let events = 0
  for await (const links of linksOf(ctx, asked)) {
    const cloudEvents: object[] = []
    for (const { event, ...link } of links) {
      cloudEvents.push(cloudEventOf(event, { ...link, previousHash }, product))
      previousHash = link.hash
    }
    events += links.length
    yield lines(cloudEvents)
  }
  let heads = 0
  for (let start = first; start <= last; start += BATCH) {
    const range = { first: start, last: Math.min(last, start + BATCH - 1) }
    const some = await listHeads(ctx.db, organizationId, range)
    heads += some.length
    yield lines(some.map(headCloudEvent))
  }
  const manifest = {
    format: FORMAT,
    organizationId,
    from: asked.from?.toISOString() ?? null,
    to: asked.to?.toISOString() ?? null,
    first: events === 0 ? null : first,
    last: events === 0 ? null : last,
    events,
    heads,
    sha256: written.digest('hex'),
    signedAt: ctx.clock().toISOString(),
    keyId: ctx.keyring.auditKeyId,
    publicKey: ctx.keyring.auditPublicKey,
  } as const
  const signature = ctx.keyring.signAudit(manifestText(manifest)).toString('base64')
  yield `${manifestLine(manifest, signature)}\n`
}

type WholeLink = StoredLink & { event: ChainedEvent }

/** The links of the range, a batch at a time. An event that is gone is shown as one: what is left is still evidence. */
async function* linksOf(ctx: Ctx, { first, last }: Asked): AsyncIterable<WholeLink[]> {
  for (let after = first - 1; after < last; ) {
    const links = await listLinksAfter(ctx.db, after, Math.min(BATCH, last - after))
    const end = links.at(-1)
    if (!end) return
    yield links.map((link) => ({
      ...link,
      event: link.event ?? { seq: 0, id: 'gone', action: 'event.gone' },
    }))
    after = end.position
  }
}

/** As the columns are named in the contract and in the table. */
const COLUMNS = [
  ['position', ''],
  ['id', 'id'],
  ['at', 'at'],
  ['actorKind', 'actor_kind'],
  ['actorId', 'actor_id'],
  ['userId', 'user_id'],
  ['action', 'action'],
  ['targetId', 'target_id'],
  ['teamId', 'team_id'],
  ['projectId', 'project_id'],
  ['result', 'result'],
  ['reason', 'reason'],
  ['before', 'before'],
  ['after', 'after'],
  ['requestId', 'request_id'],
  ['sessionId', 'session_id'],
  ['ip', 'ip'],
  ['userAgent', 'user_agent'],
] as const

async function* csvLines(ctx: Ctx, asked: Asked): AsyncIterable<string> {
  yield csvLine(COLUMNS.map(([name]) => name))
  for await (const links of linksOf(ctx, asked)) {
    const line = ({ position, event }: WholeLink) =>
      csvLine(
        COLUMNS.map(([, column]) => {
          const value = column === '' ? position : event[column]
          return value === null || value === undefined
            ? null
            : typeof value === 'number'
              ? value
              : String(value)
        }),
      )
    yield links.map(line).join('')
  }
}
