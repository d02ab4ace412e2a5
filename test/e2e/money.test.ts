import { expect, test } from 'vitest'
import { insertUsageRow } from '../usage-row.ts'
import { accessibilityProblems } from './axe.ts'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'

const acme = openDashboard()

test('a budget is tried before it is made, then raised for a while, and the raise is ended early', async () => {
  // A call of the present month, on its first day too.
  const { id: keyId, secretId, place } = acme.world.keys.developers
  await insertUsageRow(acme.world.app, { keyId, secretId, ...place, costNanoUsd: 1_000_000n })
  await using tab = await acme.tabOf('owner', '/budgets')
  const { page, settled, troubles } = tab
  await page.getByRole('button', { name: 'New budget' }).click()
  const form = page.getByRole('dialog', { name: 'New budget' })
  await form.getByRole('combobox', { name: 'Level' }).click()
  await page.getByRole('option', { name: 'Environments' }).click()
  await form.getByRole('combobox', { name: 'Which environment' }).click()
  await page.getByRole('option', { name: 'Catalogue search / development' }).click()
  await form.getByRole('textbox', { name: 'Limit' }).fill('1000')
  await form
    .getByText(/^It would have blocked none of the [\d,]+ calls \(\$.*\) of the last 31 days\.$/)
    .waitFor()
  await form.getByText(/when the present window began, these calls cost/).waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await form.getByRole('button', { name: /^More/ }).click()
  await form.getByRole('textbox', { name: 'Slow down from' }).fill('80')
  await form.getByText('Not tried yet: say how many calls a minute pass from there on.').waitFor()
  await form.getByRole('textbox', { name: 'to calls a minute' }).fill('10')
  await form.getByText(/^It would have blocked none/).waitFor()
  await form.getByRole('textbox', { name: 'Name' }).fill('Laptops')
  await form.getByRole('button', { name: 'Create budget' }).click()

  await page.getByRole('heading', { name: 'Laptops', level: 1 }).waitFor()
  await page.getByText('$0.00 of $1,000.00 are spent.').waitFor()
  await page.getByRole('button', { name: 'Raise for a while' }).click()
  const raise = page.getByRole('dialog', { name: 'Raise Laptops' })
  await raise.getByRole('textbox', { name: 'How much more' }).fill('250')
  await raise.getByRole('textbox', { name: 'Reason' }).fill('Launch week')
  await raise.getByRole('button', { name: 'Raise' }).click()
  await page.getByText('$0.00 of $1,250.00 are spent.').waitFor()

  await page.getByRole('button', { name: 'End now' }).click()
  const end = page.getByRole('dialog', { name: 'End this raise now?' })
  await end.getByRole('button', { name: 'End it' }).click()
  await page.getByText('$0.00 of $1,000.00 are spent.').waitFor()
  await page.getByText('ended early').waitFor()
  await settled()
  expect(await troubles()).toEqual([])
})

test('a provider is connected, tested and given to an environment in one go, and its secret is nowhere', async () => {
  await using tab = await acme.tabOf('owner', '/providers')
  const { page, settled, troubles } = tab
  await page.getByRole('button', { name: 'Connect a provider' }).click()
  const form = page.getByRole('dialog', { name: 'Connect a provider' })
  await form.getByRole('button', { name: /^Demo/ }).click()
  await expect.poll(() => form.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('demo-2')
  await form.getByRole('button', { name: 'Connect', exact: true }).click()

  const stored = page.getByRole('dialog', { name: 'main is stored' })
  await stored.getByText('The demo provider takes any secret.').waitFor()
  await stored.getByRole('checkbox', { name: /Ranking lab \/ staging/ }).check()
  expect(await accessibilityProblems(page)).toEqual([])
  await stored.getByRole('button', { name: 'Let them use it' }).click()
  await gone(stored)
  const row = page.getByRole('table', { name: 'Credentials of demo-2' }).getByRole('row').nth(1)
  await row.getByText('works').waitFor()

  await page.getByRole('button', { name: 'before the move' }).click()
  const details = page.getByRole('dialog', { name: 'openai / before the move' })
  await details.getByRole('button', { name: 'Replace secret' }).click()
  const replace = page.getByRole('dialog', { name: 'Replace the secret of before the move' })
  await replace.getByText(/Neither step interrupts anybody/).waitFor()
  const secret = 'sk-proj-another-secret-of-openai-Qx81'
  await replace.getByLabel('New secret').fill(secret)
  await page.route('**/api/v1/credentials/*/test', (route) =>
    route.fulfill({
      json: { works: true, status: 200, detail: 'The provider knows this secret.', durationMs: 9 },
    }),
  )
  await replace.getByRole('button', { name: 'Replace and test' }).click()
  await replace.getByText('The provider knows this secret.').waitFor()
  await replace.getByRole('button', { name: 'Done' }).click()
  await details.getByText('…Qx81').waitFor()
  await settled()
  expect(await page.content()).not.toContain(secret)
  expect(await troubles()).toEqual([])
})
