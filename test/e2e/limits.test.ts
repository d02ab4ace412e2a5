import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { type DashboardWorld, dashboardWorld } from './dashboard-world.ts'
import { watchedPage } from './watched-page.ts'

/** More than a list reads, or draws, at once. */
const MANY = 60
const LONG_MS = 60_000

let world: DashboardWorld
let browser: Browser
/** Ids of the team's budgets, in the order in which they were made: each is larger than the one before. */
const made: string[] = []
beforeAll(async () => {
  world = await dashboardWorld()
  browser = await openBrowser()
  const scope = { type: 'team', id: world.places.search.id }
  for (let at = 0; at < MANY; at++) {
    const name = `Part ${String(at).padStart(2, '0')}`
    const body = { scope, name, limitUsd: String(1_000 + at), period: 'month' }
    made.push((await world.stage.make(world.people.owner, 'budgetCreate', { body })).id)
  }
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

async function signedIn() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  await world.signIn(context, 'owner')
  return { ...(await watchedPage(context)), [Symbol.asyncDispose]: () => context.close() }
}

test('all budgets are sorted, not only those that are drawn', { timeout: LONG_MS }, async () => {
  await using tab = await signedIn()
  await tab.open(`${world.url}/budgets?tab=budgets&level=team&search=Part`)
  const table = tab.page.getByRole('table', { name: /^Budgets: / })
  const names = table.locator('tbody').getByRole('rowheader')
  expect(await names.count()).toBe(50)
  const sort = table.getByRole('button', { name: 'Budget' })
  await sort.click()
  expect(await names.first().textContent()).toContain('Part 00')
  await sort.click()
  expect(await names.first().textContent()).toContain('Part 59')
  await tab.page.getByRole('button', { name: 'Show more' }).click()
  expect(await names.count()).toBe(MANY)
})

test('a link to change a budget opens it however long the list is, or says that it is gone', {
  timeout: LONG_MS,
}, async () => {
  await using tab = await signedIn()
  const limits = `${world.url}/teams/${world.places.search.id}?tab=limits`
  for (const id of [made.at(0), made.at(-1)]) {
    await tab.open(`${limits}&edit=${id}`)
    await tab.page.getByRole('dialog', { name: /^Change/ }).waitFor()
  }
  await tab.open(`${limits}&edit=bud_01JD0000000000000000000000`)
  await tab.page.getByRole('alert').waitFor()
  expect(await tab.page.getByRole('dialog').count()).toBe(0)
})

test('the limits of a key have its credits', { timeout: LONG_MS }, async () => {
  await using tab = await signedIn()
  const { id } = world.keys.active
  const body = { scope: { type: 'key', id }, amountUsd: '12', reason: 'Trial of the key' }
  await world.stage.make(world.people.owner, 'creditGrant', { body })
  await tab.open(`${world.url}/keys/${id}?tab=limits`)
  const credits = tab.page.getByRole('table', { name: 'Credits' })
  await credits.getByRole('rowheader', { name: 'Trial of the key' }).waitFor()
  await tab.page.getByRole('table', { name: 'What this key may use' }).waitFor()
  expect(await tab.troubles()).toEqual([])
})
