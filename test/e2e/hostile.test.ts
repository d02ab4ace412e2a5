import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { openDashboard } from './dashboard.ts'
import { addHostileRest, hostileNames } from './hostile.ts'
import { layoutProblems } from './layout.ts'
import { SIZES } from './sizes.ts'
import { VISITS } from './visits.ts'

const acme = openDashboard({ say: hostileNames(), prepare: addHostileRest })

/** What text that was taken for markup leaves behind, whether or not the policy of the page kept it from running. */
const LEFT_BEHIND = `({
  ran: globalThis.__xss ?? null,
  markup: [...document.querySelectorAll(
    '[onerror],[onload],[ontoggle],script:not([src]),iframe,a[href^="javascript:" i],[src="x"]')].map((e) => e.outerHTML),
})`

async function expectHarmless(page: Page): Promise<void> {
  expect(await page.evaluate(LEFT_BEHIND)).toEqual({ ran: null, markup: [] })
}

test.each(VISITS)('hostile names neither run nor break the layout of $name', async (visit) => {
  await using tab = await acme.nextTabOf(visit.who, visit.address(acme.world))
  const { page, settled, troubles } = tab
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await settled()
    await expectHarmless(page)
    expect(await layoutProblems(page), `${size.width}`).toEqual([])
  }
  expect(await troubles(visit)).toEqual([])
})
