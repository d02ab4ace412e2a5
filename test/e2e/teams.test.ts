import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { type DashboardWorld, dashboardWorld } from './dashboard-world.ts'
import { problemsInEveryLook } from './looks.ts'
import { SIZES } from './sizes.ts'
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

/** The form of a role has a box for each permission, all of which axe looks at four times. */
const SLOW_MS = 90_000

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
test.each(
  PARTS.map(([name, address], index) => [name, address, SIZES[index % SIZES.length] ?? null] as const),
)(
  '%s can be used by everybody, at each width and in both themes',
  { timeout: SLOW_MS },
  async (_name, address, viewport) => {
    await using context = await browser.newContext({ viewport, colorScheme: 'light' })
    await world.signIn(context, 'owner')
    const watched = await watchedPage(context)
    const url = new URL(address(world), world.url)
    await watched.open(url.href)
    const forms = OPENS.some((name) => url.searchParams.has(name)) ? 1 : 0
    await expect.poll(() => watched.page.getByRole('dialog').count()).toBe(forms)
    expect(await problemsInEveryLook(watched)).toEqual({})
    expect(await watched.troubles()).toEqual([])
  },
)
