import { type RawBuilder, sql } from 'kysely'

/**
 * What has this id, or has `q` in one of these texts, whatever the case. It reads all that the list may show, in the
 * order of its pages: some ten milliseconds at ten thousand keys (docs/benchmarks.md).
 */
export function whereFound(q: string, id: string, texts: readonly string[]): RawBuilder<boolean> {
  const ways = texts.map((text) => sql`strpos(lower(${sql.ref(text)}), lower(${q})) > 0`)
  return sql`(${sql.join([sql`${sql.ref(id)} = ${q}`, ...ways], sql` or `)})`
}
