import type { Page } from 'playwright-core'
import { offerDevice } from '../../src/actions/device-codes.ts'
import { visitOf } from '../../src/app.ts'
import type { People } from './acme-places.ts'
import type { DashboardWorld } from './dashboard-world.ts'
import type { NewInstallation } from './new-installation.ts'

/** What is pictured beside the pages themselves: what the server renders, and what is under a tab or after a press. */
export type PartShown = {
  /** What its pictures are called. */
  name: string
  title: string
  /** Where it is, as it is written. */
  path: string
  /** Who opens it, what they learn at a glance, what they do next. */
  purpose: string
  /** Null: a stranger. */
  who: keyof People | null
  address: (worlds: { acme: DashboardWorld; first: NewInstallation }) => string | Promise<string>
  /** What is pressed there before the picture is taken. */
  act?: (page: Page) => Promise<void>
}

export const PARTS_SHOWN: PartShown[] = [
  {
    name: 'setup',
    title: 'Set up',
    path: '/setup?token=…',
    purpose:
      'Whoever installed Claviger, once, by the link that its first start prints: what it asks of them; next they sign in and take the first steps.',
    who: null,
    address: ({ first }) => first.link,
  },
  {
    name: 'sign-in',
    title: 'Sign in',
    path: '/sign-in',
    purpose: 'Everybody: in which ways they may sign in here; next they do, and are where they wanted to go.',
    who: null,
    address: () => '/sign-in',
  },
  {
    name: 'device',
    title: 'Sign in a command line',
    path: '/device',
    purpose:
      'Whoever began to sign in a command line: what waits, and from which address; next they let it in or refuse it.',
    who: 'developer',
    async address({ acme: { app } }) {
      const visit = visitOf(app, { ip: '198.51.100.23', userAgent: 'claviger-cli/0.1.0 (linux)' })
      return `/device?code=${(await offerDevice(visit, { clientName: 'claviger on build-7' })).userCode}`
    },
    act: (page) => page.getByRole('button', { name: 'Continue' }).click(),
  },
  {
    name: 'roles-can',
    title: 'What can somebody do?',
    path: '/roles?tab=can',
    purpose:
      'An admin, when somebody may not do a thing or may do too much: what a person may do at a place, and why not; next they give or end a role.',
    who: 'owner',
    address: ({ acme }) => `/roles?tab=can&who=${acme.people.developer.userId}&team=${acme.places.search.id}`,
  },
  {
    name: 'budgets-alerts',
    title: 'Alerts',
    path: '/budgets?tab=alerts',
    purpose:
      'Whoever answers for money: which budgets crossed a threshold, will not last or refuse calls, and who was told; next they open one.',
    who: 'owner',
    address: () => '/budgets?tab=alerts',
  },
  {
    name: 'audit-verify',
    title: 'Verify',
    path: '/audit',
    purpose:
      'An auditor: that the record is whole and sealed, or at which event it is not; next they export it with its proof.',
    who: 'owner',
    address: () => '/audit',
    act: (page) => page.getByRole('button', { name: 'Verify' }).click(),
  },
  {
    name: 'sso-test',
    title: 'Single sign-on: the way in',
    path: '/settings/sso?connection=…',
    purpose:
      'An owner who connects an identity provider: what is registered, and whether somebody signed in for a test; next they test it, then enable it.',
    who: 'owner',
    async address({ acme: { stage } }) {
      const { data } = await stage.make(stage.owner, 'connectionList', {})
      return `/settings/sso?connection=${data[0].id}`
    },
    act: (page) => page.getByText('Try it out.').scrollIntoViewIfNeeded(),
  },
]
