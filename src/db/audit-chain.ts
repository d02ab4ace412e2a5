import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { ChainedEvent, ChainHead } from '../domain/audit-chain.ts'

/** Any fixed number of our own: whoever seals holds it until the end of its transaction. */
const CHAIN = 7_236_506

export async function lockChain(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(${CHAIN})`.execute(db)
}

/**
 * Every column of an event, exactly: numbers and times would lose digits on their way through JavaScript, so all but
 * `seq` are texts, and JSON columns are the text of their JSON.
 */
const event: RawBuilder<ChainedEvent | null> = sql`
  case when e.seq is not null then to_jsonb(e) || jsonb_build_object(
    'at', to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'before', e.before::text,
    'after', e.after::text) end`

/** Takes up to `limit` events that have no place in the chain yet, oldest first. */
export async function takeUnsealed(db: Db, limit: number): Promise<ChainedEvent[]> {
  const { rows } = await sql<{ event: ChainedEvent }>`
    with taken as (
      delete from audit_unsealed where seq in (select seq from audit_unsealed order by seq limit ${limit})
      returning seq)
    select ${event} as event from taken join audit_events e using (seq) order by e.seq`.execute(db)
  return rows.map((row) => row.event)
}

/** The newest link; null before the first. */
export async function findLastLink(db: Db): Promise<{ position: number; hash: string } | null> {
  const row = await db
    .selectFrom('auditChain')
    .select(['position', 'hash'])
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ? { position: Number(row.position), hash: row.hash.toString('hex') } : null
}

export async function findLinkHash(db: Db, position: number): Promise<string | null> {
  const row = await db
    .selectFrom('auditChain')
    .select('hash')
    .where('position', '=', BigInt(position))
    .executeTakeFirst()
  return row?.hash.toString('hex') ?? null
}

export type NewLink = { position: number; eventSeq: number; hash: string }

export async function insertLinks(db: Db, links: NewLink[]): Promise<void> {
  await sql`
    insert into audit_chain (position, event_seq, hash)
    select position, event_seq, decode(hash, 'hex')
    from unnest(${links.map(({ position }) => position)}::int8[], ${links.map(({ eventSeq }) => eventSeq)}::int8[],
      ${links.map(({ hash }) => hash)}::text[]) as new (position, event_seq, hash)`.execute(db)
}

export type StoredLink = { position: number; hash: string; event: ChainedEvent | null }

/** Up to `limit` links after `position`, in order, each with its event: null when that is gone. */
export async function listLinksAfter(db: Db, position: number, limit: number): Promise<StoredLink[]> {
  const { rows } = await sql<{ position: bigint; hash: string; event: ChainedEvent | null }>`
    select c.position, encode(c.hash, 'hex') as hash, ${event} as event
    from audit_chain c left join audit_events e on e.seq = c.event_seq
    where c.position > ${position} order by c.position limit ${limit}`.execute(db)
  return rows.map((row) => ({ ...row, position: Number(row.position) }))
}

/** The first event that was never given a place in the chain nor waits for one: it came in by another way. */
export async function findStrayEvent(db: Db): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    select e.id from audit_events e
    where not exists (select from audit_chain c where c.event_seq = e.seq)
      and not exists (select from audit_unsealed u where u.seq = e.seq)
    order by e.seq limit 1`.execute(db)
  return rows[0]?.id ?? null
}

/** The positions whose events lie between two moments; null when there are none. `to` itself is outside. */
export async function findPositions(
  db: Db,
  from: Date | undefined,
  to: Date | undefined,
): Promise<{ first: number; last: number } | null> {
  const row = await db
    .selectFrom('auditChain')
    .innerJoin('auditEvents', 'auditEvents.seq', 'auditChain.eventSeq')
    .$if(from !== undefined, (query) => query.where('auditEvents.at', '>=', from ?? new Date(0)))
    .$if(to !== undefined, (query) => query.where('auditEvents.at', '<', to ?? new Date(0)))
    .select((eb) => [eb.fn.min('position').as('first'), eb.fn.max('position').as('last')])
    .executeTakeFirst()
  const { first, last } = row ?? {}
  return first == null || last == null ? null : { first: Number(first), last: Number(last) }
}

type HeadRow = { position: bigint; hash: Buffer; signedAt: Date; keyId: string; signature: Buffer }

/** Heads between two positions, both inside, in order: at most one at each. */
export async function listHeads(
  db: Db,
  organizationId: string,
  { first, last }: { first: number; last: number },
): Promise<ChainHead[]> {
  const rows = await db
    .selectFrom('auditHeads')
    .selectAll()
    .where('position', '>=', BigInt(first))
    .where('position', '<=', BigInt(last))
    .orderBy('position')
    .execute()
  return rows.map((row) => headOf(organizationId, row))
}

/** Heads, newest first, older than the one at `before`. */
export async function listHeadsBefore(
  db: Db,
  organizationId: string,
  { before, limit }: { before: number | null; limit: number },
): Promise<ChainHead[]> {
  const rows = await db
    .selectFrom('auditHeads')
    .selectAll()
    .$if(before !== null, (query) => query.where('position', '<', BigInt(before ?? 0)))
    .orderBy('position', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => headOf(organizationId, row))
}

export async function insertHead(db: Db, head: ChainHead): Promise<void> {
  await db
    .insertInto('auditHeads')
    .values({
      position: BigInt(head.position),
      hash: Buffer.from(head.hash, 'hex'),
      signedAt: new Date(head.signedAt),
      keyId: head.keyId,
      signature: Buffer.from(head.signature, 'base64'),
    })
    .execute()
}

function headOf(organizationId: string, row: HeadRow): ChainHead {
  return {
    organizationId,
    position: Number(row.position),
    hash: row.hash.toString('hex'),
    signedAt: row.signedAt.toISOString(),
    keyId: row.keyId,
    signature: row.signature.toString('base64'),
  }
}
