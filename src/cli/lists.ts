import { operations } from '../contract/all.ts'
import type { AnyOperation } from '../contract/operation.ts'
import { organizationView } from '../contract/organization.ts'
import type { Item, ListItems } from './names.ts'
import { type Noun, parentField } from './nouns.ts'
import { ask, askAny, type Session } from './session.ts'

type Page = { data: Item[]; nextCursor: string | null }

/** Every page of a list operation, in one answer. */
export async function allPages(
  session: Session,
  operation: AnyOperation,
  query: Record<string, unknown>,
): Promise<Page> {
  const data: Item[] = []
  let cursor = query.cursor
  do {
    const page: Page = await askAny(session, operation, { query: { limit: 200, ...query, cursor } })
    data.push(...page.data)
    cursor = page.nextCursor
  } while (cursor)
  return { data, nextCursor: null }
}

/** Lists things for `resolveName`, each list once. */
export function lister(session: Session): ListItems {
  const seen = new Map<string, Promise<Item[]>>()
  return (noun, parentId) => {
    const key = `${noun} ${parentId ?? ''}`
    const items = seen.get(key) ?? list(session, noun, parentId)
    seen.set(key, items)
    return items
  }
}

async function list(session: Session, noun: Noun, parentId: string | undefined): Promise<Item[]> {
  if (noun === 'organization') return [await ask(session, organizationView, {})]
  const operation = operationNamed(`${camelCase(noun)}List`)
  const filter = parentField(noun)
  const { data } = await allPages(session, operation, {
    ...(filter && parentId ? { [filter]: parentId } : {}),
    // Models of the catalogue have no id.
    ...(noun === 'model' ? { source: 'own' } : {}),
  })
  return data
}

export function operationNamed(name: string): AnyOperation {
  const operation = operations.find((operation) => operation.name === name)
  if (!operation) throw new Error(`The contract has no operation ${name}.`)
  return operation
}

function camelCase(noun: string): string {
  return noun.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
