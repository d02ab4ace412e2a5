import { useNavigate, useSearch } from '@tanstack/react-router'

export type Search = Record<string, string>

/**
 * What the address says after `?`, and how to change it. All that a page shows by choice is there, so that Back works and a
 * link shows the same. `undefined` or an empty text takes a parameter away.
 */
export function useAddress(): [
  Search,
  (change: Record<string, string | undefined>, replace?: boolean) => void,
] {
  const search: Search = useSearch({ strict: false })
  const navigate = useNavigate()
  return [
    search,
    (change, replace = true) => {
      const next = Object.entries({ ...search, ...change }).filter(([, value]) => value)
      navigate({ to: '.', search: Object.fromEntries(next), replace })
    },
  ]
}

export function readSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text))
}

export function writeSearch(search: Record<string, unknown>): string {
  const entries = Object.entries(search).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  const text = new URLSearchParams(entries).toString()
  return text === '' ? '' : `?${text}`
}
