import { sql } from 'kysely'
import type { Db } from '../src/app.ts'

/** Every row of every table as text: what somebody reads who got hold of the database. */
export async function databaseText(db: Db): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
  `.execute(db)
  const texts = tables.map(async ({ name }) => {
    const { rows } = await sql<{ text: string }>`select t::text as text from ${sql.table(name)} t`.execute(db)
    return rows.map((row) => row.text)
  })
  return (await Promise.all(texts)).flat().join('\n')
}
