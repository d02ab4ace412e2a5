import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { EnvironmentKind } from '../domain/scope.ts'
import type { TrustRules } from './schema.ts'
import { whereWithin } from './within.ts'

/** A trust rule that nobody deleted, and where its key lies. */
export type TrustRuleRow = Selectable<TrustRules> & {
  environmentId: string
  environmentKind: EnvironmentKind
  projectId: string
  teamId: string
}

export async function insertTrustRule(db: Db, rule: Insertable<TrustRules>): Promise<void> {
  await db.insertInto('trustRules').values(rule).execute()
}

export function findTrustRule(db: Db, ruleId: string): Promise<TrustRuleRow | undefined> {
  return live(db).where('trustRules.id', '=', ruleId).executeTakeFirst()
}

/** Locks the rule until the transaction ends, so that what is decided on it still holds when it is written. */
export function lockTrustRule(db: Db, ruleId: string): Promise<TrustRuleRow | undefined> {
  return live(db).where('trustRules.id', '=', ruleId).forUpdate('trustRules').executeTakeFirst()
}

/** Whether the secrets of this key come from a trust rule. */
export async function isRuledKey(db: Db, keyId: string): Promise<boolean> {
  return (await live(db).where('trustRules.keyId', '=', keyId).executeTakeFirst()) !== undefined
}

/** Every rule in use that trusts this issuer, in order of creation. */
export function listRulesOfIssuer(db: Db, issuer: string): Promise<TrustRuleRow[]> {
  return live(db)
    .where('trustRules.issuer', '=', issuer)
    .where('trustRules.disabledAt', 'is', null)
    .orderBy('trustRules.id')
    .execute()
}

type Filter = {
  within: Within
  limit: number
  cursor?: string | undefined
  teamId?: string | undefined
  projectId?: string | undefined
  serviceAccountId?: string | undefined
}

/** Trust rules in order of creation, after `cursor`. */
export function listTrustRules(db: Db, filter: Filter): Promise<TrustRuleRow[]> {
  const { within, limit, cursor, teamId, projectId, serviceAccountId } = filter
  return live(db)
    .where((eb) =>
      eb.and([
        whereWithin(within, { team: 'projects.teamId', project: 'projects.id' }),
        ...(cursor === undefined ? [] : [eb('trustRules.id', '>', cursor)]),
        ...(teamId === undefined ? [] : [eb('projects.teamId', '=', teamId)]),
        ...(projectId === undefined ? [] : [eb('projects.id', '=', projectId)]),
        ...(serviceAccountId === undefined ? [] : [eb('trustRules.serviceAccountId', '=', serviceAccountId)]),
      ]),
    )
    .orderBy('trustRules.id')
    .limit(limit)
    .execute()
}

export async function setTrustRule(db: Db, ruleId: string, values: Updateable<TrustRules>): Promise<void> {
  await db
    .updateTable('trustRules')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', ruleId)
    .execute()
}

function live(db: Db) {
  return db
    .selectFrom('trustRules')
    .innerJoin('keys', 'keys.id', 'trustRules.keyId')
    .innerJoin('environments', 'environments.id', 'keys.environmentId')
    .innerJoin('projects', 'projects.id', 'environments.projectId')
    .selectAll('trustRules')
    .select([
      'keys.environmentId',
      'environments.kind as environmentKind',
      'environments.projectId',
      'projects.teamId',
    ])
    .where('trustRules.deletedAt', 'is', null)
}
