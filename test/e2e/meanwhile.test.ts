import type { Locator, Page, Request } from 'playwright-core'
import { expect, test } from 'vitest'
import { accessibilityProblems } from './axe.ts'
import { confirm } from './confirm.ts'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'

const acme = openDashboard()

const CHANGED = /Somebody else saved the same while you were changing it/
const FOLLOWED = /Somebody else changed other fields meanwhile/

const somebodyElse = (operation: string, input: object) =>
  acme.world.stage.make(acme.world.people.owner, operation, input)

/** What the browser does when somebody comes back to a tab, whose clock is ours: older answers are asked again. */
async function comeBack(page: Page): Promise<void> {
  await page.clock.fastForward(120_000)
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`)
}

/** A field has this value, or will have it in a moment. */
async function holds(field: Locator, value: string): Promise<void> {
  await expect.poll(() => field.inputValue()).toBe(value)
}

/** The fields that the notice names, each with both values where it shows them. */
function clashes(of: Page | Locator): Promise<string[]> {
  return of.getByRole('alert').getByRole('listitem').allTextContents()
}

/** The changes that a page asks for from now on. */
function saves(page: Page): Request[] {
  const seen: Request[] = []
  page.on('request', (request) => {
    if (request.method() === 'PATCH') seen.push(request)
  })
  return seen
}

/** The changes that a page asks for reach the server only once `letGo` is called. */
async function heldBack(page: Page) {
  const { promise, resolve: letGo } = Promise.withResolvers<void>()
  await page.route('**/v1/**', async (route) => {
    if (route.request().method() === 'PATCH') await promise
    await route.continue()
  })
  return { letGo }
}

test('a setting that somebody else saves while it is typed is told, and nothing that was typed is lost', async () => {
  await using tab = await acme.tabOf('owner', '/settings/organization')
  const { page, settled } = tab
  const name = page.getByRole('textbox', { name: 'Name' })
  const was = await name.inputValue()
  await name.fill('Acme of mine')
  await somebodyElse('organizationUpdate', { body: { name: 'Acme of theirs' } })

  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText(CHANGED).waitFor()
  expect(await clashes(page)).toEqual(['Name: now Acme of theirs, yours Acme of mine'])
  await holds(name, 'Acme of mine')
  expect(await accessibilityProblems(page)).toEqual([])
  // Once a person was asked, it is not for the form to try again.
  const tries = saves(page)
  await page.getByRole('button', { name: 'Save' }).click()
  await settled()
  expect(tries).toHaveLength(1)
  await page.getByRole('button', { name: 'Show what is there now' }).click()
  await holds(name, 'Acme of theirs')
  await page.getByRole('button', { name: 'Back to what I typed' }).click()
  await holds(name, 'Acme of mine')
  await page.getByText('Saving can take the place of what somebody else saved.').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Nothing is changed.').waitFor()
  await holds(name, 'Acme of mine')
  expect(await page.getByText(CHANGED).count()).toBe(0)
  expect((await somebodyElse('organizationView', {})).name).toBe('Acme of mine')
  await somebodyElse('organizationUpdate', { body: { name: was } })
})

test('what is typed while a form is saved is neither saved with it nor lost', async () => {
  await using tab = await acme.tabOf('owner', '/settings/organization')
  const { page, settled } = tab
  const name = page.getByRole('textbox', { name: 'Name' })
  const was = await somebodyElse('organizationView', {})
  const theirs = (timeZone: string) => somebodyElse('organizationUpdate', { body: { timeZone } })
  const save = page.getByRole('button', { name: 'Save' })
  const saved = async () => (await somebodyElse('organizationView', {})).name

  const first = await heldBack(page)
  await name.fill('Acme Ltd.')
  await save.click()
  await name.fill('Acme, Inc.')
  first.letGo()
  await page.getByText('Saved.').first().waitFor()
  await settled()
  expect([await saved(), await name.inputValue()]).toEqual(['Acme Ltd.', 'Acme, Inc.'])
  await page.unroute('**/v1/**')

  // Refused for what somebody else saved in another field: what is half typed is not sent with the next try.
  const second = await heldBack(page)
  const tries = saves(page)
  await save.click()
  await name.fill('Acme, I')
  await theirs('Asia/Tokyo')
  second.letGo()
  await page.getByText(FOLLOWED).waitFor()
  await settled()
  expect([await saved(), await name.inputValue(), tries.length]).toEqual(['Acme Ltd.', 'Acme, I', 1])
  expect(await page.getByRole('alert').count()).toBe(0)
  await save.click()
  await page.getByText('Nothing is changed.').waitFor()
  expect(await saved()).toBe('Acme, I')
  await somebodyElse('organizationUpdate', { body: { name: was.name, timeZone: was.timeZone } })
})

test('where two people save the same, the second is told that nothing is left to save', async () => {
  await using tab = await acme.tabOf('owner', '/settings/organization')
  const { page } = tab
  const name = page.getByRole('textbox', { name: 'Name' })
  const was = await name.inputValue()
  await name.fill('Acme of both')
  await somebodyElse('organizationUpdate', { body: { name: 'Acme of both' } })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('nothing is left to save').waitFor()
  expect(await page.getByRole('alert').count()).toBe(0)
  expect(await accessibilityProblems(page)).toEqual([])
  const zone = page.getByRole('combobox', { name: 'Time zone' })
  await zone.fill('Asia/Tokyo')
  await page.getByRole('option', { name: 'Asia/Tokyo' }).click()
  await page.getByText('Nothing is changed.').waitFor({ state: 'detached' })
  expect(await page.getByRole('alert').count()).toBe(0)
  await somebodyElse('organizationUpdate', { body: { name: was } })
})

test('a question that was called off is not asked again for what somebody else saved', async () => {
  await using tab = await acme.tabOf('owner', '/settings/network')
  const { page, settled } = tab
  const addresses = page.getByRole('textbox', { name: 'Addresses that people and API tokens come from' })
  const form = page.locator('form').filter({ has: addresses })
  const { sessionHours } = await somebodyElse('securityView', {})
  await addresses.fill('203.0.113.0/24')
  await form.getByRole('button', { name: 'Save' }).click()
  const dialog = page.getByRole('dialog', { name: 'Shut yourself out?' })
  const typed = dialog.getByRole('textbox')
  await typed.fill((await form.locator('code').first().textContent()) ?? '')
  await somebodyElse('securityUpdate', { body: { sessionHours: sessionHours - 1 } })
  await dialog.getByRole('button', { name: 'Save it all the same' }).click()
  const refused = page.waitForResponse((response) => response.status() === 412)
  await confirm(page)
  await refused
  await dialog.getByRole('alert').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await settled()
  expect(await dialog.count()).toBe(0)
  await somebodyElse('securityUpdate', { body: { sessionHours } })
})

test('it is told as soon as it is known, before anybody saves; where nothing was typed, the form follows', async () => {
  await using tab = await acme.tabOf('owner', '/settings/requests')
  const { page, settled } = tab
  await page.clock.install()
  const days = page.getByRole('textbox', { name: 'An unanswered request lapses' })
  await somebodyElse('requestSettingsUpdate', { body: { pendingDays: 21 } })
  await comeBack(page)
  await holds(days, '21')
  expect(await page.getByText(CHANGED).count()).toBe(0)

  await days.fill('30')
  await somebodyElse('requestSettingsUpdate', { body: { pendingDays: 10 } })
  await comeBack(page)
  await page.getByText(CHANGED).waitFor()
  await holds(days, '30')
  await page.getByRole('button', { name: 'Show what is there now' }).click()
  await holds(days, '10')
  await settled()
  expect((await somebodyElse('requestSettingsView', {})).pendingDays).toBe(10)
})

test('a form beside the page does the same, and who closes what is there now is back at what they typed', async () => {
  await using tab = await acme.tabOf('owner', `/budgets/${acme.world.budgets.at85}?do=edit`)
  const { page } = tab
  const form = page.getByRole('dialog', { name: /^Change/ })
  const limit = form.getByRole('textbox', { name: 'Limit' })
  // A budget has a name, if only that of its limit: taken away, it is nothing to send.
  await form.getByRole('textbox', { name: 'Name' }).fill('')
  expect(await form.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
  await limit.fill('450')
  await somebodyElse('budgetUpdate', {
    params: { budgetId: acme.world.budgets.at85 },
    body: { limitUsd: '500' },
  })
  await form.getByRole('button', { name: 'Save' }).click()
  await confirm(page)
  await form.getByText(CHANGED).waitFor()
  expect(await clashes(form)).toEqual(['Limit: now 500.00, yours 450'])
  await holds(limit, '450')
  await form.getByRole('button', { name: 'Show what is there now' }).click()
  await form.getByText('This is what is there now. What you typed is kept.').waitFor()
  await holds(limit, '500.00')
  expect(await accessibilityProblems(page)).toEqual([])
  const back = (name: string) => form.getByRole('button', { name, exact: true }).click()
  const ways = [() => page.keyboard.press('Escape'), () => back('Close'), () => back('Back')]
  for (const goBack of ways) {
    await goBack()
    await holds(limit, '450')
    await form.getByRole('button', { name: 'Show what is there now' }).click()
    await holds(limit, '500.00')
  }
  await back('Back to what I typed')
  await holds(limit, '450')
  // The very same change was confirmed before, of what was there before.
  await form.getByRole('button', { name: 'Save' }).click()
  await confirm(page)
  await gone(form)
  const budget = await somebodyElse('budgetView', { params: { budgetId: acme.world.budgets.at85 } })
  expect(budget.limitUsd).toBe('450.00')
})

test('what two people change in different fields is saved of both, and nobody is asked', async () => {
  await using tab = await acme.tabOf('owner', '/settings/requests')
  const { page } = tab
  await page.clock.install()
  const days = page.getByRole('textbox', { name: 'An unanswered request lapses' })
  await days.fill('31')
  await somebodyElse('requestSettingsUpdate', { body: { deliveryHours: 99 } })
  await page.getByRole('button', { name: 'Save' }).click()
  await confirm(page)
  await page.getByText('Nothing is changed.').waitFor()
  expect(await page.getByText(CHANGED).count()).toBe(0)
  const settings = await somebodyElse('requestSettingsView', {})
  expect(settings).toMatchObject({ pendingDays: 31, deliveryHours: 99 })

  const params = { keyId: acme.world.keys.developers.id }
  const { name, tags, purpose } = await somebodyElse('keyView', { params })
  await tab.open(`/keys/${params.keyId}`)
  await page.getByRole('button', { name: /^Actions/ }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  const form = page.getByRole('dialog', { name: /^Edit/ })
  await form.getByRole('textbox', { name: 'Name' }).fill('Of mine')
  await somebodyElse('keyUpdate', { params, body: { purpose: 'Of theirs', tags: { of: 'theirs' } } })
  await comeBack(page)
  await form.getByText(FOLLOWED).waitFor()
  await holds(form.getByRole('textbox', { name: 'Purpose' }), 'Of theirs')
  expect(await accessibilityProblems(page)).toEqual([])
  await form.getByRole('button', { name: 'Save' }).click()
  await gone(form)
  const both = await somebodyElse('keyView', { params })
  expect(both).toMatchObject({ name: 'Of mine', purpose: 'Of theirs', tags: { of: 'theirs' } })
  await somebodyElse('keyUpdate', { params, body: { name, tags, purpose } })
})

test('who saves over what somebody else saved in one field leaves their other fields as they are', async () => {
  const keyId = acme.world.keys.developers.id
  const scope = { type: 'key', id: keyId }
  const body = { scope, requestsPerMinute: 60, tokensPerMinute: 5_000 }
  const params = { rateLimitId: (await somebodyElse('rateLimitCreate', { body })).id }
  await using tab = await acme.tabOf('owner', `/keys/${keyId}?tab=limits`)
  const { page } = tab
  const row = page.getByRole('row', { name: /^60 calls a minute/ })
  await row.getByRole('button', { name: /^Change/ }).click()
  const form = page.getByRole('dialog', { name: 'Change the rate limit' })
  await form.getByLabel('Calls a minute').fill('90')
  await somebodyElse('rateLimitUpdate', { params, body: { requestsPerMinute: 70, tokensPerMinute: 6_000 } })
  await form.getByRole('button', { name: 'Save' }).click()
  await form.getByText(CHANGED).waitFor()
  // What is named is what the form calls it; what they changed elsewhere is none of it.
  expect(await clashes(form)).toEqual(['Calls a minute: now 70, yours 90'])
  await form.getByRole('button', { name: 'Show what is there now' }).click()
  await holds(form.getByLabel('Calls a minute'), '70')
  await form.getByRole('button', { name: 'Back to what I typed' }).click()
  await holds(form.getByLabel('Calls a minute'), '90')
  await holds(form.getByLabel('Tokens a minute'), '6,000')
  await form.getByRole('button', { name: 'Save' }).click()
  await gone(form)
  const saved = (await somebodyElse('rateLimitList', { query: { scopeType: 'key', scopeId: keyId } })).data
  expect(saved.at(-1)).toMatchObject({ requestsPerMinute: 90, tokensPerMinute: 6_000 })
  await somebodyElse('rateLimitDelete', { params })
})

test('what is done about all of a thing is never done unasked about what somebody else made of it', async () => {
  const documentId = acme.world.affairs.document
  await using tab = await acme.tabOf('owner', `/documents?tab=documents&publish=${documentId}`)
  const { page } = tab
  await page.clock.install()
  const form = page.getByRole('dialog', { name: /^Publish version/ })
  await form.getByRole('textbox', { name: /^Text/ }).fill('Another text.')
  const { document } = await somebodyElse('documentView', { params: { documentId } })
  const update = (title: string) =>
    somebodyElse('documentUpdate', { params: { documentId }, body: { title } })
  await update('Of theirs')
  await comeBack(page)
  await form.getByText(CHANGED).waitFor()
  await holds(form.getByRole('textbox', { name: /^Text/ }), 'Another text.')
  await update(document.title)
})

test('what a form does not show stays as somebody else saved it', async () => {
  await using tab = await acme.tabOf('owner', '/settings/network')
  const { page } = tab
  const params = { scopeType: 'organization', scopeId: (await somebodyElse('organizationView', {})).id }
  const { scope: _, updatedAt: __, version: ___, ...before } = await somebodyElse('policyView', { params })
  const addresses = page.getByRole('textbox', { name: 'Addresses that may call' })
  const form = page.locator('form').filter({ has: addresses })
  await addresses.fill('127.0.0.0/8')
  await somebodyElse('policySet', { params, body: { ...before, models: ['claude-*'] } })
  await form.getByRole('button', { name: 'Save' }).click()
  // Merged with what is there now it is another change of the whole policy: that one is confirmed, and no other.
  await confirm(page)
  await form.getByText('Nothing is changed.').waitFor()
  const saved = await somebodyElse('policyView', { params })
  expect(saved).toMatchObject({ ...before, models: ['claude-*'], ipAllowlist: ['127.0.0.0/8'] })
  await somebodyElse('policySet', { params, body: before })
})

test('two people bind different credentials to production, and both are bound, confirmed once by each', async () => {
  const { id, production } = acme.world.places.search.projects.catalogue
  const params = { environmentId: production }
  const before = (await somebodyElse('environmentCredentialList', { params })).data
  const boundIds = before.map(({ credentialId }: { credentialId: string }) => credentialId)
  const all = (await somebodyElse('credentialList', {})).data
  const [mine, theirs] = all.filter((credential: { id: string }) => !boundIds.includes(credential.id))
  await using tab = await acme.tabOf('owner', `/projects/${id}`)
  const { page } = tab
  await page.getByRole('button', { name: 'Credentials of production' }).click()
  const form = page.getByRole('dialog', { name: /calls with$/ })
  await form.getByRole('checkbox', { name: new RegExp(`/${mine.name}$`) }).check()
  const set = (credentialIds: string[]) =>
    somebodyElse('environmentCredentialSet', { params, body: { credentialIds } })
  await set([...boundIds, theirs.id])
  await form.getByRole('button', { name: 'Save' }).click()
  await confirm(page)
  await gone(form)
  const after = (await somebodyElse('environmentCredentialList', { params })).data
  const afterIds = after.map(({ credentialId }: { credentialId: string }) => credentialId)
  expect(afterIds.sort()).toEqual([...boundIds, mine.id, theirs.id].sort())
  await set(boundIds)
})

test('the limit of a member is saved only as it was seen', async () => {
  const scope = { type: 'team', id: acme.world.places.search.id }
  const body = { scope, name: 'Each of Search', limitUsd: '40', period: 'month', perMember: true }
  const budget = await somebodyElse('budgetCreate', { body })
  await using tab = await acme.tabOf('owner', `/budgets/${budget.id}`)
  const { page } = tab
  await page.getByRole('button', { name: 'Set limit' }).first().click()
  const form = page.getByRole('dialog', { name: /^Limit of/ })
  const limit = form.getByRole('textbox', { name: 'Their own limit' })
  await limit.fill('60')
  const { data } = await somebodyElse('budgetMemberList', { params: { budgetId: budget.id } })
  for (const { userId } of data) {
    const params = { budgetId: budget.id, userId }
    await somebodyElse('budgetMemberSet', { params, body: { limitUsd: '50' } })
  }
  await form.getByRole('button', { name: 'Save' }).click()
  await confirm(page)
  await form.getByRole('button', { name: 'Show what is there now' }).click()
  await holds(limit, '50.00')
  await page.keyboard.press('Escape')
  await holds(limit, '60')
})

test('a conflict that was met is not met again by the next form', async () => {
  const { id } = acme.world.places.search
  await using tab = await acme.tabOf('owner', `/teams/${id}?tab=settings`)
  const { page } = tab
  const { name } = await somebodyElse('teamView', { params: { teamId: id } })
  const rename = () => page.getByRole('button', { name: 'Rename' }).click()
  const form = page.getByRole('dialog', { name: 'Rename the team' })
  await rename()
  await form.getByRole('textbox', { name: 'Name' }).fill('Search of mine')
  await somebodyElse('teamUpdate', { params: { teamId: id }, body: { name: 'Search of theirs' } })
  await form.getByRole('button', { name: 'Save' }).click()
  await form.getByText(CHANGED).waitFor()
  await form.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Archive the team' }).click()
  const dialog = page.getByRole('dialog', { name: 'Archive Search of theirs?' })
  await dialog.waitFor()
  expect(await dialog.getByRole('alert').count()).toBe(0)
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await rename()
  await form.getByRole('textbox', { name: 'Name' }).waitFor()
  expect(await form.getByText(CHANGED).count()).toBe(0)
  await somebodyElse('teamUpdate', { params: { teamId: id }, body: { name } })
})

test('a rate limit of a key is made, changed and deleted on its page, each only as it was seen', async () => {
  const keyId = acme.world.keys.developers.id
  await using tab = await acme.tabOf('owner', `/keys/${keyId}?tab=limits`)
  const { page } = tab
  await page.getByRole('button', { name: 'New rate limit' }).click()
  const made = page.getByRole('dialog', { name: 'New rate limit' })
  await made.getByLabel('Calls a minute').fill('60')
  await made.getByRole('button', { name: 'Create rate limit' }).click()
  await gone(made)
  const row = page.getByRole('row', { name: /^60 calls a minute/ })
  await row.getByRole('button', { name: /^Change/ }).click()
  const form = page.getByRole('dialog', { name: 'Change the rate limit' })
  await form.getByLabel('Calls a minute').fill('90')
  await form.getByLabel('Calls at the same time').fill('4')
  await form.getByRole('button', { name: 'Save' }).click()
  await gone(form)
  const changed = page.getByRole('row', { name: /^90 calls a minute, 4 calls at once/ })
  await changed.getByRole('button', { name: /^Delete/ }).click()

  const { data } = await somebodyElse('rateLimitList', { query: { scopeType: 'key', scopeId: keyId } })
  const params = { rateLimitId: data.at(-1).id }
  await somebodyElse('rateLimitUpdate', { params, body: { requestsPerMinute: 5_000 } })
  const dialog = page.getByRole('dialog', { name: 'Delete this rate limit?' })
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByText('Somebody else changed this meanwhile.').waitFor()
  await dialog.getByText(/^5,000 calls a minute/).waitFor()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await gone(dialog)
  await page.getByText('No rate limit of its own').waitFor()
})
