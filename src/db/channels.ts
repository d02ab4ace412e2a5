import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { Channels } from './schema.ts'
import { whereWithin } from './within.ts'

export type ChannelRow = Selectable<Channels>

export async function insertChannel(db: Db, channel: Insertable<Channels>): Promise<void> {
  await db.insertInto('channels').values(channel).execute()
}

export function findChannel(db: Db, id: string): Promise<ChannelRow | undefined> {
  return living(db).where('id', '=', id).executeTakeFirst()
}

export function lockChannel(db: Db, id: string): Promise<ChannelRow | undefined> {
  return living(db).where('id', '=', id).forUpdate().executeTakeFirst()
}

/** Channels in order of creation, after `cursor`. */
export function listChannels(
  db: Db,
  {
    within,
    limit,
    cursor,
    teamId,
  }: { within: Within; limit: number; cursor?: string | undefined; teamId?: string | undefined },
): Promise<ChannelRow[]> {
  return living(db)
    .where(whereWithin(within, { team: 'teamId' }))
    .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
    .$if(teamId !== undefined, (query) => query.where('teamId', '=', teamId ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Those who want to hear of `kind`, happening in this team: the organization's, and the team's own. */
export function findListeningChannels(db: Db, kind: string, teamId: string | null): Promise<ChannelRow[]> {
  const wanted = [kind, `${kind.split('.')[0]}.*`, '*']
  return living(db)
    .where(sql<boolean>`events && ${wanted}::text[]`)
    .where((eb) => eb.or([eb('teamId', 'is', null), ...(teamId === null ? [] : [eb('teamId', '=', teamId)])]))
    .execute()
}

export function setChannel(db: Db, id: string, values: Updateable<Channels>): Promise<ChannelRow> {
  return db
    .updateTable('channels')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

function living(db: Db) {
  return db.selectFrom('channels').selectAll().where('deletedAt', 'is', null)
}
