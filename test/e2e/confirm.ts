import type { Page } from 'playwright-core'
import { PASSWORD } from '../people.ts'
import { gone } from './gone.ts'

/** Answers the question whether it is them by their password, and waits until it is no longer asked. */
export async function confirm(page: Page): Promise<void> {
  const question = page.getByRole('dialog', { name: 'Confirm that it is you' })
  await question.getByLabel('Your password').fill(PASSWORD)
  await question.getByRole('button', { name: 'Confirm', exact: true }).click()
  await gone(question)
}
