import type { Page } from 'playwright-core'

/**
 * What is wrong with the shape of a page: it scrolls sideways, something is past its edge, it has not exactly one first
 * heading, or no title.
 */
export async function layoutProblems(page: Page): Promise<string[]> {
  return (await page.evaluate(LOOK)) as string[]
}

/** Runs in the browser. What a scrolling or clipping ancestor holds may be as wide as it likes. */
const LOOK = `(() => {
  const problems = []
  const root = document.documentElement
  const width = root.clientWidth
  const name = (element) => {
    const text = (element.textContent ?? '').trim().slice(0, 40)
    return '<' + element.tagName.toLowerCase() + ' class="' + (element.getAttribute('class') ?? '') + '"> ' + text
  }
  const held = (element) => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== 'visible') return true
    }
    return false
  }
  if (root.scrollWidth > width) problems.push('scrolls sideways: ' + root.scrollWidth + ' px in ' + width)
  const past = [...document.body.querySelectorAll('*')].filter((element) => {
    const box = element.getBoundingClientRect()
    return box.width > 1 && box.height > 1 && box.right > width + 1 && box.left < width && !held(element)
  })
  for (const element of past.slice(-3)) problems.push('past the edge: ' + name(element))
  const headings = [...document.querySelectorAll('h1')].map((heading) => heading.textContent)
  if (headings.length !== 1) problems.push('first headings: ' + JSON.stringify(headings))
  if (document.title.trim() === '') problems.push('no title')
  return problems
})()`
