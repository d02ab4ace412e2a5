import { type AnyOperation, commandOf } from '../contract/operation.ts'
import { columnsOf } from './columns.ts'
import { budgetDryRunText, policyDryRunText } from './dry-run-text.ts'
import { explanationText } from './explain-text.ts'
import { createdKey } from './key-created.ts'
import { withNames } from './labels.ts'
import type { ListItems } from './names.ts'
import type { Session } from './session.ts'
import { isRow, type Row, record, table, valueAt } from './table.ts'
import { trafficTable } from './traffic-table.ts'
import { usageTable } from './usage-table.ts'

/** Prints what an operation answered: as it came with --json, ids with -q, else for people to read. */
export async function printAnswer(
  { json, quiet }: Pick<Session, 'json' | 'quiet'>,
  { name }: AnyOperation,
  answer: unknown,
  list: ListItems,
  /** What was asked for, where the answer for people says it too. */
  body: object = {},
): Promise<void> {
  const rows = rowsOf(answer)
  const own = OWN_TEXTS[name]
  if (json) print(JSON.stringify(answer ?? null, null, 2))
  else if (quiet) print(idsOf(rows ?? [answer]).join('\n'))
  // The name says which operation's answer it is.
  else if (own) print(await own(answer as never, list))
  else if (rows !== null) await printRows(commandOf(name)[0], rows, answer, list)
  else if (isRow(answer)) {
    // A built-in role is called as its id is.
    const show = (name: string, id: string) => (name === id ? name : `${name} (${id})`)
    const [row = {}] = await withNames(list, [unwrapped(answer)], show)
    print(record(name === 'keyCreate' ? createdKey(row, body) : row))
  }
}

/** Answers that have a text of their own. */
const OWN_TEXTS: Record<string, (answer: never, list: ListItems) => string | Promise<string>> = {
  usageReport: usageTable,
  keyTraffic: trafficTable,
  keyExplain: explanationText,
  policyDryRun: policyDryRunText,
  budgetDryRun: budgetDryRunText,
}

async function printRows(noun: string, rows: Row[], answer: unknown, list: ListItems): Promise<void> {
  const columns = columnsOf(noun, rows)
  const shown = rows.map((row) => Object.fromEntries(columns.map((column) => [column, valueAt(row, column)])))
  if (rows.length === 0) note('Nothing to show.')
  else print(table(await withNames(list, shown, (name) => name), columns))
  const { nextCursor } = answer as { nextCursor?: string | null }
  if (nextCursor) note(`There are more: add --all, or --cursor ${nextCursor}`)
}

/** A line on standard output, unless there is nothing to say. */
export function print(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`)
}

/** A line for the person, which no pipe sees. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

function rowsOf(answer: unknown): Row[] | null {
  return isRow(answer) && Array.isArray(answer.data) ? answer.data.filter(isRow) : null
}

function idsOf(rows: unknown[]): string[] {
  return rows.flatMap((row) => {
    const { id } = isRow(row) ? unwrapped(row) : {}
    return typeof id === 'string' ? [id] : []
  })
}

/** `{ key: {…} }` → the key itself. */
function unwrapped(answer: Row): Row {
  const [first, ...rest] = Object.values(answer)
  return isRow(first) && rest.length === 0 ? first : answer
}
