import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { accessibilityProblems } from './axe.ts'
import { openDashboard } from './dashboard.ts'

const acme = openDashboard()

const FILES = /\/assets\/.+-[\w-]{8}\.(?:js|css)$/

/** From now on, none of the files that a page is fetched in arrives, until `again`. */
async function withoutFiles(page: Page, how: 'no network' | 'gone') {
  const asked: string[] = []
  await page.route(FILES, (route) => {
    asked.push(route.request().url())
    return how === 'no network' ? route.abort() : route.fulfill({ status: 404 })
  })
  return { asked, again: () => page.unroute(FILES) }
}

/** The server has another build from now on. */
async function deploy(page: Page): Promise<void> {
  await page.route(
    (url) => url.pathname === '/',
    async (route) => {
      const answer = await route.fetch()
      const body = (await answer.text()).replace(/index-[\w-]{8}\.js/, 'index-aNewOne1.js')
      await route.fulfill({ response: answer, body })
    },
  )
}

/** How often the window was loaded, from now on. */
function loadsOf(page: Page): () => number {
  let loads = 0
  page.on('load', () => {
    loads += 1
  })
  return () => loads
}

test('a page whose code did not arrive is fetched again when somebody tries again and Claviger is reached', async () => {
  await using tab = await acme.tabOf('owner', '/budgets')
  const { page } = tab
  const loads = loadsOf(page)
  const files = await withoutFiles(page, 'no network')
  const isDocument = (url: URL) => url.pathname === '/'
  await page.route(isDocument, (route) => route.abort())
  await page.getByRole('link', { name: 'Teams' }).click()
  await page.getByText('Its code did not arrive.').waitFor()
  expect(files.asked.length).toBeGreaterThan(0)
  // A window that is reloaded without a network is empty.
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Claviger is not reached yet.').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  expect(loads()).toBe(0)
  await page.unroute(isDocument)
  await files.again()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { name: 'Teams', level: 1 }).waitFor()
  await tab.settled()
  expect([loads(), new URL(page.url()).pathname]).toEqual([1, '/teams'])
})

test('where the server has another version, the page says so, and reloads only when it is asked to', async () => {
  await using tab = await acme.tabOf('owner', '/budgets')
  const { page } = tab
  const loads = loadsOf(page)
  const files = await withoutFiles(page, 'gone')
  await deploy(page)
  await page.getByRole('link', { name: 'Teams' }).click()
  await page.getByText('Claviger was updated').waitFor()
  await page.waitForLoadState('networkidle')
  expect([loads(), await page.getByRole('button', { name: 'Try again' }).count()]).toEqual([0, 0])
  await files.again()
  await page.getByRole('button', { name: 'Reload' }).click()
  await page.getByRole('heading', { name: 'Teams', level: 1 }).waitFor()
  await tab.settled()
  expect(loads()).toBe(1)
})

test('without the code of the palette or of the question whether it is them, the page stays as it is', async () => {
  await using tab = await acme.tabOf('owner', '/teams')
  const { page } = tab
  const files = await withoutFiles(page, 'no network')
  await page.keyboard.press('Control+k')
  await page.getByText('This did not load.').first().waitFor()
  await page.getByRole('heading', { name: 'Teams', level: 1 }).waitFor()
  await files.again()

  await tab.open(`/budgets/${acme.world.budgets.at85}?do=edit`)
  const form = page.getByRole('dialog', { name: /^Change/ })
  const limit = form.getByRole('textbox', { name: 'Limit' })
  await limit.fill('450')
  await withoutFiles(page, 'no network')
  await form.getByRole('button', { name: 'Save' }).click()
  await form.getByRole('alert').getByText('A part of this page did not load.').waitFor()
  expect(await limit.inputValue()).toBe('450')
})
