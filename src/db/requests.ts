import { expressionBuilder, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import { besidesPlace, isOfPlace, newestInPlace } from './requests-of-place.ts'
import type { Database, Usage } from './schema.ts'
import { whereWithin } from './within.ts'

export type UsageRow = Selectable<Usage>

/** Which rows of `usage` are meant; what is absent does not narrow. `to` itself is outside. */
export type UsageFilter = {
  within: Within
  /** Of what is within, not what these teams and projects have; it names no owner. */
  except?: Within | undefined
  from?: Date | undefined
  to?: Date | undefined
  teamId?: string | undefined
  projectId?: string | undefined
  environmentId?: string | undefined
  userId?: string | undefined
  serviceAccountId?: string | undefined
  keyId?: string | undefined
  secretId?: string | undefined
  providerId?: string | undefined
  model?: string | undefined
  operation?: string | undefined
  /** Whether the model that served has a known price. */
  priced?: boolean | undefined
  /** All of these, by their names. */
  tag?: Record<string, string> | undefined
  failed?: boolean | undefined
  status?: number | undefined
  ip?: string | undefined
  modelPrefix?: string | undefined
  requestId?: string | undefined
}

const EQUAL = [
  'teamId',
  'projectId',
  'environmentId',
  'userId',
  'serviceAccountId',
  'keyId',
  'secretId',
  'providerId',
  'model',
  'operation',
  'status',
  'ip',
  'requestId',
] as const

const FIRST_FAILURE_STATUS = 400

/** Attempts, newest first, older than the one whose id is `cursor`. */
export function listUsageRows(
  db: Db,
  { limit, cursor, ...filter }: UsageFilter & { limit: number; cursor?: string | undefined },
): Promise<UsageRow[]> {
  const { within } = filter
  const meant = (filter: UsageFilter) =>
    cursor === undefined ? matching(filter) : matching(filter).and(olderThan(cursor, within))
  return db
    .selectFrom('usage')
    .selectAll()
    .where(meant(filter))
    .$if(isOfPlace(filter, limit), (query) =>
      query.where('id', 'in', newestInPlace(filter, sql`${meant(besidesPlace(filter))}`, limit)),
    )
    .orderBy('admittedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

function olderThan(cursor: string, within: Within) {
  const eb = expressionBuilder<Database, 'usage'>()
  return eb(
    eb.refTuple('usage.admittedAt', 'usage.id'),
    '<',
    eb
      .selectFrom('usage as last')
      .select(['last.admittedAt', 'last.id'])
      .where('last.id', '=', cursor)
      // When somebody else's row was, is nobody's business.
      .where(whereWithin(within, { team: 'last.teamId', project: 'last.projectId', owner: 'last.userId' }))
      .$asTuple('admittedAt', 'id'),
  )
}

/** All attempts of one call, in order. */
export function findUsageRows(db: Db, requestId: string): Promise<UsageRow[]> {
  return db
    .selectFrom('usage')
    .selectAll()
    .where('requestId', '=', requestId)
    .orderBy('attempt')
    .orderBy('id')
    .execute()
}

export function matching(filter: UsageFilter) {
  const eb = expressionBuilder<Database, 'usage'>()
  return eb.and([
    whereWithin(filter.within, { team: 'usage.teamId', project: 'usage.projectId', owner: 'usage.userId' }),
    // Both are of every row: what is not in these is elsewhere.
    ...(filter.except === undefined
      ? []
      : [
          sql<boolean>`not ${whereWithin(filter.except, { team: 'usage.teamId', project: 'usage.projectId' })}`,
        ]),
    ...EQUAL.flatMap((column) => {
      const value = filter[column]
      return value === undefined ? [] : [eb(column, '=', value)]
    }),
    // Calls are found by their key, and a secret is of one.
    ...(filter.secretId === undefined || filter.keyId !== undefined
      ? []
      : [eb('keyId', '=', keyOf(filter.secretId))]),
    ...(filter.priced === undefined ? [] : [filter.priced ? eb.ref('priced') : eb.not(eb.ref('priced'))]),
    ...Object.entries(filter.tag ?? {}).map(
      ([name, value]) => sql<boolean>`usage.tags ->> ${name} = ${value}`,
    ),
    ...(filter.from === undefined ? [] : [eb('admittedAt', '>=', filter.from)]),
    ...(filter.to === undefined ? [] : [eb('admittedAt', '<', filter.to)]),
    ...(filter.failed === undefined ? [] : [eb('status', filter.failed ? '>=' : '<', FIRST_FAILURE_STATUS)]),
    ...(filter.modelPrefix === undefined
      ? []
      : [sql<boolean>`starts_with(usage.model, ${filter.modelPrefix})`]),
  ])
}

function keyOf(secretId: string) {
  return expressionBuilder<Database, never>()
    .selectFrom('keySecrets')
    .select('keySecrets.keyId')
    .where('keySecrets.id', '=', secretId)
}
