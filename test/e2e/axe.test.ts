import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PAGES } from '../../web/paths.ts'
import { accessibilityProblems } from './axe.ts'
import { openBrowser } from './browser.ts'
import { type DashboardWorld, dashboardWorld } from './dashboard-world.ts'
import { layoutProblems } from './layout.ts'
import { SIZES, THEMES } from './sizes.ts'
import { VISITS } from './visits.ts'
import { watchedPage } from './watched-page.ts'

let world: DashboardWorld
let browser: Browser
beforeAll(async () => {
  world = await dashboardWorld()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

test('every page of the dashboard is visited', () => {
  const visited = new Set(VISITS.map(({ path }) => path))
  expect(PAGES.map(({ path }) => path).filter((path) => !visited.has(path))).toEqual([])
})

describe.each(SIZES)('at $width pixels', (viewport) => {
  test.each(VISITS)('$name can be used by everybody, in both themes', async (visit) => {
    await using context = await browser.newContext({ viewport, colorScheme: 'light' })
    const { address, who } = visit
    if (who !== null) await world.signIn(context, who)
    const { page, open, settled, troubles } = await watchedPage(context)
    await open(`${world.url}${address(world)}`)
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme })
      await settled()
      expect(await accessibilityProblems(page), colorScheme).toEqual([])
      expect(await layoutProblems(page), colorScheme).toEqual([])
    }
    expect(await troubles(visit)).toEqual([])
  })
})
