import type pg from 'pg'

type Column = {
  table: string
  column: string
  type: string
  nullable: boolean
  hasDefault: boolean
  identity: boolean
  /** The `check (x in (…))` of this column alone, if it has one. */
  check: string | null
}

const COLUMNS = `
  select c.relname as table, a.attname as column, t.typname as type,
         not a.attnotnull as nullable, a.atthasdef as "hasDefault", a.attidentity = 'a' as identity,
         (select pg_get_constraintdef(k.oid) from pg_constraint k
           where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
             and pg_get_constraintdef(k.oid) like '%ANY (ARRAY[''%' limit 1) as check
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
  where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
  order by c.relname, a.attnum`

const TYPES: Record<string, string> = {
  bool: 'boolean',
  bytea: 'Buffer',
  float8: 'number',
  inet: 'string',
  int4: 'number',
  int8: 'bigint',
  jsonb: 'unknown',
  text: 'string',
  timestamptz: 'Date',
  xid8: 'string',
}

/** Prints `src/db/schema.ts`: what the migrations made, as types for Kysely. */
export async function printSchema(client: pg.Client): Promise<string> {
  const { rows } = await client.query<Column>(COLUMNS)
  const tables = Map.groupBy(rows, (row) => row.table)
  const interfaces = [...tables].map(
    ([table, columns]) =>
      `export interface ${pascal(table)} {\n${columns.map((column) => `  ${camel(column.column)}: ${typeOf(column)}`).join('\n')}\n}`,
  )
  const database = [...tables.keys()].map((table) => `  ${camel(table)}: ${pascal(table)}`)
  return [
    '// Printed from migrations/ by `npm run gen`. Do not edit.',
    "import type { ColumnType, Generated, GeneratedAlways } from 'kysely'",
    '/** Read as parsed JSON, written as its text. */\ntype Json<Text> = ColumnType<unknown, Text, Exclude<Text, undefined>>',
    ...interfaces,
    `export interface Database {\n${database.join('\n')}\n}\n`,
  ].join('\n\n')
}

function typeOf({ type, nullable, hasDefault, identity, check }: Column): string {
  if (type === 'jsonb')
    return `Json<string${nullable ? ' | null' : ''}${nullable || hasDefault ? ' | undefined' : ''}>`
  const base = check ? literals(check) : baseType(type)
  if (identity) return `GeneratedAlways<${base}>`
  const whole = nullable ? `${base} | null` : base
  return hasDefault ? `Generated<${whole}>` : whole
}

function baseType(type: string): string {
  const element = type.startsWith('_') ? type.slice(1) : type
  const name = TYPES[element]
  if (!name) throw new Error(`scripts/print-schema.ts does not know the PostgreSQL type "${type}" yet.`)
  return element === type ? name : `${name}[]`
}

/** `CHECK ((kind = ANY (ARRAY['hard'::text, 'soft'::text])))` → `'hard' | 'soft'`. */
function literals(check: string): string {
  return [...check.matchAll(/'([^']+)'::text/g)].map(([, value]) => `'${value}'`).join(' | ')
}

function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function pascal(name: string): string {
  const camelName = camel(name)
  return camelName[0]?.toUpperCase() + camelName.slice(1)
}
