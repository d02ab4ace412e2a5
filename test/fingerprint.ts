import { sql } from 'kysely'
import type { App } from '../src/app.ts'

/** What changes by itself, or tells only that somebody called. */
const VOLATILE = [
  'audit_chain',
  'audit_heads',
  'audit_unsealed',
  'denials',
  'idempotency_keys',
  'nodes',
  'passkey_challenges',
  'step_ups',
  'throttles',
]

/** Every table but those that hold no rows of ours. */
export async function tablesOf(db: App['db']): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(db)
  return rows.map(({ name }) => name)
}

/** One number for each table: another one when any row of it is another. That somebody was refused is not counted. */
export async function fingerprint(db: App['db']): Promise<Record<string, string>> {
  const names = (await tablesOf(db)).filter((table) => !VOLATILE.includes(table))
  const parts = names.map(
    (table) => sql`
      select ${table} as name,
        coalesce(sum(hashtextextended((to_jsonb(t) - '{last_used_at,last_seen_at}'::text[])::text, 0)), 0)::text as rows
      from ${sql.table(table)} t
      where ${sql.lit(table)} <> 'audit_events' or to_jsonb(t) ->> 'result' = 'done'`,
  )
  const { rows } = await sql<{ name: string; rows: string }>`${sql.join(parts, sql` union all `)}`.execute(db)
  return Object.fromEntries(rows.map(({ name, rows }) => [name, rows]))
}
