import { expect, test } from 'vitest'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'

const acme = openDashboard()

async function homeOf(who: 'owner' | 'newcomer') {
  const tab = await acme.tabOf(who, '/')
  const { keyboard } = tab.page
  return {
    ...tab,
    at: (path: string) => tab.page.waitForURL((url) => url.pathname + url.search === path),
    /** Both at once: the second counts only soon after the first. */
    pressBoth: (first: string, second: string) =>
      Promise.all([keyboard.press(first), keyboard.press(second)]),
  }
}

test('Ctrl K leads to a page and begins an act by a few letters, and where one has been is on top', async () => {
  await using home = await homeOf('owner')
  const { page, at, pressBoth } = home
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('textbox').fill('budg')
  await page.getByRole('dialog').getByText('Create a budget').waitFor()
  await page.getByRole('dialog').getByText('Budgets and alerts').click()
  await at('/budgets')
  await gone(page.getByRole('dialog'))
  await pressBoth('g', 'k')
  await at('/keys')
  await page.keyboard.press('Control+k')
  await page.getByRole('group', { name: 'Recent' }).getByText('Home').waitFor()
  await page.getByRole('dialog').getByRole('textbox').fill('catal')
  await page.getByRole('group', { name: 'Projects' }).getByText('Catalogue search').waitFor()
  await page.getByRole('dialog').getByRole('textbox').fill('mateo')
  await page.getByRole('group', { name: 'People' }).getByText('Mateo Álvarez').waitFor()
  await page.getByRole('dialog').getByRole('textbox').fill('invite')
  await page.getByRole('dialog').getByText('Invite somebody').waitFor()
  await page.keyboard.press('Enter')
  await at('/people?new=invitation')
  expect(await home.troubles()).toEqual([])
})

test('a page that is not there, or about something that is gone, is nowhere to come back to', async () => {
  await using home = await homeOf('owner')
  const { page, settled } = home
  const { make, owner } = acme.world.stage
  const scope = { type: 'team', id: acme.world.places.support.id }
  const body = { scope, name: 'For a day', limitUsd: '5', period: 'day' }
  const { id: budgetId } = await make(owner, 'budgetCreate', { body })
  await make(owner, 'budgetDelete', { params: { budgetId } })
  // As links within the page do: what is remembered is so as long as the window is not loaded anew.
  const go = async (path: string, heading: string) => {
    await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`)
    await page.getByText(heading).first().waitFor()
    await settled()
  }
  await go('/teams', 'In use')
  await go('/no/such/page', 'There is no such page')
  await go(`/budgets/${budgetId}`, 'This is not here')
  await go('/keys', 'Create key')
  await page.keyboard.press('Control+k')
  const recent = page.getByRole('group', { name: 'Recent' })
  await recent.getByText('Teams').waitFor()
  expect(await recent.getByRole('button').allTextContents()).toEqual(['Teams', 'Home'])
})

test('what one may not do is not offered', async () => {
  await using home = await homeOf('newcomer')
  await home.page.keyboard.press('Control+k')
  await home.page.getByRole('dialog').getByText('Ask for access').waitFor()
  await home.settled()
  const offered = (await home.page.getByRole('dialog').textContent()) ?? ''
  expect(offered).not.toMatch(/Invite somebody|Audit log|Providers|Create a budget/)
})

test('single letters are listed by ?, do nothing in a field, and nothing once they are off', async () => {
  await using home = await homeOf('owner')
  const { page, at, pressBoth } = home
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await page.keyboard.press('Escape')
  await gone(page.getByRole('dialog'))

  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('textbox').pressSequentially('gk?')
  expect(new URL(page.url()).pathname).toBe('/')
  expect(await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).count()).toBe(0)
  await page.keyboard.press('Escape')
  await gone(page.getByRole('dialog'))

  await page.keyboard.press('?')
  await page.getByRole('switch', { name: 'Single letters are shortcuts' }).click()
  await page.keyboard.press('Escape')
  await gone(page.getByRole('dialog'))
  await pressBoth('g', 'k')
  await page.keyboard.press('?')
  await home.settled()
  expect([new URL(page.url()).pathname, await page.getByRole('dialog').count()]).toEqual(['/', 0])
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('textbox').fill('audit')
  await page.getByRole('dialog').getByText('Audit log').waitFor()
  await page.keyboard.press('Enter')
  await at('/audit')
})
