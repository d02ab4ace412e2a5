import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD } from '../people.ts'
import { accessibilityProblems } from './axe.ts'
import { openBrowser } from './browser.ts'
import { copied } from './copied.ts'
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

test('a new key is tried at once, stands out in the list, and its first call is noticed', async () => {
  await using context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  await world.signIn(context, 'developer')
  const { page, open, troubles } = await watchedPage(context)
  await open(`${world.url}/keys?new=key&project=${world.places.search.projects.ranking.id}`)
  const form = page.getByRole('dialog', { name: 'Create a key' })
  await form.getByLabel('Name').fill('tried-at-once')
  await form.getByRole('radio', { name: /development/ }).click()
  await form.getByRole('button', { name: 'Create key' }).click()

  const shown = page.getByRole('dialog', { name: 'Save the secret of tried-at-once' })
  await shown.getByRole('button', { name: 'Test it' }).click()
  await shown.getByText(/^Answered in .* It may use \d+ models\.$/).waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await shown.getByRole('button', { name: 'Copy' }).click()
  const secret = await copied(page)
  await shown.getByRole('button', { name: 'I have saved it' }).click()
  await gone(shown)
  expect(secret).toMatch(/^sk-cvg-dev-/)
  expect(await page.content()).not.toContain(secret)
  expect(page.url()).toMatch(/made=key_/)

  await page.getByRole('link', { name: 'tried-at-once' }).click()
  await page.getByText('Waiting for the first call…').waitFor()
  const answer = await fetch(`${world.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  expect(answer.status).toBe(200)
  await page.locator('main').getByText('The first call arrived.').waitFor()
  expect(await troubles()).toEqual([])
})

test('what the API refuses stands at its field', async () => {
  await using context = await browser.newContext()
  await world.signIn(context, 'owner')
  const { page, open } = await watchedPage(context)
  await open(`${world.url}/keys?new=key&project=${world.places.search.projects.catalogue.id}`)
  const form = page.getByRole('dialog', { name: 'Create a key' })
  await form.getByLabel('Name').fill('catalogue-api')
  await form.getByRole('radio', { name: /staging/ }).click()
  await form.getByLabel('Budget in USD').fill('much')
  await form.getByRole('button', { name: 'Create key' }).click()
  await form.getByText('Expected an amount of USD such as').waitFor()
  expect(await form.getByLabel('Budget in USD').getAttribute('aria-invalid')).toBe('true')
  expect(await accessibilityProblems(page)).toEqual([])
})

test('a key that leaked gets a new secret in one step, and one in use is revoked by its name', async () => {
  await using context = await browser.newContext()
  await world.signIn(context, 'owner')
  const { page, open } = await watchedPage(context)
  await open(`${world.url}/keys/${world.keys.ranking.id}`)
  await page.getByRole('button', { name: 'Revoke' }).click()
  const revoke = page.getByRole('dialog', { name: 'Revoke ranking-nightly?' })
  await revoke.getByText(/calls? in the last 24 hours/).waitFor()
  expect(await revoke.getByRole('button', { name: 'Revoke' }).isDisabled()).toBe(true)
  await revoke.getByLabel('Type ranking-nightly to go on').fill('ranking-nightly')
  expect(await revoke.getByRole('button', { name: 'Revoke' }).isEnabled()).toBe(true)
  await page.keyboard.press('Escape')
  await gone(revoke)

  await page.getByRole('button', { name: 'Actions for ranking-nightly' }).click()
  await page.getByRole('menuitem', { name: 'It leaked' }).click()
  await page.getByRole('button', { name: 'End the old secrets now' }).click()
  await page.getByLabel('Your password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: /^Save the secret/ }).waitFor()
  const { secrets } = await world.stage.make(world.stage.owner, 'keyView', {
    params: { keyId: world.keys.ranking.id },
  })
  expect(secrets.map(({ state }: { state: string }) => state)).toEqual(['current', 'retired'])
})

test('after a rotation one sees the old secret drain, and which calls still have it', async () => {
  await using context = await browser.newContext()
  await world.signIn(context, 'owner')
  const { page, open, settled, troubles } = await watchedPage(context)
  await open(`${world.url}/keys/${world.keys.grace.id}`)
  await page.getByText(/ \d+ calls in the last hour, all but \d with the new secret\.$/).waitFor()
  const secrets = page.getByRole('table', { name: 'Secrets' })
  const [fresh, old] = [secrets.getByRole('row').nth(1), secrets.getByRole('row').nth(2)]
  await fresh.getByText('current').waitFor()
  await old.getByText('replaced, still works').waitFor()
  expect(await fresh.getByRole('link').allTextContents()).toEqual(['10 calls', '10 calls', '10 calls'])
  const [inAnHour = '', , inAWeek = ''] = await old.getByRole('link').allTextContents()
  expect([Number.parseInt(inAnHour, 10) < 10, Number.parseInt(inAWeek, 10) > 10]).toEqual([true, true])
  expect(await accessibilityProblems(page)).toEqual([])

  await old.getByRole('link').first().click()
  await settled()
  expect(new URL(page.url()).searchParams.get('range')).toBe('-1h')
  expect(await page.getByRole('combobox', { name: 'Secret' }).inputValue()).toMatch(/\(replaced\)$/)
  const calls = page.getByRole('table', { name: 'Calls' }).getByRole('rowheader')
  expect(await calls.count()).toBe(Number.parseInt(inAnHour, 10))
  expect(await troubles()).toEqual([])
})

test('a call has an address of its own, with all of its attempts', async () => {
  await using context = await browser.newContext()
  await world.signIn(context, 'owner')
  const { page, open } = await watchedPage(context)
  await open(`${world.url}/access-log?range=-30d&outcome=failed`)
  await page.getByRole('table', { name: 'Calls' }).getByRole('button').first().click()
  const call = page.getByRole('dialog', { name: 'Call' })
  await call.getByRole('heading', { name: 'What happened' }).waitFor()
  expect(page.url()).toMatch(/call=req_/)
  expect(await accessibilityProblems(page)).toEqual([])
  await page.goBack()
  await gone(call)
})
