import type { BrowserContext, Page, Request } from 'playwright-core'

const QUIET_MS = 80
const STEP_MS = 20
const PATIENCE_MS = 60_000

/** A tab in which nothing goes wrong unseen. */
export type WatchedPage = {
  page: Page
  /**
   * What went wrong since this was last asked: errors of scripts and of the console, refused content, dialogs. But for
   * answers of 403, where they are expected.
   */
  troubles(expected?: { refused?: true }): Promise<string[]>
  /** Opens an address and waits until the page is settled. */
  open(address: string): Promise<void>
  /**
   * Waits until nothing is loading any more: there is a heading, no part is busy, no request was under way for a moment,
   * and the page has nothing left to do, however long that takes it. What was pressed right before has begun by then.
   */
  settled(): Promise<void>
}

/** Nothing moves in it: what opens is open and what closes is gone at once, so that no test meets it half way. */
export async function watchedPage(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage()
  await page.emulateMedia({ reducedMotion: 'reduce' })
  let seen: string[] = []
  const underWay = new Set<Request>()
  let quietSince = Date.now()
  const began = (request: Request) => {
    if (request.resourceType() === 'eventsource') return
    underWay.add(request)
    quietSince = Date.now()
  }
  const ended = (request: Request) => {
    underWay.delete(request)
    quietSince = Date.now()
  }
  page
    .on('request', began)
    .on('requestfinished', ended)
    .on('requestfailed', ended)
    .on('pageerror', (error) => seen.push(`error: ${error.message}`))
    .on('console', (message) => {
      if (message.type() !== 'error') return
      seen.push(`console: ${message.text()} (${message.location().url})`)
    })
    .on('dialog', (dialog) => {
      seen.push(`dialog: ${dialog.message()}`)
      dialog.dismiss().catch(() => {})
    })
  await page.addInitScript(`
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      (globalThis.__refused ??= []).push(violatedDirective + ' ' + blockedURI + ' at ' + sourceFile)
    })`)

  const settled = async () => {
    quietSince = Date.now()
    const end = Date.now() + PATIENCE_MS
    await page.locator('h1').first().waitFor({ timeout: PATIENCE_MS })
    while (Date.now() < end) {
      const since = quietSince
      const quiet = underWay.size === 0 && Date.now() - since >= QUIET_MS
      if (quiet && (await rests(page)) && underWay.size === 0 && quietSince === since) return
      await page.waitForTimeout(STEP_MS)
    }
    const waits = [...underWay].map((request) => request.url())
    throw new Error(`${page.url()} is still loading after ${PATIENCE_MS} ms: ${waits.join(' ') || 'busy'}`)
  }
  return {
    page,
    settled,
    async open(address) {
      await page.goto(address, { waitUntil: 'load' })
      await settled()
    },
    async troubles({ refused: expected } = {}) {
      const refused = await page.evaluate<string[]>('globalThis.__refused?.splice(0) ?? []')
      const all = [...seen, ...refused.map((what) => `refused: ${what}`)].filter(
        (trouble) => !(expected && trouble.includes('403 (Forbidden)')),
      )
      seen = []
      return all
    },
  }
}

/** Waits until the page has nothing to do, and says whether all of it is there. Not if it went elsewhere meanwhile. */
function rests(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(REST).catch(() => false)
}

/**
 * Runs in the browser. What was asked to be drawn is drawn by then, and what that set off is done. A page in which something
 * always moves, on a machine that is busy, is never idle: it has its turn all the same.
 */
const REST = `(async () => {
  await new Promise((idle) => requestIdleCallback(idle, { timeout: 200 }))
  return document.querySelector('[aria-busy="true"]') === null
})()`
