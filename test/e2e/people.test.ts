import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD } from '../people.ts'
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

const LONG_MS = 60_000

/** Chooses in the nth list of this name. */
async function choose(page: Page, list: string, option: string, nth = 0): Promise<void> {
  await page.getByRole('combobox', { name: list }).nth(nth).press('ArrowDown')
  await page.getByRole('option', { name: option, exact: true }).click()
}

async function confirm(page: Page): Promise<void> {
  await page.getByLabel('Your password').fill(PASSWORD)
  await page.keyboard.press('Enter')
}

test('somebody is invited to two places at once, and the link is shown once', {
  timeout: LONG_MS,
}, async () => {
  await using context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  await world.signIn(context, 'owner')
  const { page, open, settled } = await watchedPage(context)
  await open(`${world.url}/people`)
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  await page.getByLabel('E-mail address').fill('noor.haddad@acme.example')
  await choose(page, 'Role', 'developer')
  await page.getByRole('button', { name: 'Another role at another place' }).click()
  await choose(page, 'Where', 'Search / Ranking lab', 1)
  await choose(page, 'Role', 'builder', 1)
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  await confirm(page)
  const link = await page.getByRole('textbox', { name: 'Link' }).inputValue()
  expect(link).toContain(`${world.url}/invite`)
  await page.getByRole('button', { name: 'I have it' }).click()
  await gone(page.getByRole('dialog'))
  await settled()
  const row = page.getByRole('row', { name: /noor\.haddad@acme\.example/ })
  expect(await row.textContent()).toMatch(/developer in the organization.*builder in Ranking lab/)
  expect(await page.content()).not.toContain(link)
})

test('a rule for a team is saved after a look at what it would have refused', {
  timeout: LONG_MS,
}, async () => {
  await using context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  await world.signIn(context, 'owner')
  const { page, open } = await watchedPage(context)
  const { id } = world.places.search
  const policy = () =>
    world.stage.make(world.people.owner, 'policyView', { params: { scopeType: 'team', scopeId: id } })
  const before = await policy()
  await open(`${world.url}/teams/${id}?tab=models`)
  await page.getByRole('button', { name: 'Change', exact: true }).click()
  await page.getByLabel('Only some operations').check()
  await page.getByRole('button', { name: 'Preview the effect' }).click()
  await page.getByText(/^It would have blocked \d+ calls from \d+ keys\.$/).waitFor()
  expect(await policy()).toEqual(before)
  // Another rule than the one that was looked at is looked at first, too.
  await choose(page, 'Operations', 'chat.completions')
  await page.keyboard.press('Escape')
  expect(await page.getByRole('button', { name: 'Save', exact: true }).count()).toBe(0)
  await page.getByRole('button', { name: 'Preview the effect' }).click()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await confirm(page)
  await gone(page.getByRole('dialog', { name: 'Change what its keys may use' }))
  expect((await policy()).operations).toEqual(['chat.completions'])
})

test('who leaves is offboarded after a look, by name and with a reason', { timeout: LONG_MS }, async () => {
  await using context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  await world.signIn(context, 'owner')
  const { page, open } = await watchedPage(context)
  const { userId, name } = world.people.newcomer
  await open(`${world.url}/people/${userId}`)
  await page.getByRole('button', { name: 'Offboard' }).click()
  const drawer = page.getByRole('dialog', { name: `Offboard ${name}` })
  await drawer.getByText('Roles: 1').waitFor()
  const act = drawer.getByRole('button', { name: 'Offboard' })
  await drawer.getByLabel('Reason').fill('left the company')
  expect(await act.isDisabled()).toBe(true)
  await drawer.getByLabel(`Type ${name} to go on`).fill(name)
  await act.click()
  await confirm(page)
  await page.getByRole('dialog', { name: `${name} is offboarded` }).waitFor()
  const user = await world.stage.make(world.people.owner, 'userView', { params: { userId } })
  expect(user.deactivatedAt).not.toBe(null)
})
