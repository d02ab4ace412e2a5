import { type ComponentType, createElement, type ReactNode, use } from 'react'

/** Code that did not arrive: the network was gone for a moment, or the server has another build by now. */
export class NotFetched extends Error {}

export type Fetched<Props extends object> = ((props: Props) => ReactNode) & {
  /** Begins to fetch it; what fails is thrown where it is drawn. */
  preload: () => Promise<void>
  isThere: () => boolean
}

/** How often what did not arrive was given another chance. */
let round = 0

/**
 * A component whose code comes when it is first drawn, or about to be. What did not arrive throws `NotFetched`: React's own
 * `lazy` would keep the failure for good, and the router would reload the window by itself, which shows nothing at all while the
 * network is gone.
 */
export function fetched<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): Fetched<Props> {
  let found: ComponentType<Props> | null = null
  let failed: { error: NotFetched; round: number } | null = null
  let underWay: Promise<void> | null = null
  const preload = (): Promise<void> => {
    if (found !== null) return Promise.resolve()
    underWay ??= load()
      .then(
        (code) => {
          found = code.default
        },
        (cause: unknown) => {
          failed = { error: new NotFetched('The code of this part did not arrive.', { cause }), round }
        },
      )
      .finally(() => {
        underWay = null
      })
    return underWay
  }
  function Fetched(props: Props) {
    if (found === null) {
      if (failed?.round === round) throw failed.error
      use(preload())
      return null
    }
    return createElement(found, props)
  }
  return Object.assign(Fetched, { preload, isThere: () => found !== null })
}

/**
 * From here on, what did not arrive is fetched again where it is drawn. Some browsers remember a file that failed for as long as
 * the window is not reloaded (Chromium did until 153): so this is for what one can do without.
 */
export function fetchAgain(): void {
  round += 1
}

/** A style sheet that failed stays in a page, and would pass for one that is there when its page is fetched again: call it once. */
export function dropStylesThatFail(): void {
  const drop = ({ target }: Event) => {
    if (target instanceof HTMLLinkElement && target.rel === 'stylesheet') target.remove()
  }
  document.addEventListener('error', drop, true)
}

/** Whether the server has another build than the one that runs in this window. */
export async function isOutdated(): Promise<boolean> {
  const answer = await fetch('/', { headers: { accept: 'text/html' }, cache: 'no-store' })
  const there = entryOf(new DOMParser().parseFromString(await answer.text(), 'text/html'))
  return there !== null && there !== entryOf(document)
}

/** The script that a page begins with. Its name holds a hash of all that it leads to. */
function entryOf(page: Document): string | null {
  return page.querySelector('script[type="module"]')?.getAttribute('src') ?? null
}
