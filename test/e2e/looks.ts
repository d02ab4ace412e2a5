import type { Page } from 'playwright-core'
import { accessibilityProblems } from './axe.ts'
import { lookOf } from './axe-report.ts'
import { layoutProblems } from './layout.ts'
import { SIZES, THEMES } from './sizes.ts'
import type { WatchedPage } from './watched-page.ts'

/**
 * What axe finds wrong with an open page, and what is wrong with its shape, in each size and each theme: by name of the
 * look. The size that the page was opened in comes first. It stays open meanwhile, as when somebody turns a telephone, or
 * when evening comes.
 */
export async function problemsInEveryLook({ page, settled }: WatchedPage): Promise<Record<string, string[]>> {
  const problems: Record<string, string[]> = {}
  const opened = page.viewportSize()?.width
  const sizes = SIZES.toSorted((a, b) => Number(b.width === opened) - Number(a.width === opened))
  for (const size of sizes) {
    await page.setViewportSize(size)
    await page.evaluate(DRAWN)
    await settled()
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme })
      await page.evaluate(DRAWN)
      const look = lookOf(size.width, colorScheme)
      let found = await lookAt(page)
      if (found.length > 0) {
        // biome-ignore lint/suspicious/noConsole: whoever runs it sees what was wrong for a moment.
        console.warn(`${page.url()} at first, ${look}: ${found.join('; ')}`)
        // Axe looks for a moment, in which the page may draw something anew: what is wrong is so when it rests, too.
        await settled()
        await page.evaluate(DRAWN)
        found = await lookAt(page)
      }
      if (found.length > 0) problems[look] = found
    }
  }
  return problems
}

async function lookAt(page: Page): Promise<string[]> {
  return [...(await accessibilityProblems(page)), ...(await layoutProblems(page))]
}

/**
 * Runs in the browser: ends once the page is drawn as it is now asked to be. What listens to its width and its theme hears
 * of them with the next frame, which a busy machine draws late, and even a transition that takes no time takes a frame.
 */
const DRAWN = `(async () => {
  const frame = () => new Promise(requestAnimationFrame)
  const asked = () => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
  await frame()
  while ((document.documentElement.dataset.mantineColorScheme ?? asked()) !== asked()) await frame()
  await frame()
  const transitions = document.getAnimations().filter((one) => one instanceof CSSTransition)
  await Promise.allSettled(transitions.map(({ finished }) => finished))
})()`
