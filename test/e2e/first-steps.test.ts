import { expect, test } from 'vitest'
import { createDemoProvider } from '../../src/actions/demo.ts'
import { createSetupToken } from '../../src/actions/setup.ts'
import { testApp } from '../app.ts'
import { openBrowser } from './browser.ts'
import { copied } from './copied.ts'
import { freePort } from './free-port.ts'
import { gone } from './gone.ts'
import { watchedPage } from './watched-page.ts'

test('from the set-up link to the first counted call: one form and a few presses, offline', async () => {
  const port = await freePort()
  const url = `http://localhost:${port}`
  await using app = await testApp({ url, port, roles: new Set(['api', 'gateway']), drainSeconds: 0 })
  await app.serve()
  await createDemoProvider(app)
  const setupToken = await createSetupToken(app)
  await using browser = await openBrowser()
  await using context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  const { page, open, troubles } = await watchedPage(context)
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()

  await open(`${url}/setup?token=${setupToken}`)
  await page.getByLabel('Organization').fill('Acme')
  await page.getByLabel('Your name').fill('Ada')
  await page.getByLabel('Your e-mail address').fill('ada@example.com')
  await page.getByLabel('New password').fill('seven quiet herons by the weir')
  await press('Set up')
  await page.waitForURL(`${url}/start`)

  await press('Create the key')
  const secret = await copied(page, () => press('Copy'))
  await press('Test it')
  await page.getByRole('dialog').getByText('Answered in').waitFor()
  expect(secret).toMatch(/^sk-cvg-dev-\w+$/)
  await press('I have saved it')
  await gone(page.getByRole('dialog'))
  // A test of the key is no call.
  await page.getByText('Waiting for the first call').waitFor()
  // Neither is one that was not answered: it is shown, and the step stays open.
  const refused = await fetch(new URL('/v1/chat/completions', page.url()), {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo/400', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  expect(refused.status).toBe(400)
  await page.getByText('The last call was not answered.').waitFor()
  await page.getByText('refused, 400').waitFor()
  expect(await page.getByText('All of it works').count()).toBe(0)
  await press('Run it here')
  await page.getByText('All of it works').waitFor()
  const counted = await page.getByRole('listitem').last().textContent()
  expect(counted).toMatch(/demo\/echo\s*\d+ tokens in, \d+ out/)

  // The secret was in the memory of the page alone.
  const kept = await page.evaluate('JSON.stringify([localStorage, sessionStorage, location.href])')
  expect(kept).not.toContain(secret)
  expect(await troubles()).toEqual([])
}, 120_000)
