import { expect, test } from 'vitest'
import { PAGES } from '../../web/paths.ts'
import { openDashboard } from './dashboard.ts'
import { problemsInEveryLook } from './looks.ts'
import { SIZES } from './sizes.ts'
import { VISITS } from './visits.ts'

const acme = openDashboard()

test('every page of the dashboard is visited', () => {
  const visited = new Set(VISITS.map(({ path }) => path))
  expect(PAGES.map(({ path }) => path).filter((path) => !visited.has(path))).toEqual([])
})

// Every other page is opened on a telephone.
test.each(VISITS.map((visit, index) => ({ ...visit, opened: SIZES[index % SIZES.length] })))(
  '$name can be used by everybody, at each width and in both themes',
  async ({ opened, ...visit }) => {
    await using tab = await acme.nextTabOf(visit.who, visit.address(acme.world), opened)
    expect(await problemsInEveryLook(tab)).toEqual({})
    expect(await tab.troubles(visit)).toEqual([])
  },
)

test('what somebody could not use is found', async () => {
  await using tab = await acme.tabOf(null, '/sign-in')
  await tab.page.evaluate(`
    document.querySelector('h1').insertAdjacentHTML('afterend', '<p class="faint">Faint</p><img src="/favicon.svg"><p class="wide">Wide</p>')
    const style = new CSSStyleSheet()
    style.replaceSync(
      '@media (prefers-color-scheme: dark) { .faint { color: #555; background: #444 } }' +
      '@media (max-width: 400px) { .wide { width: 500px } }')
    document.adoptedStyleSheets = [style]`)
  const problems = await problemsInEveryLook(tab)
  const rules = Object.entries(problems).map(([look, found]) => [
    look,
    [...new Set(found.map((one) => one.split(':')[0]))],
  ])
  expect(Object.fromEntries(rules)).toEqual({
    '1280 px, light': ['image-alt'],
    '1280 px, dark': ['color-contrast', 'image-alt'],
    '390 px, light': ['image-alt', 'scrolls sideways', 'past the edge'],
    '390 px, dark': ['color-contrast', 'image-alt', 'scrolls sideways', 'past the edge'],
  })
})
