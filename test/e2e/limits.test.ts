import { expect, test } from 'vitest'
import { openDashboard } from './dashboard.ts'

/** More than a list reads, or draws, at once. */
const MANY = 60

/** Ids of the team's budgets, in the order in which they were made: each is larger than the one before. */
const made: string[] = []
const acme = openDashboard({
  async prepare({ stage, people, places }) {
    const scope = { type: 'team', id: places.search.id }
    for (let at = 0; at < MANY; at++) {
      const name = `Part ${String(at).padStart(2, '0')}`
      const body = { scope, name, limitUsd: String(1_000 + at), period: 'month' }
      made.push((await stage.make(people.owner, 'budgetCreate', { body })).id)
    }
  },
})

test('budgets come nearest to their end first, page after page', async () => {
  await using tab = await acme.tabOf('owner', '/budgets')
  const rows = tab.page
    .getByRole('table', { name: 'Budgets, nearest to their end first' })
    .locator('tbody tr')
  await expect.poll(() => rows.first().textContent()).toMatch(/suspended|refusing calls/)
  await tab.open('/budgets?tab=budgets&level=team&search=Part')
  await expect.poll(() => rows.count()).toBe(50)
  await tab.page.getByRole('button', { name: 'Show more' }).click()
  await expect.poll(() => rows.count()).toBe(MANY)
  await tab.open('/budgets?state=suspended&search=Part')
  await tab.page.getByText('No budgets match').waitFor()
})

test('a link to change a budget opens it however long the list is, or says that it is gone', async () => {
  const limits = `/teams/${acme.world.places.search.id}?tab=limits`
  await using tab = await acme.tabOf('owner', limits)
  for (const id of [made.at(0), made.at(-1)]) {
    await tab.open(`${limits}&edit=${id}`)
    await tab.page.getByRole('dialog', { name: /^Change/ }).waitFor()
  }
  await tab.open(`${limits}&edit=bud_01JD0000000000000000000000`)
  await tab.page.getByRole('alert').waitFor()
  expect(await tab.page.getByRole('dialog').count()).toBe(0)
})

test('the limits of a key have its credits', async () => {
  const { keys, stage, people } = acme.world
  const { id } = keys.active
  const body = { scope: { type: 'key', id }, amountUsd: '12', reason: 'Trial of the key' }
  await stage.make(people.owner, 'creditGrant', { body })
  await using tab = await acme.tabOf('owner', `/keys/${id}?tab=limits`)
  const credits = tab.page.getByRole('table', { name: 'Credits' })
  await credits.getByRole('rowheader', { name: 'Trial of the key' }).waitFor()
  await tab.page.getByRole('table', { name: 'What this key may use' }).waitFor()
  expect(await tab.troubles()).toEqual([])
})
