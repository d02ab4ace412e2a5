import { useQueries } from '@tanstack/react-query'
import { nameList } from '../src/contract/names.ts'
import { q } from './api.ts'

const MOST_IDS = 100
const SHOWN_OF_ID = 6

/** What things are called, for pages that have their ids: `const nameOf = useNames(ids)`. Asked for together. */
export function useNames(ids: (string | null | undefined)[]): (id: string | null | undefined) => string {
  const wanted = [...new Set(ids.filter((id) => typeof id === 'string'))].sort()
  const parts = Array.from({ length: Math.ceil(wanted.length / MOST_IDS) }, (_, part) =>
    wanted.slice(part * MOST_IDS, (part + 1) * MOST_IDS),
  )
  const names = useQueries({
    queries: parts.map((part) => ({ ...q(nameList, { query: { ids: part.join(',') } }), staleTime: 60_000 })),
    combine: (answers) =>
      Object.assign({}, ...answers.map(({ data }) => data?.names)) as Record<string, string>,
  })
  // What the viewer may not see has no name for them; the end of its id tells two of them apart.
  return (id) => (id ? (names[id] ?? `…${id.slice(-SHOWN_OF_ID)}`) : '–')
}
