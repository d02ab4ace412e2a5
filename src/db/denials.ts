import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Denials } from './schema.ts'

export type DenialRow = Selectable<Denials>
export type NewDenial = Omit<Insertable<Denials>, 'unsaid' | 'saidAt'>

const A_MINUTE_AGO = sql<Date>`clock_timestamp() - interval '1 minute'`

/** Of how many different things the audit trail said in the last minute that this actor may not do them. */
export async function countDenials(db: Db, actorId: string): Promise<number> {
  const { count } = await db
    .selectFrom('denials')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .where('actorId', '=', actorId)
    .where('saidAt', '>', A_MINUTE_AGO)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Counts one more. Returns whether it is the first of its kind, which is said at once. */
export async function countDenial(db: Db, denial: NewDenial): Promise<boolean> {
  const { rows } = await sql<{ first: boolean }>`
    insert into denials (actor_kind, actor_id, user_id, action, target_id)
    values (${denial.actorKind}, ${denial.actorId}, ${denial.userId}, ${denial.action}, ${denial.targetId})
    on conflict (actor_id, action, target_id) do update set unsaid = denials.unsaid + 1
    returning xmax = 0 as first`.execute(db)
  return rows[0]?.first ?? false
}

/** Takes up to `limit` that nobody was told of for a minute, as they were; from now on they are said. */
export async function takeUnsaidDenials(db: Db, limit: number): Promise<DenialRow[]> {
  const { rows } = await sql<DenialRow>`
    update denials d set unsaid = 0, said_at = clock_timestamp()
    from (
      select * from denials where unsaid > 0 and said_at <= ${A_MINUTE_AGO}
      order by said_at limit ${limit} for update skip locked
    ) old
    where d.actor_id = old.actor_id and d.action = old.action and d.target_id = old.target_id
    returning old.*`.execute(db)
  return rows
}

/** Forgets what did not happen again: the next time is a first one. */
export async function deleteSaidDenials(db: Db): Promise<void> {
  await db.deleteFrom('denials').where('unsaid', '=', 0).where('saidAt', '<=', A_MINUTE_AGO).execute()
}
