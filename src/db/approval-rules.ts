import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { ApprovalRules } from './schema.ts'
import { whereWithin } from './within.ts'

export type ApprovalRuleRow = Selectable<ApprovalRules>

export function insertApprovalRule(db: Db, rule: Insertable<ApprovalRules>): Promise<ApprovalRuleRow> {
  return db.insertInto('approvalRules').values(rule).returningAll().executeTakeFirstOrThrow()
}

export function lockApprovalRule(db: Db, ruleId: string): Promise<ApprovalRuleRow | undefined> {
  return live(db).where('id', '=', ruleId).forUpdate().executeTakeFirst()
}

/** Rules in order of creation, after `cursor`. */
export function listApprovalRules(
  db: Db,
  { within, limit, cursor }: { within: Within; limit: number; cursor: string | undefined },
): Promise<ApprovalRuleRow[]> {
  return live(db)
    .where(whereWithin(within, { team: 'teamId', project: 'projectId' }))
    .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** The rules for requests of this kind in this team or everywhere, the oldest first, of people who are still there. */
export function listRulesFor(
  db: Db,
  { kind, teamId, requesterId }: { kind: string; teamId: string; requesterId: string },
): Promise<ApprovalRuleRow[]> {
  return live(db)
    .where(sql<boolean>`kind = ${kind}`)
    .where((eb) => eb.or([eb('teamId', 'is', null), eb('teamId', '=', teamId)]))
    .where('createdBy', '<>', requesterId)
    .where(sql<boolean>`created_by in (select u.id from users u where u.deactivated_at is null)`)
    .orderBy('id')
    .execute()
}

export async function setApprovalRuleDeleted(db: Db, ruleId: string): Promise<void> {
  await db
    .updateTable('approvalRules')
    .set({ deletedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', ruleId)
    .execute()
}

function live(db: Db) {
  return db.selectFrom('approvalRules').selectAll().where('deletedAt', 'is', null)
}
