import type { Page, Route } from 'playwright-core'
import { expect, test } from 'vitest'
import { openDashboard } from './dashboard.ts'

const acme = openDashboard()

/** Keeps what asks for this path, until it is let go on or refused. */
async function hold(page: Page, path: string) {
  const held: Route[] = []
  const keep = (route: Route) => {
    held.push(route)
  }
  const asked = (url: URL) => url.pathname === path
  await page.route(asked, keep)
  const end = async (each: (route: Route) => Promise<void>) => {
    await Promise.all(held.map(each))
    await page.unroute(asked, keep)
  }
  return {
    held,
    goOn: () => end((route) => route.continue()),
    refuse: () =>
      end((route) =>
        route.fulfill({
          status: 400,
          contentType: 'application/problem+json',
          body: JSON.stringify(PROBLEM),
        }),
      ),
  }
}

const PROBLEM = {
  type: 'about:blank',
  title: 'Not now.',
  status: 400,
  detail: 'Not now.',
  code: 'invalid_request',
  request_id: 'req_a_test',
}

test('the page is busy before its first frame; a first question that fails is asked again', async () => {
  await using tab = await acme.tabOf('owner', '/budgets')
  const { page } = tab
  const self = await hold(page, '/api/v1/tokens/self')
  await page.reload({ waitUntil: 'load' })
  await expect.poll(() => self.held.length).toBe(1)
  expect(await page.locator('#root > [aria-busy="true"]').count()).toBe(1)
  await self.refuse()
  await page.getByText('This did not load').waitFor()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { level: 1 }).waitFor()
})

test('a page is busy until its chart is drawn, and keeps the room for it', async () => {
  await using tab = await acme.tabOf('owner', '/teams')
  const { page } = tab
  const held: Route[] = []
  await page.route(/\/assets\/ChartDrawing-[\w-]+\.js$/, (route) => {
    held.push(route)
  })
  await page.goto(`${acme.world.url}/usage`)
  const chart = page.getByRole('figure')
  const busy = chart.locator('[aria-busy="true"]')
  await busy.waitFor()
  await expect.poll(() => held.length).toBe(1)
  const before = await chart.boundingBox()
  await held[0]?.continue()
  await tab.settled()
  expect(await chart.locator('svg.recharts-surface').count()).toBe(1)
  expect([await busy.count(), await chart.boundingBox()]).toEqual([0, before])
})

test('usage asks for its numbers while who looks is not known, and nothing twice', async () => {
  await using tab = await acme.tabOf('owner', '/training')
  const { page } = tab
  const asked = questionsOf(page)
  const access = await hold(page, '/api/v1/access')
  await page.goto(`${acme.world.url}/usage`, { waitUntil: 'commit' })
  await expect.poll(() => asked.filter((url) => url.startsWith('/api/v1/usage ')).length).toBe(4)
  expect(await page.locator('#root > [aria-busy="true"]').count()).toBe(1)
  await access.goOn()
  await page.getByRole('heading', { level: 1 }).waitFor()
  await tab.settled()
  expect(asked.filter((url, at) => asked.indexOf(url) !== at)).toEqual([])
})

/** What a page asks from now on, but for who looks. */
function questionsOf(page: Page): string[] {
  const asked: string[] = []
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    const isOne = pathname.startsWith('/api/v1/') && !/\/(access|self|organization)$/.test(pathname)
    if (isOne) asked.push(`${pathname} ${search} ${request.postData() ?? ''}`)
  })
  return asked
}

test('choices that are not read yet are said to be, keep what is typed, and say when they fail', async () => {
  await using tab = await acme.tabOf('owner', '/audit')
  const { page } = tab
  const who = page.getByLabel('Who', { exact: true }).first()
  const people = await hold(page, '/api/v1/users')
  await who.click()
  await page.getByText('Reading …').first().waitFor()
  await who.pressSequentially('mateo')
  await expect.poll(() => people.held.length).toBe(1)
  await people.goOn()
  await page.getByRole('option', { name: /Mateo/ }).waitFor()
  expect(await page.getByText('Nothing is called that.').count()).toBe(0)

  await page.reload()
  await tab.settled()
  const again = await hold(page, '/api/v1/users')
  await who.click()
  await expect.poll(() => again.held.length).toBe(1)
  await again.refuse()
  await page.getByText('Not now.').first().waitFor()
})
