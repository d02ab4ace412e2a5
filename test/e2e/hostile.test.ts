import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { type DashboardWorld, dashboardWorld } from './dashboard-world.ts'
import { addHostileRest, hostileNames } from './hostile.ts'
import { layoutProblems } from './layout.ts'
import { SIZES } from './sizes.ts'
import { VISITS } from './visits.ts'
import { watchedPage } from './watched-page.ts'

let world: DashboardWorld
let browser: Browser
beforeAll(async () => {
  world = await dashboardWorld(hostileNames())
  await addHostileRest(world)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

/** What text that was taken for markup leaves behind, whether or not the policy of the page kept it from running. */
const LEFT_BEHIND = `({
  ran: globalThis.__xss ?? null,
  markup: [...document.querySelectorAll(
    '[onerror],[onload],[ontoggle],script:not([src]),iframe,a[href^="javascript:" i],[src="x"]')].map((e) => e.outerHTML),
})`

async function expectHarmless(page: Page): Promise<void> {
  expect(await page.evaluate(LEFT_BEHIND)).toEqual({ ran: null, markup: [] })
}

test.each(VISITS)('hostile names neither run nor break the layout of $name', async (visit) => {
  await using context = await browser.newContext({ viewport: SIZES[0] ?? null })
  const { address, who } = visit
  if (who !== null) await world.signIn(context, who)
  const { page, open, settled, troubles } = await watchedPage(context)
  await open(`${world.url}${address(world)}`)
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await settled()
    await expectHarmless(page)
    expect(await layoutProblems(page), `${size.width}`).toEqual([])
  }
  expect(await troubles(visit)).toEqual([])
})
