import type { Locator } from 'playwright-core'

const PATIENCE_MS = 15_000

/**
 * Waits until nothing that the locator describes is there any more. To wait for a locator itself fails where it describes
 * two things for a moment, as when a dialog opens while the one before it closes.
 */
export function gone(locator: Locator): Promise<void> {
  return locator.first().waitFor({ state: 'detached', timeout: PATIENCE_MS })
}
