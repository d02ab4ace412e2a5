import { expect, test } from 'vitest'
import { openDashboard } from './dashboard.ts'
import { VISITS } from './visits.ts'

const acme = openDashboard()

const FAILED = /This did not load|Claviger was updated/

// In a browser that has nothing of it yet: each page brings all that it is made of by itself.
test.each(VISITS.filter(({ path }) => path !== null))('$name opens with all of its code', async (visit) => {
  await using tab = await acme.tabOf(visit.who, visit.address(acme.world))
  expect(await tab.page.getByRole('heading', { level: 1 }).count()).toBe(1)
  expect(await tab.page.getByText(FAILED).count()).toBe(0)
  expect(await tab.troubles(visit)).toEqual([])
})
