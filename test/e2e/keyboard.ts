import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

const MOST_STOPS = 80
const PATIENCE_MS = 10_000
const STEP_MS = 30
const STILL_MS = 2_000

/** Somebody who has a keyboard and nothing else. */
export type Keyboard = {
  press(key: string): Promise<void>
  type(text: string): Promise<void>
  /** Goes on with Tab until `target` has the focus, which has to be seen at every stop. */
  tabTo(target: Locator): Promise<void>
  /** The same, then Enter. */
  choose(target: Locator): Promise<void>
  /** Waits until `target` has the focus by itself, as in a dialog that opens. */
  finds(target: Locator): Promise<void>
}

export function keyboardOf(page: Page): Keyboard {
  const press = (key: string) => page.keyboard.press(key)
  const tabTo = async (target: Locator) => {
    await target.waitFor({ timeout: PATIENCE_MS })
    const stops: string[] = []
    while (!(await hasFocus(target))) {
      if (stops.length === MOST_STOPS) {
        throw new Error(`Tab never came to ${target}. It stopped at:\n${stops.join('\n')}`)
      }
      await press('Tab')
      const stop = await lookAt(page)
      stops.push(stop.name)
      expect(stop.problems, stop.name).toEqual([])
    }
  }
  return {
    press,
    type: (text) => page.keyboard.type(text),
    tabTo,
    async choose(target) {
      await tabTo(target)
      await press('Enter')
    },
    async finds(target) {
      const end = Date.now() + PATIENCE_MS
      while (!(await hasFocus(target))) {
        if (Date.now() > end) {
          throw new Error(
            `${target} never had the focus, but ${((await page.evaluate(FOCUSED)) as Stop).name}`,
          )
        }
        await page.waitForTimeout(STEP_MS)
      }
    },
  }
}

/** What has the focus. What is wrong with it may be so only while something opens, closes or scrolls. */
async function lookAt(page: Page): Promise<Stop> {
  const end = Date.now() + STILL_MS
  for (;;) {
    const stop = (await page.evaluate(FOCUSED)) as Stop
    if (stop.problems.length === 0 || Date.now() > end) return stop
    await page.waitForTimeout(STEP_MS)
  }
}

type Stop = { name: string; problems: string[] }

function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluateAll((elements) => elements.some((element) => element.matches(':focus')))
}

/**
 * Runs in the browser: what has the focus, and what is wrong with it. It has to be marked, in view and not covered; no part
 * of the page may force an order of its own; and while a dialog is open the focus stays in it.
 */
const FOCUSED = `(() => {
  const element = document.activeElement
  const problems = []
  const name = element.tagName.toLowerCase() + ' ' + (element.ariaLabel ?? element.labels?.[0]?.textContent ?? element.textContent).trim().slice(0, 60)
  if (element === document.body) return { name: 'the page itself', problems }
  const marks = (of, pseudo) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(of, pseudo)
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
  }
  const border = getComputedStyle(element).borderColor
  const marked = element.matches(':focus-visible') &&
    (marks(element) || marks(element, '::before') || marks(element, '::after') ||
      [...(element.parentElement?.children ?? []), element.parentElement].some((near) => near && marks(near)) ||
      element.matches('input,textarea,select') && border !== 'rgba(0, 0, 0, 0)')
  if (!marked) problems.push('nothing shows that it has the focus')
  const box = element.getBoundingClientRect()
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1)
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 1), innerHeight - 1)
  if (box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth) problems.push('out of view')
  else if (box.width > 2) {
    const top = document.elementFromPoint(x, y)
    const near = top && (element.contains(top) || top.contains(element) || top.closest('label')?.control === element ||
      element.parentElement?.contains(top))
    if (!near) problems.push('covered by ' + (top?.className ?? 'nothing'))
  }
  for (const forced of document.querySelectorAll('[tabindex]')) {
    if (forced.tabIndex > 0) problems.push('tabindex ' + forced.tabIndex + ' on ' + forced.tagName)
  }
  const dialogs = [...document.querySelectorAll('[role=dialog],dialog[open]')].filter((dialog) => dialog.checkVisibility())
  if (dialogs.length > 0 && !dialogs.some((dialog) => dialog.contains(element)) && !element.closest('[role=menu],[role=listbox]')) {
    problems.push('outside of the dialog that is open')
  }
  return { name, problems }
})()`
