import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { insertUsageRow } from '../usage-row.ts'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'

const acme = openDashboard()

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

/** Waits until the sentence under the title says this, and returns all of it. */
async function leadOf(page: Page, text: RegExp): Promise<string> {
  const lead = page.locator('header p').first().filter({ hasText: text })
  return (await lead.textContent()) ?? ''
}

/** Waits until the address keeps this, and nothing else. */
async function keeps(page: Page, search: Record<string, string>): Promise<void> {
  await expect.poll(() => Object.fromEntries(new URL(page.url()).searchParams)).toEqual(search)
}

/** Waits until the table has these rows. */
async function hasRows(page: Page, ...names: string[]): Promise<void> {
  const rows = page.getByRole('table').getByRole('rowheader')
  await expect.poll(() => rows.allTextContents()).toEqual(names)
}

test('an analyst groups by model and team, looks into a team, saves that and takes it along', async () => {
  await using tab = await acme.tabOf('analyst', '/usage')
  const { page, settled, troubles } = tab
  await leadOf(page, /You see the usage of everybody in Acme\.$/)

  await choose(page, 'Group by', 'Model')
  await choose(page, 'Then by', 'Team')
  await settled()
  await keeps(page, { by: 'model,team' })
  await page.getByRole('table').getByRole('link', { name: 'Support', exact: true }).first().click()
  await settled()
  await keeps(page, { by: 'model', team: acme.world.places.support.id })
  await page.getByText('Team: Support').waitFor()
  await hasRows(page, 'claude-sonnet-5')

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
  await keeps(page, { by: 'model,team' })
  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByRole('link', { name: 'Support by model' }).click()
  await settled()
  await keeps(page, { by: 'model', team: acme.world.places.support.id })
  expect(await troubles()).toEqual([])
})

test('what was sent to a model is the same on the pages of models and of usage; what was refused is only in the latter', async () => {
  const { app, keys, providers } = acme.world
  // Less than 30 days ago, and before the first of the last 30 days.
  const admittedAt = new Date(Date.now() - 30 * 86_400_000 + 60_000)
  const { id: keyId, secretId, place } = keys.grace
  const sonnet = { model: 'claude-sonnet-5', providerId: providers.anthropic.id, costNanoUsd: 7_000_000_000n }
  const whose = { keyId, secretId, ...place, tags: '{}' }
  await insertUsageRow(app, { id: newId('use'), ...whose, ...sonnet, admittedAt, settledAt: admittedAt })
  await using tab = await acme.tabOf('owner', '/models?search=claude-sonnet-5')
  const { page, open, settled, troubles } = tab
  const cell = page.getByRole('table').getByRole('row').filter({ hasText: 'anthropic/claude-sonnet-5' })
  const sent = await cell.getByRole('cell').filter({ hasText: /calls/ }).textContent()
  const [, costSent, callsSent] = /^(\$[\d,]+\.\d\d)([\d,]+) calls$/.exec(sent ?? '') ?? []
  await open('/usage?model=claude-sonnet-5&by=provider')
  await settled()
  const rows = await page.getByRole('table').getByRole('row').allInnerTexts()
  const [name, cost, ...others] = rows.find((row) => row.startsWith('anthropic'))?.split(/\s+/) ?? []
  expect(costSent).toBe(cost)
  expect([name, ...others]).toContain(callsSent)
  expect(rows.some((row) => row.startsWith('Sent to no provider'))).toBe(true)
  expect(await troubles()).toEqual([])
})

test('a field that is searched says that its list is open, also the first time', async () => {
  await using tab = await acme.tabOf('owner', '/usage')
  const { page, settled } = tab
  await settled()
  const zone = page.getByRole('combobox', { name: 'Time zone' })
  await zone.focus()
  const list = page.getByRole('listbox', { name: 'Time zone' })
  await list.waitFor()
  expect(await zone.getAttribute('aria-expanded')).toBe('true')
  expect(await zone.getAttribute('aria-controls')).toBe(await list.getAttribute('id'))
})

test('a chart says its numbers to who comes by the keyboard, and as a table', async () => {
  await using tab = await acme.tabOf('analyst', '/usage?range=7d')
  const { page, settled, troubles } = tab
  const figure = page.getByRole('figure', { name: 'Cost by model, each day' })
  await figure.getByRole('application', { name: 'Cost by model, each day' }).focus()
  await page.keyboard.press('ArrowRight')
  await figure.getByRole('status').waitFor()
  await expect.poll(() => figure.getByRole('status').textContent()).toMatch(/claude-[a-z0-9-]+\$\d/)
  await figure.getByRole('button', { name: 'View as table' }).click()
  await expect.poll(() => figure.getByRole('table').getByRole('rowheader').count()).toBe(7)
  await settled()
  expect(await troubles()).toEqual([])
})

test('what is shown as a table, and in which order, stands in the address', async () => {
  await using tab = await acme.tabOf('analyst', '/usage?range=7d')
  const { page, settled, troubles } = tab
  const ranking = page.getByRole('table', { name: 'Cost by model', exact: true })
  await page.getByRole('button', { name: 'View as table' }).click()
  await ranking.getByRole('button', { name: 'Calls', exact: true }).click()
  await page.getByRole('figure').getByRole('table').getByRole('button', { name: 'Day' }).click()
  await keeps(page, { range: '7d', table: 'time', sort: '-calls', tableOrder: 'point' })
  await page.reload()
  await settled()
  const sorted = (name: RegExp) => page.getByRole('columnheader', { name }).first().getAttribute('aria-sort')
  expect(await sorted(/^Day/)).toBe('ascending')
  expect(await ranking.getByRole('columnheader', { name: /^Calls/ }).getAttribute('aria-sort')).toBe(
    'descending',
  )
  await page.getByRole('button', { name: 'View as chart' }).click()
  await keeps(page, { range: '7d', sort: '-calls' })
  expect(await troubles()).toEqual([])
})

test('a day is shown by the hour, as a chart, a table and a file; a month cannot be', async () => {
  await using tab = await acme.tabOf('analyst', '/usage?range=24h&zone=Asia/Kolkata')
  const { page, settled, troubles } = tab
  const figure = page.getByRole('figure', { name: 'Cost by model, each hour' })
  await figure.getByRole('button', { name: 'View as table' }).click()
  const hours = figure.getByRole('table').getByRole('rowheader')
  await expect.poll(() => hours.count()).toBe(25)
  expect(await hours.last().textContent()).toMatch(/:00.[AP]M, so far$/)
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
  const hour = page.getByRole('option', { name: 'Hour' })
  await expect.poll(() => hour.getAttribute('data-combobox-disabled')).toBe('true')
  expect(await troubles()).toEqual([])
})

test('from a tag one looks into a value of it, saves that, and narrows to another tag by its name', async () => {
  await using tab = await acme.tabOf('analyst', '/usage?by=tag:cost-center')
  const { page, settled, troubles } = tab
  await page.getByRole('table').getByRole('link', { name: '4712', exact: true }).click()
  await settled()
  await keeps(page, { by: 'team', 'tag:cost-center': '4712' })
  await page.getByText('Tag cost-center: 4712').waitFor()
  await hasRows(page, 'Search')

  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByRole('button', { name: 'Save this view' }).click()
  await page.getByLabel('Name').fill('Account 4712')
  await page.getByRole('button', { name: 'Save view', exact: true }).click()
  await gone(page.getByRole('dialog'))
  await page.getByRole('button', { name: 'Show more than Tag cost-center: 4712' }).click()
  await settled()
  await keeps(page, { by: 'team' })

  await choose(page, 'Add a filter', 'A tag …')
  await page.getByRole('textbox', { name: 'Name of the tag' }).fill('cost-center')
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name: /^4711 \(\$/ }).click()
  await settled()
  await keeps(page, { by: 'team', 'tag:cost-center': '4711' })
  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByRole('link', { name: 'Account 4712' }).click()
  await settled()
  await keeps(page, { by: 'team', 'tag:cost-center': '4712' })
  expect(await troubles()).toEqual([])
})

test('calls without a known price are told of, and shown alone', async () => {
  await using tab = await acme.tabOf('analyst', '/usage')
  const { page, settled, troubles } = tab
  const notice = page.getByRole('status').filter({ hasText: 'no known price' })
  await expect
    .poll(() => notice.textContent())
    .toMatch(/^3 calls have no known price: the \$1\.23 that was held for them is in the sums instead\. /)
  await notice.getByRole('link', { name: 'Show only these calls' }).click()
  await settled()
  await keeps(page, { priced: 'no' })
  await hasRows(page, 'gpt-5.5')
  await gone(notice)
  await page.getByRole('button', { name: 'Show more than Price: not known' }).click()
  await notice.waitFor()
  expect(await troubles()).toEqual([])
})

test('a developer sees what their roles reach, and is told so', async () => {
  await using tab = await acme.tabOf('developer', '/usage')
  const { page, troubles } = tab
  const lead = await leadOf(page, /You see the usage of .*your own keys\.$/)
  expect(lead).not.toContain('everybody')
  expect(await page.getByRole('table').getByText('claude-sonnet-5').count()).toBe(0)
  expect(await troubles()).toEqual([])
})

test('in a language written from right to left, dates and sums keep their place in a sentence', async () => {
  await using tab = await acme.tabOf('analyst', '/usage?range=7d', { locale: 'ar-EG' })
  const { page, troubles } = tab
  const said = await page.getByRole('figure').first().locator('figcaption').textContent()
  expect(said).toMatch(/^Most on \u2068[^\u2069]+\u2069: \u2068[^\u2069]+\u2069\.$/)
  await leadOf(page, /^Cost .*\u2068[^\u2069]+\u2069/)
  expect(await troubles()).toEqual([])
})
