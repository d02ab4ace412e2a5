import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { startOfDay } from '../../web/zoned.ts'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'

const acme = openDashboard()
const SLOW_BYTES_PER_SECOND = 40_000
const BREAKS_AFTER_MS = 500

/** All calls of the last month and more, by fixed days: the same ones whenever they are asked for. */
function monthOf(): { path: string; from: string; to: string } {
  const day = (distance: number) => new Date(Date.now() + distance * 86_400_000).toISOString().slice(0, 10)
  const [from, to] = [day(-40), day(1)]
  return { path: `/access-log?range=custom&from=${from}&to=${to}`, from, to }
}

/** Makes the network of a page as slow as this, or as fast as it can be. */
async function networkOf(page: Page): Promise<(bytesPerSecond: number | null) => Promise<void>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  return async (bytesPerSecond) => {
    const downloadThroughput = bytesPerSecond ?? -1
    const conditions = { offline: false, latency: 0, uploadThroughput: -1, downloadThroughput }
    await session.send('Network.emulateNetworkConditions', conditions)
  }
}

/** Begins an answer on loopback, and breaks the connection off in the middle of it. */
async function breakingServer(begin: string): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/csv' })
    response.write(begin)
    setTimeout(() => response.destroy(), BREAKS_AFTER_MS)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

test('the access log is exported whole: it says how far it is, is called off, fails, and is finished', async () => {
  const { path, from } = monthOf()
  await using tab = await acme.tabOf('analyst', path)
  const { page, troubles } = tab
  const throttle = await networkOf(page)
  const saved: string[] = []
  page.on('download', (file) => saved.push(file.suggestedFilename()))
  const begin = page.getByRole('button', { name: 'Export all as CSV' })
  const progress = page.getByRole('progressbar', { name: 'Exported so far' })

  await throttle(SLOW_BYTES_PER_SECOND)
  await begin.click()
  await expect
    .poll(() => progress.getAttribute('aria-valuetext'), { timeout: 30_000 })
    .toMatch(/^[1-9][\d,]* of about [\d,]+ calls, [\d.]+ [kM]B$/)
  await page.getByText(/^Exporting: [1-9][\d,]* of about/).waitFor()
  // The page does other things meanwhile.
  await page.getByRole('switch', { name: 'Live' }).press('Space')
  await page.getByText('Asks again every 3 seconds.').waitFor()
  await page.getByRole('switch', { name: 'Live' }).press('Space')
  const [stopped] = await Promise.all([
    page.waitForEvent('requestfailed', (request) => request.url().includes('/requests/export')),
    page.getByRole('button', { name: 'Cancel' }).click(),
  ])
  expect(stopped.failure()?.errorText).toBe('net::ERR_ABORTED')
  await page.getByRole('status').filter({ hasText: 'The export was stopped. Nothing is saved.' }).waitFor()
  await begin.waitFor()
  await gone(progress)
  expect(saved).toEqual([])
  await throttle(null)
  expect(await troubles()).toEqual([])

  await page.route('**/requests/export?*', (route) => route.abort('connectionreset'))
  await begin.click()
  const failure = page
    .getByRole('alert')
    .filter({ hasText: 'Nothing was exported. Claviger was not reached.' })
  await failure.waitFor()
  await page.unroute('**/requests/export?*')
  expect(await troubles()).toHaveLength(1)

  const [file, asked] = await Promise.all([
    page.waitForEvent('download'),
    page.waitForRequest((request) => request.url().includes('/requests/export')),
    failure.getByRole('button', { name: 'Try again' }).click(),
  ])
  expect(file.suggestedFilename()).toBe('calls.csv')
  await page
    .getByRole('status')
    .filter({ hasText: /^[\d,]+ calls are saved\.$/ })
    .waitFor()
  await gone(failure)
  // The browser is in another zone than the organization.
  expect(new URL(asked.url()).searchParams.get('from')).toBe(startOfDay(from, 'Europe/Berlin').toISOString())
  const text = await readFile(await file.path(), 'utf8')
  const answer = await tab.context.request.get(asked.url())
  expect(text).toBe(await answer.text())
  const loaded = await page.getByRole('table', { name: 'Calls' }).getByRole('rowheader').count()
  expect(text.split('\r\n').length).toBeGreaterThan(10 * loaded)
  expect(await troubles()).toEqual([])
})

test('an export that breaks off says where, saves nothing, and can be begun again', async () => {
  const { path } = monthOf()
  await using tab = await acme.tabOf('analyst', path)
  const { page } = tab
  const saved: string[] = []
  page.on('download', (file) => saved.push(file.suggestedFilename()))
  await using half = await breakingServer('time,model\r\n1,a\r\n2,b\r\n')
  await page.route('**/requests/export?*', (route) => route.continue({ url: half.url }))
  await page.getByRole('button', { name: 'Export all as CSV' }).click()
  const failure = page.getByRole('alert').filter({ hasText: /^The connection broke off after 2 / })
  await failure
    .getByText(/calls, 1 kB.* Nothing is saved: half a file would look like a whole one\.$/)
    .waitFor()
  expect(saved).toEqual([])
  await page.unroute('**/requests/export?*')
  await Promise.all([
    page.waitForEvent('download'),
    failure.getByRole('button', { name: 'Try again' }).click(),
  ])
  await gone(failure)
})

test('who leaves the page stops its export, and is told so', async () => {
  await using tab = await acme.tabOf('analyst', monthOf().path)
  const { page, settled } = tab
  // Its code is there by then.
  await page.getByRole('navigation').getByRole('link', { name: 'Home', exact: true }).click()
  await page.waitForURL((url) => url.pathname === '/')
  await settled()
  await page.goBack()
  await settled()
  const throttle = await networkOf(page)
  await throttle(SLOW_BYTES_PER_SECOND)
  await page.getByRole('button', { name: 'Export all as CSV' }).click()
  await page.getByRole('progressbar', { name: 'Exported so far' }).waitFor()
  await Promise.all([
    page.waitForEvent('requestfailed', (request) => request.url().includes('/requests/export')),
    page.goForward(),
  ])
  await page.getByRole('status').filter({ hasText: 'The export was stopped. Nothing is saved.' }).waitFor()
})

test('the audit trail is exported with its proof, and as a table', async () => {
  await using tab = await acme.tabOf('owner', '/audit?tab=proof')
  const { page, troubles } = tab
  for (const [name, file, first] of [
    ['Export with its proof (JSON lines)', 'audit.jsonl', /^\{"specversion"/],
    ['Export as a table (CSV)', 'audit.csv', /^position,id,at,/],
  ] as const) {
    const button = page.getByRole('button', { name })
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
    expect(download.suggestedFilename()).toBe(file)
    expect(await readFile(await download.path(), 'utf8')).toMatch(first)
    await expect
      .poll(() => button.evaluate((element) => element === element.ownerDocument.activeElement))
      .toBe(true)
  }
  expect(await troubles()).toEqual([])
})
