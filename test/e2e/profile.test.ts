import { expect, test } from 'vitest'
import { oidcProvider } from '../oidc-provider.ts'
import { totpCode } from '../totp.ts'
import { confirm } from './confirm.ts'
import { copied } from './copied.ts'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'

const acme = openDashboard()

/** Somebody's profile, with what they press. */
async function profileOf(who: 'developer' | 'builder' | 'admin' | 'analyst') {
  const tab = await acme.tabOf(who, '/profile')
  return {
    ...tab,
    press: (name: string) => tab.page.getByRole('button', { name, exact: true }).click(),
  }
}

test('an authenticator app is added by its code, gives recovery codes once, and goes again', async () => {
  await using profile = await profileOf('developer')
  const { page, press } = profile
  await press('Add an app')
  await confirm(page)
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
})

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
  await confirm(page)
  await press('I have kept them')
  await gone(page.getByRole('dialog'))
  await page.getByText('kept by a passkey').waitFor()
  await press('Remove the passkey Laptop')
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await press('Use your passkey')
  await page.getByText('kept by a password alone').waitFor()
})

test('an account at an identity provider is connected by who confirms it, and disconnected', async () => {
  await using idp = await oidcProvider({ url: acme.world.url })
  const { email } = acme.world.people.analyst
  idp.person = 'ingrid'
  idp.accounts.ingrid = { email, email_verified: true, name: 'Ingrid Solberg' }
  const { issuer, clientId, clientSecret } = idp
  const { make, owner } = acme.world.stage
  const about = { name: 'Acme login', issuer, clientId, clientSecret, domains: ['acme.example'] }
  const { id: connectionId } = await make(owner, 'connectionCreate', { body: about })
  await make(owner, 'connectionUpdate', { params: { connectionId }, body: { enabled: true } })

  await using profile = await profileOf('analyst')
  const { page, press } = profile
  await press('Connect Acme login')
  await confirm(page)
  await page.getByText(email, { exact: false }).filter({ hasText: 'used' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/profile')
  const connect = page.getByRole('button', { name: 'Connect Acme login', exact: true })
  await gone(connect)
  await press('Disconnect Acme login')
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect', exact: true }).click()
  await confirm(page)
  await connect.waitFor()
})

test('a session ends, a token is made once, narrowed, and revoked', async () => {
  await using profile = await profileOf('admin')
  const { page, press } = profile
  await using elsewhere = await acme.tabOf('admin', '/')
  await page.reload()
  await press('Sign out everywhere else')
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out', exact: true }).click()
  await gone(page.getByRole('dialog'))
  await elsewhere.page.goto(`${acme.world.url}/profile`)
  await elsewhere.page.waitForURL(/\/sign-in/)

  await press('Create a token')
  await page.getByLabel('Name').fill('ci')
  await page.getByRole('combobox', { name: 'May do' }).or(page.getByLabel('May do')).first().click()
  await page.getByRole('option', { name: 'What the role analyst may' }).click()
  await press('Create token')
  await confirm(page)
  const secret = await copied(page, () => press('Copy'))
  await press('I have saved it')
  const self = await fetch(`${acme.world.app.url}/api/v1/tokens/self`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  expect(await self.json()).toMatchObject({ token: { name: 'ci', role: 'analyst', production: false } })

  await press('Revoke the token ci')
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click()
  await gone(page.getByRole('row', { name: /^ci/ }))
  const after = await fetch(`${acme.world.app.url}/api/v1/tokens/self`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  expect(after.status).toBe(401)
})
