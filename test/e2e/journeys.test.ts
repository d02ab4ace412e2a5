import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { PASSWORD } from '../people.ts'
import { confirm } from './confirm.ts'
import { copied } from './copied.ts'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'
import { newInstallation } from './new-installation.ts'
import { watchedPage } from './watched-page.ts'

const acme = openDashboard()

/** Signs in at the form, as people do. */
async function signIn(page: Page, email: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('navigation', { name: 'Main' }).first().waitFor()
}

function button(page: Page, name: string | RegExp) {
  return page.getByRole('button', { name, exact: true })
}

test('an owner comes from the set-up link to the first call, and sees it arrive', async () => {
  await using installation = await newInstallation()
  await using context = await acme.newContext()
  const { page, settled, troubles } = await watchedPage(context)
  await page.goto(installation.link)
  await page.getByLabel('Organization').fill('Acme')
  await page.getByLabel('Your name').fill('Grace Okafor')
  await page.getByLabel('Your e-mail address').fill('grace.okafor@acme.example')
  await page.getByLabel('Password', { exact: false }).first().fill(PASSWORD)
  await button(page, 'Set up').click()
  await page.getByRole('heading', { level: 1, name: 'First steps' }).waitFor()
  await settled()
  await page.getByText('The demo provider is connected').waitFor()

  await button(page, 'Create the key').click()
  const dialog = page.getByRole('dialog', { name: /^Save the secret/ })
  const secret = await copied(page, () => dialog.getByRole('button', { name: 'Copy', exact: true }).click())
  await dialog.getByRole('button', { name: 'I have saved it' }).click()

  await page.getByText('Waiting for the first call').waitFor()
  const answer = await fetch(`${installation.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'ping' }] }),
  })
  expect(answer.status).toBe(200)
  await page.getByText('answered').first().waitFor()
  await page
    .getByText(/\d+ tokens in, \d+ out/)
    .first()
    .waitFor()
  await page.getByText('All of it works').waitFor()
  expect(await troubles()).toEqual([])
})

test('an admin suspends a key and approves a request', async () => {
  const { people, affairs } = acme.world
  await using tab = await acme.tabOf(null, '/sign-in')
  const { page, open, settled, troubles } = tab
  await signIn(page, people.admin.email)
  await open('/keys')
  await button(page, 'Actions for ranking-nightly').click()
  await page.getByRole('menuitem', { name: 'Suspend' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Labels the wrong pairs')
  await dialog.getByRole('button', { name: 'Suspend', exact: true }).click()
  await gone(dialog)
  await settled()
  const row = page.getByRole('row', { name: /ranking-nightly/ })
  await row.getByText('suspended').waitFor()

  await open('/requests')
  await page
    .getByRole('link', { name: /Mateo Álvarez/ })
    .first()
    .waitFor()
  await open(`/requests/${affairs.requests.team}`)
  await button(page, 'Approve').click()
  await dialog.getByRole('button', { name: 'Approve as asked' }).click()
  await confirm(page)
  await gone(dialog)
  await page.getByText('approved', { exact: true }).first().waitFor()
  await settled()
  // That it has to be confirmed is an answer of 403, which browsers write down.
  const odd = (await troubles()).filter((trouble) => !/403 \(Forbidden\).*\/approve\)$/.test(trouble))
  expect(odd).toEqual([])
})

test('a developer finds a key of theirs, how to use it, and asks for a model', async () => {
  await using tab = await acme.tabOf('developer', '/my-keys')
  const { page, settled, troubles } = tab
  await page.getByRole('heading', { name: 'Use mateo-laptop' }).waitFor()
  await page.getByRole('tab', { name: 'Claude Code' }).click()
  await page.getByText('ANTHROPIC_BASE_URL').first().waitFor()

  await page.getByRole('link', { name: 'Request a model' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Why' }).waitFor()
  await settled()
  expect(await troubles()).toEqual([])
})

test('an analyst sees what was spent, and why they create no key', async () => {
  await using tab = await acme.tabOf('analyst', '/usage?by=model')
  const { page, open, troubles } = tab
  const table = page.getByRole('table').first()
  await table.getByText('claude-sonnet-5').waitFor()
  await open('/keys')
  const create = page.getByRole('button', { name: /^Create key/ })
  await expect.poll(() => create.getAttribute('aria-disabled')).toBe('true')
  expect(await create.textContent()).toMatch(/Not allowed: .*role/)
  await create.focus()
  await page.getByRole('tooltip').waitFor()
  await create.press('Enter')
  expect(await page.getByRole('dialog').count()).toBe(0)
  expect(await troubles()).toEqual([])
})
