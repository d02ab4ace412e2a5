import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { PAGES } from '../../web/paths.ts'
import { axeRules } from './axe.ts'
import { type Looked, printAxeReport } from './axe-report.ts'
import { openDashboard } from './dashboard.ts'
import { problemsInEveryLook } from './looks.ts'
import { SIZES } from './sizes.ts'
import { VISITS } from './visits.ts'

const REPORT = join(import.meta.dirname, '..', '..', 'docs', 'axe.md')

const acme = openDashboard()
const looked: Looked[] = []
let by = { version: '', rules: 0 }

afterAll(() => {
  // Of a part of the pages there is no report.
  if (!process.env.AXE_REPORT || looked.length < VISITS.length) return
  writeFileSync(REPORT, printAxeReport(looked, { day: new Date().toISOString().slice(0, 10), ...by }))
})

/** Once there is a report, it is held to. */
test.runIf(existsSync(REPORT))(
  'docs/axe.md tells of each page, and nothing else: or run `npm run axe`',
  () => {
    const told = [...readFileSync(REPORT, 'utf8').matchAll(/^\| ([\w-]+) \| `/gm)].map(([, name]) => name)
    expect(told).toEqual(VISITS.map(({ name }) => name))
  },
)

test('every page of the dashboard is visited', () => {
  const visited = new Set(VISITS.map(({ path }) => path))
  expect(PAGES.map(({ path }) => path).filter((path) => !visited.has(path))).toEqual([])
})

// Every other page is opened on a telephone.
test.each(VISITS.map((visit, index) => ({ ...visit, opened: SIZES[index % SIZES.length] })))(
  '$name can be used by everybody, at each width and in both themes',
  async ({ opened, ...visit }) => {
    await using tab = await acme.nextTabOf(visit.who, visit.address(acme.world), opened)
    const problems = await problemsInEveryLook(tab)
    by = await axeRules(tab.page)
    looked.push({ name: visit.name, address: visit.path ?? visit.address(acme.world), problems })
    expect(problems).toEqual({})
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
  const report = printAxeReport([{ name: 'planted', address: '/sign-in', problems }], { day: '', ...by })
  const total = Object.values(problems).flat().length
  expect(report).toContain(`Violations: **${total}**`)
  expect(report).toContain('| planted | `/sign-in` | ')
  expect(report).toContain('- planted, 1280 px, light: image-alt')
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
