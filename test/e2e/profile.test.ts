import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { oidcProvider } from '../oidc-provider.ts'
import { PASSWORD } from '../people.ts'
import { totpCode } from '../totp.ts'
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

/** Somebody's profile, with what they press, and answers when they have to confirm it. */
async function profileOf(who: 'developer' | 'builder' | 'admin' | 'analyst') {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  await world.signIn(context, who)
  const { page, open, troubles } = await watchedPage(context)
  await open(`${world.url}/profile`)
  return {
    page,
    context,
    press: (name: string) => page.getByRole('button', { name, exact: true }).click(),
    troubles,
    [Symbol.asyncDispose]: () => context.close(),
  }
}

async function confirmByPassword(page: Page): Promise<void> {
  await page.getByLabel('Your password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Confirm', exact: true }).click()
}

test('an authenticator app is added by its code, gives recovery codes once, and goes again', async () => {
  await using profile = await profileOf('developer')
  const { page, press } = profile
  await press('Add an app')
  await confirmByPassword(page)
  await page.getByRole('img', { name: 'Code for your authenticator app' }).waitFor()
  await page.getByText('Enter it by hand').click()
  const secret = (await page.getByRole('dialog').locator('code').textContent())?.replaceAll(' ', '') ?? ''
  await page.getByRole('textbox', { name: 'Code' }).fill('000000')
  await press('Finish')
  await page.locator('[aria-invalid="true"], [role="dialog"] [role="alert"]').first().waitFor()
  await page.getByRole('textbox', { name: 'Code' }).fill(totpCode(secret))
  await press('Finish')
  const shown = page.getByRole('group', { name: 'Recovery codes' }).locator('div')
  await shown.first().waitFor()
  const codes = await shown.allTextContents()
  expect(codes).toHaveLength(10)
  await press('I have kept them')
  await gone(page.getByRole('dialog'))
  await page.getByText('kept by an authenticator app').waitFor()

  await press('Remove the app')
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByLabel(/Code of your authenticator app/).fill(codes[0] ?? '')
  await press('Confirm')
  await page.getByText('kept by a password alone').waitFor()
  expect((await profile.troubles()).filter((one) => !/status of 40[03]/.test(one))).toEqual([])
}, 60_000)

test('a passkey is made by the browser, named, and removed', async () => {
  await using profile = await profileOf('builder')
  const { page, context, press } = profile
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  })
  await press('Add a passkey')
  await page.getByLabel('What you call it').fill('Laptop')
  await press('Add the passkey')
  await confirmByPassword(page)
  await press('I have kept them')
  await gone(page.getByRole('dialog'))
  await page.getByText('kept by a passkey').waitFor()
  await press('Remove the passkey Laptop')
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await press('Use your passkey')
  await page.getByText('kept by a password alone').waitFor()
}, 60_000)

test('an account at an identity provider is connected by who confirms it, and disconnected', async () => {
  await using idp = await oidcProvider({ url: world.url })
  const { email } = world.people.analyst
  idp.person = 'ingrid'
  idp.accounts.ingrid = { email, email_verified: true, name: 'Ingrid Solberg' }
  const { issuer, clientId, clientSecret } = idp
  const { make, owner } = world.stage
  const about = { name: 'Acme login', issuer, clientId, clientSecret, domains: ['acme.example'] }
  const { id: connectionId } = await make(owner, 'connectionCreate', { body: about })
  await make(owner, 'connectionUpdate', { params: { connectionId }, body: { enabled: true } })

  await using profile = await profileOf('analyst')
  const { page, press } = profile
  await press('Connect Acme login')
  await confirmByPassword(page)
  await page.getByText(email, { exact: false }).filter({ hasText: 'used' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/profile')
  const connect = page.getByRole('button', { name: 'Connect Acme login', exact: true })
  expect(await connect.count()).toBe(0)
  await press('Disconnect Acme login')
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect', exact: true }).click()
  await confirmByPassword(page)
  await connect.waitFor()
}, 60_000)

test('a session ends, a token is made once, narrowed, and revoked', async () => {
  await using profile = await profileOf('admin')
  const { page, press } = profile
  await using elsewhere = await browser.newContext()
  await world.signIn(elsewhere, 'admin')
  await page.reload()
  await press('Sign out everywhere else')
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out', exact: true }).click()
  await gone(page.getByRole('dialog'))
  const there = await elsewhere.newPage()
  await there.goto(`${world.url}/profile`)
  await there.waitForURL(/\/sign-in/)

  await press('Create a token')
  await page.getByLabel('Name').fill('ci')
  await page.getByRole('combobox', { name: 'May do' }).or(page.getByLabel('May do')).first().click()
  await page.getByRole('option', { name: 'What the role analyst may' }).click()
  await press('Create token')
  await confirmByPassword(page)
  await press('Copy')
  const secret = await copied(page)
  await press('I have saved it')
  const self = await fetch(`${world.app.url}/api/v1/tokens/self`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  expect(await self.json()).toMatchObject({ token: { name: 'ci', role: 'analyst', production: false } })

  await press('Revoke the token ci')
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click()
  await gone(page.getByRole('row', { name: /^ci/ }))
  const after = await fetch(`${world.app.url}/api/v1/tokens/self`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  expect(after.status).toBe(401)
}, 60_000)
