import type { Page } from 'playwright-core'

/** What the page put into the clipboard: once it says so, for the browser writes it when it comes to it. */
export async function copied(page: Page): Promise<string> {
  await page.getByText('Copied.').waitFor({ state: 'attached' })
  return page.evaluate<string>('navigator.clipboard.readText()')
}
