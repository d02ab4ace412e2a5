import { Failure } from './failure.ts'
import { type ListItems, pathOf } from './names.ts'
import { type Noun, nounOf } from './nouns.ts'
import { isRow, type Row } from './table.ts'

/** Rows for people: where a field holds an id, `show` says how the name of what it points to is shown with it. */
export function withNames(
  list: ListItems,
  rows: Row[],
  show: (name: string, id: string) => string,
): Promise<Row[]> {
  return Promise.all(
    rows.map(async (row) => {
      const fields = await Promise.all(
        Object.entries(row).map(async ([key, value]) => [key, await named(list, key, value, show)] as const),
      )
      return Object.fromEntries(fields)
    }),
  )
}

async function named(
  list: ListItems,
  key: string,
  value: unknown,
  show: (name: string, id: string) => string,
): Promise<unknown> {
  if (isRow(value) && Object.keys(value).join() === 'type,id') {
    // Every type of scope is a noun of ours.
    const noun = String(value.type).replaceAll('_', '-') as Noun
    return `${value.type}:${await nameOf(list, noun, String(value.id), show)}`
  }
  const noun = nounOf(key)
  return noun && typeof value === 'string' ? nameOf(list, noun, value, show) : value
}

async function nameOf(
  list: ListItems,
  noun: Noun,
  id: string,
  show: (name: string, id: string) => string,
): Promise<string> {
  try {
    const item = (await list(noun)).find((item) => item.id === id)
    return item ? show(await pathOf(list, noun, item), id) : id
  } catch (error) {
    // Not everybody may list everything: the id then has to do.
    if (error instanceof Failure) return id
    throw error
  }
}
