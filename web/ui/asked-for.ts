import type { Search } from '../search.ts'

/** How the values of a filter are called, where their names are not what is shown. */
export type FilterWords = Partial<Record<string, Partial<Record<string, string>>>>

/** What a list was narrowed by: `level: team`. A value is whatever the address says. */
export function askedFor(address: Search, names: string[], words: FilterWords): string[] {
  return names.flatMap((name) => {
    const value = address[name]
    if (!value) return []
    const called = words[name] ?? {}
    return [`${name}: ${Object.hasOwn(called, value) ? called[value] : value}`]
  })
}
