import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { confirm } from './confirm.ts'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'

const acme = openDashboard()

/** Chooses in the nth list of this name. */
async function choose(page: Page, list: string, option: string, nth = 0): Promise<void> {
  await page.getByRole('combobox', { name: list }).nth(nth).press('ArrowDown')
  await page.getByRole('option', { name: option, exact: true }).click()
}

test('somebody is invited to two places at once, and the link is shown once', async () => {
  await using tab = await acme.tabOf('owner', '/people')
  const { page, settled } = tab
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  await page.getByLabel('E-mail address').fill('noor.haddad@acme.example')
  await choose(page, 'Role', 'developer')
  await page.getByRole('button', { name: 'Another role at another place' }).click()
  await choose(page, 'Where', 'Search / Ranking lab', 1)
  await choose(page, 'Role', 'builder', 1)
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  await confirm(page)
  const link = await page.getByRole('textbox', { name: 'Link' }).inputValue()
  expect(link).toContain(`${acme.world.url}/invite`)
  await page.getByRole('button', { name: 'I have it' }).click()
  await gone(page.getByRole('dialog'))
  await settled()
  const row = page.getByRole('row', { name: /noor\.haddad@acme\.example/ })
  await expect.poll(() => row.textContent()).toMatch(/developer in the organization.*builder in Ranking lab/)
  expect(await page.content()).not.toContain(link)
})

test('a rule for a team is saved after a look at what it would have refused', async () => {
  const { places, people, stage } = acme.world
  const { id } = places.search
  const policy = () => stage.make(people.owner, 'policyView', { params: { scopeType: 'team', scopeId: id } })
  const before = await policy()
  await using tab = await acme.tabOf('owner', `/teams/${id}?tab=models`)
  const { page } = tab
  await page.getByRole('button', { name: 'Change', exact: true }).click()
  await page.getByLabel('Only some operations').check()
  await page.getByRole('button', { name: 'Preview the effect' }).click()
  await page.getByText(/^It would have blocked \d+ calls from \d+ keys\.$/).waitFor()
  expect(await policy()).toEqual(before)
  // Another rule than the one that was looked at is looked at first, too.
  await choose(page, 'Operations', 'chat.completions')
  await page.keyboard.press('Escape')
  await expect.poll(() => page.getByRole('button', { name: 'Save', exact: true }).count()).toBe(0)
  await page.getByRole('button', { name: 'Preview the effect' }).click()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await confirm(page)
  await gone(page.getByRole('dialog', { name: 'Change what its keys may use' }))
  expect((await policy()).operations).toEqual(['chat.completions'])
})

test('who leaves is offboarded after a look, by name and with a reason', async () => {
  const { people, stage } = acme.world
  const { userId, name } = people.newcomer
  await using tab = await acme.tabOf('owner', `/people/${userId}`)
  const { page } = tab
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
  const user = await stage.make(people.owner, 'userView', { params: { userId } })
  expect(user.deactivatedAt).not.toBe(null)
})
