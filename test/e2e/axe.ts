import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const { source, version } = createRequire(createRequire(import.meta.url).resolve('@axe-core/playwright'))(
  'axe-core',
) as typeof import('axe-core')

/** WCAG 2.2 A and AA, and what axe holds for good practice, such as landmarks and the order of headings. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/**
 * What axe finds wrong, one line for each place: the rule, where, what it says and where that is explained. The page has
 * no frames, so axe is put into it once and run there as often as it is asked; and it writes down what is wrong alone,
 * which takes a third of the time of writing down all that it looked at.
 */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(source)
  return page.evaluate<string[]>(LOOK)
}

/** Which axe looked, and by how many of its rules. */
export async function axeRules(page: Page): Promise<{ version: string; rules: number }> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(source)
  return { version, rules: await page.evaluate<number>(`axe.getRules(${JSON.stringify(TAGS)}).length`) }
}

const OPTIONS = { runOnly: TAGS, resultTypes: ['violations'] }

/** Runs in the browser. */
const LOOK = `axe.run(document, ${JSON.stringify(OPTIONS)}).then(({ violations }) =>
  violations.flatMap(({ id, help, helpUrl, nodes }) =>
    nodes.map(({ target, failureSummary }) => {
      const why = (failureSummary ?? '').split('\\n').slice(1).join(' ').trim()
      return id + ': ' + help + ' at ' + target.join(' ') + ': ' + why + ' (' + helpUrl + ')'
    })))`
