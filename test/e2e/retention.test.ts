import { expect, test } from 'vitest'
import { accessibilityProblems } from './axe.ts'
import { confirm } from './confirm.ts'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'

const acme = openDashboard()

test('an owner is told what is erased before they say for how long calls are kept, and confirms it', async () => {
  await using tab = await acme.tabOf('owner', '/settings/data')
  const { page, settled } = tab
  await page.getByText('single calls are kept for good').waitFor()
  await page.getByRole('radio', { name: 'For so many days' }).click()
  const days = page.getByRole('textbox', { name: 'Days' })
  await days.fill('100')
  await page.getByText('From 124 to').waitFor()
  expect(await page.getByRole('button', { name: 'Save' }).isEnabled()).toBe(false)
  await days.fill('1000')
  await page.getByText('Nothing is old enough yet to be erased.').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await page.getByRole('button', { name: 'Save' }).click()
  const question = page.getByRole('dialog', { name: 'Keep single calls for 1,000 days?' })
  await question.getByRole('button', { name: 'Keep them for so long' }).click()
  await confirm(page)
  await gone(question)
  await page.getByText('single calls are kept for 1,000 days').waitFor()
  await page.getByRole('radio', { name: 'For good' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await confirm(page)
  await page.getByText('single calls are kept for good').waitFor()
  await settled()
})
