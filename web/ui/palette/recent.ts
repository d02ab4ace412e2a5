import { useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'

export type Recent = { href: string; title: string }

const MOST = 6
const TITLE_END = ' · Claviger'

/** In memory alone: the titles of pages hold names, which are nobody's business who signs in after. */
let visited: Recent[] = []

export function recentPages(): Recent[] {
  return visited.filter(({ href }) => href !== location.pathname)
}

/** Keeps where one has been, by the title that the page had when one left it. */
export function useRecent(): void {
  const { pathname } = useRouterState({ select: ({ location }) => location })
  useEffect(
    () => () => {
      const { title } = document
      if (!title.endsWith(TITLE_END)) return
      const left = { href: pathname, title: title.slice(0, -TITLE_END.length) }
      visited = [left, ...visited.filter(({ href }) => href !== pathname)].slice(0, MOST)
    },
    [pathname],
  )
}
