import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, vi } from 'vitest'
import type { People } from './acme-places.ts'
import type { Say } from './acme-stage.ts'
import { openBrowser } from './browser.ts'
import { type DashboardWorld, dashboardWorld } from './dashboard-world.ts'
import { DESK } from './sizes.ts'
import { type WatchedPage, watchedPage } from './watched-page.ts'

/** A bound and no promise: what takes seconds here takes a minute on a machine that is busy with something else. */
const LONGEST_MS = 120_000

/** A tab, closed at the end of its block. `open` takes paths of Acme's dashboard, too. */
export type Tab = AsyncDisposable & WatchedPage & { context: BrowserContext }

/** Acme's dashboard and a browser, for the tests of one file. */
export type Dashboard = {
  readonly world: DashboardWorld
  /** A browser that knows nobody: on a desk, where pages may copy, unless something else is said. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>
  /** The tab of somebody (null: of a stranger) in a browser of their own, at `path`. */
  tabOf(who: keyof People | null, path: string, options?: BrowserContextOptions): Promise<Tab>
  /** The same beside other tabs of theirs: the browser has what they all need already. For who only looks. */
  nextTabOf(who: keyof People | null, path: string, viewport?: Size): Promise<Tab>
}

type Size = { width: number; height: number }

/**
 * Opens both before the first test of the file that calls it, and closes them after the last one. `say` is for names that
 * are not plain; `prepare` adds what only these tests need.
 */
export function openDashboard({
  say,
  prepare,
}: {
  say?: Say
  prepare?: (world: DashboardWorld) => Promise<void>
} = {}): Dashboard {
  vi.setConfig({ testTimeout: LONGEST_MS, hookTimeout: LONGEST_MS })
  let opened: { world: DashboardWorld; browser: Browser }
  const known = new Map<keyof People | null, Promise<BrowserContext>>()
  let close = async () => {}
  beforeAll(async () => {
    await using opening = new AsyncDisposableStack()
    const world = opening.use(await dashboardWorld(say))
    await prepare?.(world)
    opened = { world, browser: opening.use(await openBrowser()) }
    const open = opening.move()
    close = () => open.disposeAsync()
  })
  afterAll(() => close())

  const newContext: Dashboard['newContext'] = async (options) => {
    const context = await opened.browser.newContext({
      viewport: DESK,
      colorScheme: 'light',
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    })
    context.setDefaultTimeout(LONGEST_MS / 2)
    return context
  }
  const contextOf = async (who: keyof People | null, options?: BrowserContextOptions) => {
    const context = await newContext(options)
    if (who !== null) await opened.world.signIn(context, who)
    return context
  }
  const tabAt = async (context: BrowserContext, path: string, viewport?: Size) => {
    const watched = await watchedPage(context)
    if (viewport) await watched.page.setViewportSize(viewport)
    const open = (address: string) => watched.open(new URL(address, opened.world.url).href)
    await open(path)
    return { ...watched, open, context }
  }
  return {
    get world() {
      return opened.world
    },
    newContext,
    async tabOf(who, path, options) {
      const context = await contextOf(who, options)
      const tab = await tabAt(context, path)
      return { ...tab, [Symbol.asyncDispose]: () => context.close() }
    },
    async nextTabOf(who, path, viewport) {
      const context = known.get(who) ?? contextOf(who)
      known.set(who, context)
      // What failed is tried anew by the next one.
      context.catch(() => known.delete(who))
      const tab = await tabAt(await context, path, viewport)
      return { ...tab, [Symbol.asyncDispose]: () => tab.page.close() }
    },
  }
}
