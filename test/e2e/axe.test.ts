import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PAGES } from '../../web/paths.ts'
import { openBrowser } from './browser.ts'
import { type DashboardWorld, dashboardWorld } from './dashboard-world.ts'
import { problemsInEveryLook } from './looks.ts'
import { SIZES } from './sizes.ts'
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

// Every other page is opened on a telephone.
test.each(VISITS.map((visit, index) => ({ ...visit, opened: SIZES[index % SIZES.length] ?? null })))(
  '$name can be used by everybody, at each width and in both themes',
  async (visit) => {
    await using context = await browser.newContext({ viewport: visit.opened, colorScheme: 'light' })
    const { address, who } = visit
    if (who !== null) await world.signIn(context, who)
    const watched = await watchedPage(context)
    await watched.open(`${world.url}${address(world)}`)
    expect(await problemsInEveryLook(watched)).toEqual({})
    expect(await watched.troubles(visit)).toEqual([])
  },
)

test('what somebody could not use is found', async () => {
  await using context = await browser.newContext({ viewport: SIZES[0] ?? null, colorScheme: 'light' })
  const watched = await watchedPage(context)
  await watched.open(`${world.url}/sign-in`)
  await watched.page.evaluate(`
    document.querySelector('h1').insertAdjacentHTML('afterend', '<p class="faint">Faint</p><img src="/favicon.svg"><p class="wide">Wide</p>')
    const style = new CSSStyleSheet()
    style.replaceSync(
      '@media (prefers-color-scheme: dark) { .faint { color: #555; background: #444 } }' +
      '@media (max-width: 400px) { .wide { width: 500px } }')
    document.adoptedStyleSheets = [style]`)
  const problems = await problemsInEveryLook(watched)
  const rules = Object.entries(problems).map(([look, found]) => [
    look,
    [...new Set(found.map((one) => one.split(':')[0]))],
  ])
  expect(Object.fromEntries(rules)).toEqual({
    '1280 px, light': ['image-alt'],
    '1280 px, dark': ['color-contrast', 'image-alt'],
    '390 px, light': ['image-alt', 'scrolls sideways', 'past the edge'],
    '390 px, dark': ['color-contrast', 'image-alt', 'scrolls sideways', 'past the edge'],
  })
})
