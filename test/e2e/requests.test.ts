import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD } from '../people.ts'
import type { People } from './acme-places.ts'
import { openBrowser } from './browser.ts'
import { copied } from './copied.ts'
import { type DashboardWorld, dashboardWorld } from './dashboard-world.ts'
import { watchedPage } from './watched-page.ts'

const LONG_MS = 60_000

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

/** The tab of somebody, with what they press, and their password where it is asked for. */
async function tabOf(who: keyof People) {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  await world.signIn(context, who)
  const { page, open, settled } = await watchedPage(context)
  return {
    page,
    settled,
    open: (path: string) => open(`${world.url}${path}`),
    press: (name: string | RegExp) => page.getByRole('button', { name, exact: true }).first().click(),
    async confirm() {
      const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' })
      await dialog.getByLabel('Your password').fill(PASSWORD)
      await dialog.getByRole('button', { name: 'Confirm', exact: true }).click()
      await dialog.waitFor({ state: 'detached' })
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}

test(
  'an approver follows the link of an old mail, and gives one model in the place of a pattern',
  async () => {
    const { make } = world.stage
    const { builder, admin } = world.people
    const { id } = await make(builder, 'accessRequestCreate', {
      body: {
        kind: 'model',
        reason: 'Compare tones of drafts',
        environmentId: world.places.support.projects.helpdesk.development,
        models: ['claude-*', 'o4-mini'],
        until: new Date(Date.now() + 7 * 86_400_000).toISOString(),
      },
    })
    await using tab = await tabOf('admin')
    const { page } = tab
    await tab.open(`/access-requests/${id}`)
    expect(new URL(page.url()).pathname).toBe(`/requests/${id}`)
    await tab.press('Approve')
    const models = page.getByRole('dialog').getByLabel('Models')
    await models.press('Backspace')
    await models.press('Backspace')
    await models.fill('claude-sonnet-5')
    await models.press('Enter')
    await models.press('Escape')
    await tab.press('Approve less')
    await tab.confirm()
    await page.getByText('approved', { exact: true }).first().waitFor()
    const { request } = await make(admin, 'accessRequestView', { params: { accessRequestId: id } })
    expect([request.state, request.narrowed]).toEqual(['approved', { models: ['claude-sonnet-5'] }])
  },
  LONG_MS,
)

test(
  'a key is opened from the link that its owner was sent, once and by nobody else',
  async () => {
    const { make, owner } = world.stage
    const { delivery } = await make(owner, 'deliveryCreate', {
      body: {
        environmentId: world.places.search.projects.catalogue.development,
        userId: world.people.developer.userId,
        name: 'mateo-suggest',
      },
    })
    const link = `/my-keys?delivery=${delivery.id}`

    await using stranger = await tabOf('builder')
    await stranger.open(link)
    await stranger.page.getByText('There is no key here for you to open').waitFor()

    await using tab = await tabOf('developer')
    const { page } = tab
    await tab.open(`/delivery/${delivery.id}`)
    expect(page.url()).toBe(`${world.url}${link}`)
    const row = page.getByRole('row', { name: /mateo-suggest/ })
    await row.getByRole('button', { name: 'Open', exact: true }).click()
    await tab.confirm()
    await tab.press('Copy')
    const secret = await copied(page)
    await tab.press('I have saved it')
    await row.waitFor({ state: 'detached' })
    const headers = { authorization: `Bearer ${secret}` }
    expect((await fetch(`${world.app.url}/v1/models`, { headers })).status).toBe(200)
    expect(page.url()).toBe(`${world.url}/my-keys`)

    await tab.open(link)
    await page.getByText(/The key mateo-suggest was opened on .* shown only once/).waitFor()
    expect(await page.content()).not.toContain(secret)
  },
  LONG_MS,
)

test(
  'whoever reads a version that was replaced meanwhile reads the new one',
  async () => {
    const { make, owner } = world.stage
    const about = { title: 'Care with drafts', required: true }
    const { id: documentId } = await make(owner, 'documentCreate', { body: about })
    const publish = (body: string) =>
      make(owner, 'documentPublish', { params: { documentId }, body: { body } })
    await publish('Read each draft.')

    await using tab = await tabOf('developer')
    const { page } = tab
    await tab.open(`/training/${documentId}`)
    expect(page.url()).toBe(`${world.url}/documents?document=${documentId}`)
    await page.getByText('Read each draft.').waitFor()
    await publish('Read each draft twice.')
    await tab.press('I have read this and will keep to it')
    await page.getByText('There is a new version of this text').waitFor()
    await page.getByText('Read each draft twice.').waitFor()
    await tab.press('I have read this and will keep to it')
    await page.getByRole('heading', { name: 'Thank you' }).waitFor()
  },
  LONG_MS,
)
