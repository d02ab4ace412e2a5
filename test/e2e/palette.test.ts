import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { type DashboardWorld, dashboardWorld } from './dashboard-world.ts'
import { gone } from './gone.ts'
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

async function homeOf(who: 'owner' | 'newcomer') {
  const context = await browser.newContext()
  await world.signIn(context, who)
  const { page, open, troubles } = await watchedPage(context)
  await open(`${world.url}/`)
  const at = (path: string) => page.waitForURL((url) => url.pathname + url.search === path)
  return { page, at, troubles, [Symbol.asyncDispose]: () => context.close() }
}

test('Ctrl K leads to a page and begins an act by a few letters, and where one has been is on top', async () => {
  await using home = await homeOf('owner')
  const { page, at } = home
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('textbox').fill('budg')
  await page.getByRole('dialog').getByText('Create a budget').waitFor()
  await page.getByRole('dialog').getByText('Budgets and alerts').click()
  await at('/budgets')
  await gone(page.getByRole('dialog'))
  await page.keyboard.press('g')
  await page.keyboard.press('k')
  await at('/keys')
  await page.keyboard.press('Control+k')
  await page.getByRole('group', { name: 'Recent' }).getByText('Home').waitFor()
  await page.getByRole('dialog').getByRole('textbox').fill('catal')
  await page.getByRole('group', { name: 'Projects' }).getByText('Catalogue search').waitFor()
  await page.getByRole('dialog').getByRole('textbox').fill('mateo')
  await page.getByRole('group', { name: 'People' }).getByText('Mateo Álvarez').waitFor()
  await page.getByRole('dialog').getByRole('textbox').fill('invite')
  await page.getByRole('dialog').getByText('Invite somebody').waitFor()
  await page.keyboard.press('Enter')
  await at('/people?new=invitation')
  expect(await home.troubles()).toEqual([])
}, 60_000)

test('what one may not do is not offered', async () => {
  await using home = await homeOf('newcomer')
  await home.page.keyboard.press('Control+k')
  await home.page.getByRole('dialog').getByText('Ask for access').waitFor()
  const offered = (await home.page.getByRole('dialog').textContent()) ?? ''
  expect(offered).not.toMatch(/Invite somebody|Audit log|Providers|Create a budget/)
}, 60_000)

test('single letters are listed by ?, do nothing in a field, and nothing once they are off', async () => {
  await using home = await homeOf('owner')
  const { page, at } = home
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await page.keyboard.press('Escape')
  await gone(page.getByRole('dialog'))

  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('textbox').pressSequentially('gk?')
  expect(new URL(page.url()).pathname).toBe('/')
  expect(await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).count()).toBe(0)
  await page.keyboard.press('Escape')
  await gone(page.getByRole('dialog'))

  await page.keyboard.press('?')
  await page.getByRole('switch', { name: 'Single letters are shortcuts' }).click()
  await page.keyboard.press('Escape')
  await gone(page.getByRole('dialog'))
  await page.keyboard.press('g')
  await page.keyboard.press('k')
  await page.keyboard.press('?')
  await page.waitForTimeout(300)
  expect([new URL(page.url()).pathname, await page.getByRole('dialog').count()]).toEqual(['/', 0])
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('textbox').fill('audit')
  await page.getByRole('dialog').getByText('Audit log').waitFor()
  await page.keyboard.press('Enter')
  await at('/audit')
}, 60_000)
