export type Recent = { href: string; title: string }

const MOST = 6

/** In memory alone: the titles of pages hold names, which are nobody's business who signs in after. */
let visited: Recent[] = []

export function recentPages(): Recent[] {
  return visited.filter(({ href }) => href !== location.pathname)
}

/** Keeps that somebody was there. The page says it: an address changes before what belongs to it is shown. */
export function remember(page: Recent): void {
  visited = [page, ...visited.filter(({ href }) => href !== page.href)].slice(0, MOST)
}
