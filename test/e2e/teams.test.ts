import { expect, test } from 'vitest'
import { openDashboard } from './dashboard.ts'
import type { DashboardWorld } from './dashboard-world.ts'
import { problemsInEveryLook } from './looks.ts'
import { SIZES } from './sizes.ts'

const acme = openDashboard()

/** What a team, a project, a person and the roles show behind their tabs and in their drawers. */
const PARTS: [name: string, address: (world: DashboardWorld) => string][] = [
  ...['members', 'projects', 'keys', 'models', 'limits', 'settings'].map(
    (tab): [string, (world: DashboardWorld) => string] => [
      `team, ${tab}`,
      ({ places }) => `/teams/${places.search.id}?tab=${tab}`,
    ],
  ),
  ['team, add a member', ({ places }) => `/teams/${places.search.id}?add=member`],
  ...['programs', 'members', 'settings'].map((tab): [string, (world: DashboardWorld) => string] => [
    `project, ${tab}`,
    ({ places }) => `/projects/${places.search.projects.catalogue.id}?tab=${tab}`,
  ]),
  [
    'project, new environment',
    ({ places }) => `/projects/${places.search.projects.catalogue.id}?add=environment`,
  ],
  ['team, new budget', ({ places }) => `/teams/${places.search.id}?tab=limits&new=budget`],
  [
    'team, change a rate limit',
    ({ places, budgets }) => `/teams/${places.search.id}?tab=limits&edit=${budgets.rateLimit}`,
  ],
  ['team, change the policy', ({ places }) => `/teams/${places.search.id}?tab=models&edit=policy`],
  ['key, limits', ({ keys }) => `/keys/${keys.active.id}?tab=limits`],
  ['person, new credit', ({ people }) => `/people/${people.developer.userId}?tab=limits&new=credit`],
  ...['held', 'limits', 'can', 'documents'].map((tab): [string, (world: DashboardWorld) => string] => [
    `person, ${tab}`,
    ({ people }) => `/people/${people.developer.userId}?tab=${tab}`,
  ]),
  ['people, invite', () => '/people?new=invitation'],
  ['people, nobody found', () => '/people?search=nobody-is-called-this'],
  ['roles, one of them', () => '/roles?role=builder'],
  ['roles, a new one', () => '/roles?form=new&role=builder'],
  ['roles, what somebody can', ({ people }) => `/roles?tab=can&who=${people.builder.userId}&verdict=no`],
]

/** An address with one of these opens a form over its page. */
const OPENS = ['new', 'edit', 'add', 'form']

// Every other one is opened on a telephone.
test.each(PARTS.map(([name, address], index) => [name, address, SIZES[index % SIZES.length]] as const))(
  '%s can be used by everybody, at each width and in both themes',
  async (_name, address, viewport) => {
    const path = address(acme.world)
    await using tab = await acme.nextTabOf('owner', path, viewport)
    const { searchParams } = new URL(path, acme.world.url)
    const forms = OPENS.some((name) => searchParams.has(name)) ? 1 : 0
    await expect.poll(() => tab.page.getByRole('dialog').count()).toBe(forms)
    expect(await problemsInEveryLook(tab)).toEqual({})
    expect(await tab.troubles()).toEqual([])
  },
)

test('a team says how fast its budget goes and where that leads, and nothing is asked twice', async () => {
  await using tab = await acme.tabOf('owner', '/teams')
  const asked: string[] = []
  tab.page.on('request', (request) => {
    if (request.method() === 'GET' && request.url().includes('/api/v1/')) asked.push(request.url())
  })
  await tab.open(`/teams/${acme.world.places.search.id}`)
  const budget = tab.page.getByRole('region', { name: 'Budget', exact: true })
  await budget.getByText(/^\$[\d.,]+ a day of late; at this pace it .+\.$/).waitFor()
  await budget.getByRole('figure', { name: 'Spend of Search' }).waitFor()
  expect(asked.filter((url) => url.endsWith('/forecast'))).toHaveLength(1)
  expect(asked.filter((url, at) => asked.indexOf(url) !== at)).toEqual([])
  expect(await tab.troubles()).toEqual([])
})

test('findings are narrowed to one kind', async () => {
  await using tab = await acme.nextTabOf('owner', '/findings')
  const [one, other] = [
    tab.page.getByRole('heading', { name: 'Somebody tried to open the key helpdesk-webhooks again' }),
    tab.page.getByRole('heading', { name: 'A sign-in of Wei Chen was used twice' }),
  ]
  await one.waitFor()
  await other.waitFor()
  await tab.page.getByRole('combobox', { name: 'Kind' }).click()
  await tab.page.getByRole('option', { name: 'Somebody tried to open the key … again' }).click()
  await other.waitFor({ state: 'detached' })
  await one.waitFor()
})

test('a finding has the same words on Home, at its team and on its own page', async () => {
  const words = 'Somebody tried to open the key helpdesk-webhooks again'
  await using tab = await acme.nextTabOf('owner', '/')
  await tab.page.getByText(`${words}.`, { exact: true }).waitFor()
  await tab.open(`/teams/${acme.world.places.support.id}`)
  await tab.page.getByRole('link', { name: words }).waitFor()
  await tab.open('/findings')
  await tab.page.getByRole('heading', { name: words }).waitFor()
})
