import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const READ = 'navigator.clipboard.readText()'

/** What the page puts into the clipboard when `press` is done: not what was there before. */
export async function copied(page: Page, press: () => Promise<void>): Promise<string> {
  await page.evaluate('navigator.clipboard.writeText("")')
  await press()
  await expect.poll(() => page.evaluate<string>(READ)).not.toBe('')
  await page.getByText('Copied.').waitFor({ state: 'attached' })
  return page.evaluate<string>(READ)
}
