import { expect, test } from 'vitest'
import { accessibilityProblems } from './axe.ts'
import { confirm } from './confirm.ts'
import { copied } from './copied.ts'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'

const acme = openDashboard()

test('a new key is tried at once, stands out in the list, and its first call is noticed', async () => {
  const { places, url } = acme.world
  await using tab = await acme.tabOf(
    'developer',
    `/keys?new=key&project=${places.search.projects.ranking.id}`,
  )
  const { page, troubles } = tab
  const form = page.getByRole('dialog', { name: 'Create a key' })
  await form.getByLabel('Name').fill('tried-at-once')
  await form.getByRole('radio', { name: /development/ }).click()
  await form.getByRole('button', { name: 'Create key' }).click()

  const shown = page.getByRole('dialog', { name: 'Save the secret of tried-at-once' })
  await shown.getByRole('button', { name: 'Test it' }).click()
  await shown.getByText(/^Answered in .* It may use \d+ models\.$/).waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  const secret = await copied(page, () => shown.getByRole('button', { name: 'Copy' }).click())
  await shown.getByRole('button', { name: 'I have saved it' }).click()
  await gone(shown)
  expect(secret).toMatch(/^sk-cvg-dev-/)
  expect(await page.content()).not.toContain(secret)
  await page.waitForURL(/made=key_/)

  await page.getByRole('link', { name: 'tried-at-once' }).click()
  await page.getByText('Waiting for the first call…').waitFor()
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  expect(answer.status).toBe(200)
  await page.locator('main').getByText('The first call arrived.').waitFor()
  expect(await troubles()).toEqual([])
})

test('what the API refuses stands at its field', async () => {
  const { id } = acme.world.places.search.projects.catalogue
  await using tab = await acme.tabOf('owner', `/keys?new=key&project=${id}`)
  const { page } = tab
  const form = page.getByRole('dialog', { name: 'Create a key' })
  await form.getByLabel('Name').fill('catalogue-api')
  await form.getByRole('radio', { name: /staging/ }).click()
  await form.getByLabel('Budget in USD').fill('much')
  await form.getByRole('button', { name: 'Create key' }).click()
  await form.getByText('Expected an amount of USD such as').waitFor()
  await expect.poll(() => form.getByLabel('Budget in USD').getAttribute('aria-invalid')).toBe('true')
  expect(await accessibilityProblems(page)).toEqual([])
})

test('a key that leaked gets a new secret in one step, and one in use is revoked by its name', async () => {
  const { stage, keys } = acme.world
  const keyId = keys.ranking.id
  await using tab = await acme.tabOf('owner', `/keys/${keyId}`)
  const { page } = tab
  await page.getByRole('button', { name: 'Revoke' }).click()
  const revoke = page.getByRole('dialog', { name: 'Revoke ranking-nightly?' })
  await revoke.getByText(/calls? in the last 24 hours/).waitFor()
  expect(await revoke.getByRole('button', { name: 'Revoke' }).isDisabled()).toBe(true)
  await revoke.getByLabel('Type ranking-nightly to go on').fill('ranking-nightly')
  await expect.poll(() => revoke.getByRole('button', { name: 'Revoke' }).isEnabled()).toBe(true)
  await page.keyboard.press('Escape')
  await gone(revoke)

  await page.getByRole('button', { name: 'Actions for ranking-nightly' }).click()
  await page.getByRole('menuitem', { name: 'It leaked' }).click()
  await page.getByRole('button', { name: 'End the old secrets now' }).click()
  await confirm(page)
  await page.getByRole('dialog', { name: /^Save the secret/ }).waitFor()
  const { secrets } = await stage.make(stage.owner, 'keyView', { params: { keyId } })
  expect(secrets.map(({ state }: { state: string }) => state)).toEqual(['current', 'retired'])
})

test('after a rotation one sees the old secret drain, and which calls still have it', async () => {
  await using tab = await acme.tabOf('owner', `/keys/${acme.world.keys.grace.id}`)
  const { page, settled, troubles } = tab
  await page.getByText(/ \d+ calls in the last hour, all but \d with the new secret\.$/).waitFor()
  const secrets = page.getByRole('table', { name: 'Secrets' })
  const [fresh, old] = [secrets.getByRole('row').nth(1), secrets.getByRole('row').nth(2)]
  await fresh.getByText('current').waitFor()
  await old.getByText('replaced, still works').waitFor()
  await expect
    .poll(() => fresh.getByRole('link').allTextContents())
    .toEqual(['10 calls', '10 calls', '10 calls'])
  const [inAnHour = '', , inAWeek = ''] = await old.getByRole('link').allTextContents()
  expect([Number.parseInt(inAnHour, 10) < 10, Number.parseInt(inAWeek, 10) > 10]).toEqual([true, true])
  expect(await accessibilityProblems(page)).toEqual([])

  await old.getByRole('link').first().click()
  await settled()
  expect(new URL(page.url()).searchParams.get('range')).toBe('-1h')
  await expect
    .poll(() => page.getByRole('combobox', { name: 'Secret' }).inputValue())
    .toMatch(/\(replaced\)$/)
  const calls = page.getByRole('table', { name: 'Calls' }).getByRole('rowheader')
  await expect.poll(() => calls.count()).toBe(Number.parseInt(inAnHour, 10))
  expect(await troubles()).toEqual([])
})

test('a call has an address of its own, with all of its attempts', async () => {
  await using tab = await acme.tabOf('owner', '/access-log?range=-30d&outcome=failed')
  const { page } = tab
  await page.getByRole('table', { name: 'Calls' }).getByRole('button').first().click()
  const call = page.getByRole('dialog', { name: 'Call' })
  await call.getByRole('heading', { name: 'What happened' }).waitFor()
  await page.waitForURL(/call=req_/)
  expect(await accessibilityProblems(page)).toEqual([])
  await page.goBack()
  await gone(call)
})
