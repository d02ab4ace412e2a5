import { Failure } from './failure.ts'
import { NOUNS, type Noun, parentField } from './nouns.ts'

export type Item = Record<string, unknown> & { id: string }

/** The things of a kind, only those in `parentId` when it is given. */
export type ListItems = (noun: Noun, parentId?: string) => Promise<Item[]>

/**
 * The id of what a person named: an id, a name where it is unique, or a path of names such as `Search/Site/staging`.
 * What is archived or revoked is meant only when nothing else has the name. Several fits are never guessed between:
 * the error lists them.
 */
export async function resolveName(list: ListItems, noun: Noun, text: string): Promise<string> {
  if (isId(noun, text)) return text
  // There is one organization: "organization" alone is enough.
  const all = noun === 'organization' && text === '' ? await list(noun) : await named(list, noun, text)
  const living = all.filter(isLiving)
  const found = living.length > 0 ? living : all
  const [only] = found
  if (only && found.length === 1) return only.id
  throw only ? await ambiguous(list, noun, text, found) : await unknown(list, noun, text)
}

function isLiving({ archivedAt, deactivatedAt, revokedAt }: Item): boolean {
  return !archivedAt && !deactivatedAt && !revokedAt
}

function isId(noun: Noun, text: string): boolean {
  return new RegExp(`^${NOUNS[noun].prefix}_[0-9A-HJKMNP-TV-Z]{26}$`).test(text)
}

async function named(list: ListItems, noun: Noun, text: string): Promise<Item[]> {
  const { name } = NOUNS[noun]
  const inside = await namedByPath(list, noun, text)
  if (inside.length > 0) return inside
  const wanted = name === 'email' ? text.toLowerCase() : text
  return (await list(noun)).filter((item) => item[name] === wanted)
}

/** Names may hold slashes themselves, so every way to read the path is tried. */
async function namedByPath(list: ListItems, noun: Noun, text: string): Promise<Item[]> {
  const { name, parent } = NOUNS[noun]
  if (!parent) return []
  const found: Item[] = []
  for (let at = text.indexOf('/'); at > 0; at = text.indexOf('/', at + 1)) {
    const outer = text.slice(0, at)
    const parents = isId(parent, outer) ? [{ id: outer }] : await named(list, parent, outer)
    for (const { id } of parents) {
      found.push(...(await list(noun, id)).filter((item) => item[name] === text.slice(at + 1)))
    }
  }
  return found
}

async function unknown(list: ListItems, noun: Noun, text: string): Promise<Failure> {
  const all = await list(noun)
  const shown = all.slice(0, 10).map((item) => pathOf(list, noun, item))
  const names = await Promise.all(shown)
  const rest = all.length > names.length ? `, and ${all.length - names.length} more` : ''
  return new Failure('notFound', `There is no ${words(noun)} "${text}" that you can see.`, {
    next:
      names.length > 0
        ? `There is: ${names.join(', ')}${rest}`
        : `There is none yet: claviger ${noun} create --help`,
  })
}

async function ambiguous(list: ListItems, noun: Noun, text: string, found: Item[]): Promise<Failure> {
  const lines = await Promise.all(found.map(async (item) => `${item.id}  ${await pathOf(list, noun, item)}`))
  return new Failure(
    'usage',
    `"${text}" could be any of ${found.length} ${words(noun)}s: give the path or the id.`,
    {
      code: 'ambiguous_name',
      errors: lines,
    },
  )
}

/** A thing's name with those of what it lies in: `Search/Site/staging`. */
export async function pathOf(list: ListItems, noun: Noun, item: Item): Promise<string> {
  const { name, parent } = NOUNS[noun]
  const own = String(item[name])
  if (!parent) return own
  const parents = await list(parent)
  const holder = parents.find(({ id }) => id === item[parentField(noun) ?? ''])
  return holder ? `${await pathOf(list, parent, holder)}/${own}` : own
}

function words(noun: Noun): string {
  return noun.replaceAll('-', ' ')
}
