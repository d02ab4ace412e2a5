import { expect, test } from 'vitest'
import type { People } from './acme-places.ts'
import { confirm } from './confirm.ts'
import { copied } from './copied.ts'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'

const acme = openDashboard()

/** The tab of somebody, with what they press. */
async function tabOf(who: keyof People, path: string) {
  const tab = await acme.tabOf(who, path)
  return {
    ...tab,
    press: (name: string | RegExp) => tab.page.getByRole('button', { name, exact: true }).first().click(),
  }
}

test('an approver follows the link of an old mail, and gives one model in the place of a pattern', async () => {
  const { stage, people, places } = acme.world
  const { make } = stage
  const { builder, admin } = people
  const { id } = await make(builder, 'accessRequestCreate', {
    body: {
      kind: 'model',
      reason: 'Compare tones of drafts',
      environmentId: places.support.projects.helpdesk.development,
      models: ['claude-*', 'o4-mini'],
      until: new Date(Date.now() + 7 * 86_400_000).toISOString(),
    },
  })
  await using tab = await tabOf('admin', `/access-requests/${id}`)
  const { page } = tab
  await page.waitForURL(`${acme.world.url}/requests/${id}`)
  await tab.press('Approve')
  const models = page.getByRole('dialog').getByLabel('Models')
  await models.press('Backspace')
  await models.press('Backspace')
  await models.fill('claude-sonnet-5')
  await models.press('Enter')
  await models.press('Escape')
  await tab.press('Approve less')
  await confirm(page)
  await page.getByText('approved', { exact: true }).first().waitFor()
  const { request } = await make(admin, 'accessRequestView', { params: { accessRequestId: id } })
  expect([request.state, request.narrowed]).toEqual(['approved', { models: ['claude-sonnet-5'] }])
})

test('a key is opened from the link that its owner was sent, once and by nobody else', async () => {
  const { make, owner } = acme.world.stage
  const { delivery } = await make(owner, 'deliveryCreate', {
    body: {
      environmentId: acme.world.places.search.projects.catalogue.development,
      userId: acme.world.people.developer.userId,
      name: 'mateo-suggest',
    },
  })
  const link = `/my-keys?delivery=${delivery.id}`

  await using stranger = await tabOf('builder', link)
  await stranger.page.getByText('There is no key here for you to open').waitFor()

  await using tab = await tabOf('developer', `/delivery/${delivery.id}`)
  const { page } = tab
  await page.waitForURL(`${acme.world.url}${link}`)
  const row = page.getByRole('row', { name: /mateo-suggest/ })
  await row.getByRole('button', { name: 'Open', exact: true }).click()
  await confirm(page)
  const secret = await copied(page, () => tab.press('Copy'))
  await tab.press('I have saved it')
  await gone(row)
  const headers = { authorization: `Bearer ${secret}` }
  expect((await fetch(`${acme.world.app.url}/v1/models`, { headers })).status).toBe(200)
  await page.waitForURL(`${acme.world.url}/my-keys`)

  await tab.open(link)
  await page.getByText(/The key mateo-suggest was opened on .* shown only once/).waitFor()
  expect(await page.content()).not.toContain(secret)
})

test('who has a key, and no role where it lies, asks for one there', async () => {
  const { stage, people, places } = acme.world
  const { developer, owner } = people
  const { helpdesk } = places.support.projects
  const role = { userId: developer.userId, role: 'viewer', projectId: helpdesk.id }
  const { id: grantId } = await stage.make(owner, 'grantCreate', { body: role })
  const body = { environmentId: helpdesk.development, name: 'left behind', userId: developer.userId }
  const { key } = await stage.make(owner, 'keyCreate', { body })
  await stage.make(owner, 'grantRevoke', { params: { grantId } })
  await using tab = await tabOf('developer', `/keys/${key.id}?tab=limits`)
  const { page } = tab
  await page.getByRole('link', { name: 'Request access' }).first().click()
  await page.waitForURL(/new=team/)
  const form = page.getByRole('dialog')
  await expect.poll(() => form.getByRole('combobox', { name: 'Team' }).inputValue()).toBe('Support')
  await form.getByRole('radio', { name: /^Viewer/, checked: true }).waitFor()
})

test('whoever reads a version that was replaced meanwhile reads the new one', async () => {
  const { make, owner } = acme.world.stage
  const about = { title: 'Care with drafts', required: true }
  const { id: documentId } = await make(owner, 'documentCreate', { body: about })
  const publish = (body: string) => make(owner, 'documentPublish', { params: { documentId }, body: { body } })
  await publish('Read each draft.')

  await using tab = await tabOf('developer', `/training/${documentId}`)
  const { page } = tab
  await page.waitForURL(`${acme.world.url}/documents?document=${documentId}`)
  await page.getByText('Read each draft.').waitFor()
  await publish('Read each draft twice.')
  await tab.press('I have read this and will keep to it')
  await page.getByText('There is a new version of this text').waitFor()
  await page.getByText('Read each draft twice.').waitFor()
  await tab.press('I have read this and will keep to it')
  await page.getByRole('heading', { name: 'Thank you' }).waitFor()
})

test('who may not see a page is told which roles would do and who gives them, and asks only for what helps', async () => {
  await using tab = await tabOf('developer', '/audit')
  const { page } = tab
  await page
    .getByText('It comes with the role owner, admin, or analyst of the organization', { exact: false })
    .waitFor()
  await page.getByText(/Jonas Weber.* can give you one/).waitFor()
  expect(await page.getByRole('button', { name: 'Request access' }).count()).toBe(0)
  expect(await page.getByRole('link', { name: 'Request access' }).count()).toBe(0)
  for (const path of ['/people', '/providers', '/settings/sign-in', '/findings']) {
    await tab.open(path)
    await page.getByText(/can give you one/).waitFor()
    expect(await page.getByRole('link', { name: 'Request access' }).count(), path).toBe(0)
  }

  const { support } = acme.world.places
  await tab.open(`/teams/${support.id}?tab=limits`)
  await page.getByRole('link', { name: 'Request access' }).first().click()
  await page.waitForURL(/new=team/)
  const form = page.getByRole('dialog')
  await expect.poll(() => form.getByRole('combobox', { name: 'Team' }).inputValue()).toBe('Support')
  await form.getByRole('radio', { name: /^Viewer/, checked: true }).waitFor()
  await form.getByRole('textbox', { name: 'Why' }).fill('To see what is left')
  await tab.press('Send the request')
  await page.waitForURL(/\/requests\/acr_/)
})
