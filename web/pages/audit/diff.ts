/** One field of what an audit event says: how it was, and how it is. Absent is undefined. */
export type Change = { path: string; before: string | undefined; after: string | undefined }

type Whole = Record<string, unknown> | null

/**
 * The fields of both objects, those that differ first, each in the order in which they were written. Objects are opened
 * (`limits.amount`), lists are shown as they are.
 */
export function diffOf(before: Whole, after: Whole): { changed: Change[]; same: Change[] } {
  const [was, is] = [fieldsOf(before), fieldsOf(after)]
  const paths = [...new Set([...was.keys(), ...is.keys()])]
  const changes = paths.map((path) => ({ path, before: was.get(path), after: is.get(path) }))
  return {
    changed: changes.filter((change) => change.before !== change.after),
    same: changes.filter((change) => change.before === change.after),
  }
}

function fieldsOf(whole: Whole): Map<string, string> {
  const fields = new Map<string, string>()
  const open = (value: unknown, path: string) => {
    if (isObject(value) && Object.keys(value).length > 0) {
      for (const [name, inner] of Object.entries(value)) open(inner, path === '' ? name : `${path}.${name}`)
    } else {
      fields.set(path, shown(value))
    }
  }
  if (whole !== null) open(whole, '')
  fields.delete('')
  return fields
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  if (value === null) return 'none'
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.map(shown).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
