import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { type DashboardWorld, dashboardWorld } from './dashboard-world.ts'
import { gone } from './gone.ts'
import { watchedPage } from './watched-page.ts'

let world: DashboardWorld
let browser: Browser
beforeAll(async () => {
  world = await dashboardWorld()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

async function asked(who: 'analyst' | 'developer', path: string) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US' })
  await world.signIn(context, who)
  const watched = await watchedPage(context)
  await watched.open(`${world.url}${path}`)
  return { ...watched, [Symbol.asyncDispose]: () => context.close() }
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

const searchOf = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams)

test('an analyst groups by model and team, looks into a team, saves that and takes it along', async () => {
  await using session = await asked('analyst', '/usage')
  const { page, settled, troubles } = session
  expect(await page.locator('header p').first().textContent()).toMatch(
    /You see the usage of everybody in Acme\.$/,
  )

  await choose(page, 'Group by', 'Model')
  await choose(page, 'Then by', 'Team')
  await settled()
  expect(searchOf(page)).toEqual({ by: 'model,team' })
  await page.getByRole('table').getByRole('link', { name: 'Support', exact: true }).first().click()
  await settled()
  expect(searchOf(page)).toEqual({ by: 'model', team: world.places.support.id })
  await page.getByText('Team: Support').waitFor()
  const rows = page.getByRole('table').getByRole('rowheader')
  expect(await rows.allTextContents()).toEqual(['claude-sonnet-5'])

  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByRole('button', { name: 'Save this view' }).click()
  await page.getByLabel('Name').fill('Support by model')
  await page.getByRole('button', { name: 'Save view', exact: true }).click()
  await gone(page.getByRole('dialog'))

  await page.getByRole('button', { name: 'Export CSV' }).click()
  const [table] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /^The table/ }).click(),
  ])
  const [head, line, end] = (await readFile(await table.path(), 'utf8')).split('\r\n')
  expect(head).toMatch(/^model,model_id,from,to,cost_usd,/)
  expect(line).toMatch(/^claude-sonnet-5,claude-sonnet-5,20\d\d-\d\d-\d\dT\S+Z,/)
  expect(end).toBe('')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const [calls] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /^Each call/ }).click(),
  ])
  const teams = (await readFile(await calls.path(), 'utf8')).trimEnd().split('\r\n').slice(1)
  expect(new Set(teams.map((line) => line.split(',')[3]))).toEqual(new Set(['Support']))

  await page.goBack()
  await settled()
  expect(searchOf(page)).toEqual({ by: 'model,team' })
  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByRole('link', { name: 'Support by model' }).click()
  await settled()
  expect(searchOf(page)).toEqual({ by: 'model', team: world.places.support.id })
  expect(await troubles()).toEqual([])
})

test('a chart says its numbers to who comes by the keyboard, and as a table', async () => {
  await using session = await asked('analyst', '/usage?range=7d')
  const { page, settled, troubles } = session
  const figure = page.getByRole('figure', { name: 'Cost by model, each day' })
  await figure.getByRole('application', { name: 'Cost by model, each day' }).focus()
  await page.keyboard.press('ArrowRight')
  await figure.getByRole('status').waitFor()
  expect(await figure.getByRole('status').textContent()).toMatch(/claude-[a-z0-9-]+\$\d/)
  await figure.getByRole('button', { name: 'View as table' }).click()
  expect(await figure.getByRole('table').getByRole('rowheader').count()).toBe(7)
  await settled()
  expect(await troubles()).toEqual([])
})

test('a day is shown by the hour, as a chart, a table and a file; a month cannot be', async () => {
  await using session = await asked('analyst', '/usage?range=24h&zone=Asia/Kolkata')
  const { page, settled, troubles } = session
  const figure = page.getByRole('figure', { name: 'Cost by model, each hour' })
  await figure.getByRole('button', { name: 'View as table' }).click()
  const hours = await figure.getByRole('table').getByRole('rowheader').allTextContents()
  expect(hours).toHaveLength(25)
  expect(hours.at(-1)).toMatch(/:00.[AP]M, so far$/)
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /^Each hour \(/ }).click(),
  ])
  const [head, ...lines] = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n')
  expect(head).toMatch(/^hour,model,model_id,cost_usd,calls,/)
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) expect(line).toMatch(/^20\d\d-\d\d-\d\dT\d\d:00\+05:30,/)

  await choose(page, 'Each bar', 'Day')
  await page.getByRole('figure', { name: 'Cost by model, each day' }).waitFor()
  await choose(page, 'Time', 'Last 30 days')
  await settled()
  await page.getByRole('combobox', { name: 'Each bar', exact: true }).click()
  expect(await page.getByRole('option', { name: 'Hour' }).getAttribute('data-combobox-disabled')).toBe('true')
  expect(await troubles()).toEqual([])
})

test('from a tag one looks into a value of it, saves that, and narrows to another tag by its name', async () => {
  await using session = await asked('analyst', '/usage?by=tag:cost-center')
  const { page, settled, troubles } = session
  await page.getByRole('table').getByRole('link', { name: '4712', exact: true }).click()
  await settled()
  expect(searchOf(page)).toEqual({ by: 'team', 'tag:cost-center': '4712' })
  await page.getByText('Tag cost-center: 4712').waitFor()
  expect(await page.getByRole('table').getByRole('rowheader').allTextContents()).toEqual(['Search'])

  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByRole('button', { name: 'Save this view' }).click()
  await page.getByLabel('Name').fill('Account 4712')
  await page.getByRole('button', { name: 'Save view', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Show more than Tag cost-center: 4712' }).click()
  await settled()
  expect(searchOf(page)).toEqual({ by: 'team' })

  await choose(page, 'Add a filter', 'A tag …')
  await page.getByRole('textbox', { name: 'Name of the tag' }).fill('cost-center')
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name: /^4711 \(\$/ }).click()
  await settled()
  expect(searchOf(page)).toEqual({ by: 'team', 'tag:cost-center': '4711' })
  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByRole('link', { name: 'Account 4712' }).click()
  await settled()
  expect(searchOf(page)).toEqual({ by: 'team', 'tag:cost-center': '4712' })
  expect(await troubles()).toEqual([])
})

test('calls without a known price are told of, and shown alone', async () => {
  await using session = await asked('analyst', '/usage')
  const { page, settled, troubles } = session
  const notice = page.getByRole('status').filter({ hasText: 'no known price' })
  expect(await notice.textContent()).toMatch(
    /^3 calls have no known price: the \$1\.23 that was held for them is in the sums instead\. /,
  )
  await notice.getByRole('link', { name: 'Show only these calls' }).click()
  await settled()
  expect(searchOf(page)).toEqual({ priced: 'no' })
  expect(await page.getByRole('table').getByRole('rowheader').allTextContents()).toEqual(['gpt-5.5'])
  expect(await notice.count()).toBe(0)
  await page.getByRole('button', { name: 'Show more than Price: not known' }).click()
  await notice.waitFor()
  expect(await troubles()).toEqual([])
})

test('a developer sees what their roles reach, and is told so', async () => {
  await using session = await asked('developer', '/usage')
  const { page, troubles } = session
  const lead = await page.locator('header p').first().textContent()
  expect(lead).toMatch(/You see the usage of .*your own keys\.$/)
  expect(lead).not.toContain('everybody')
  expect(await page.getByRole('table').getByText('claude-sonnet-5').count()).toBe(0)
  expect(await troubles()).toEqual([])
})
