import type { Permission } from '../src/domain/permission.ts'

export const SECTIONS = ['personal', 'work', 'control', 'assurance'] as const
export type Section = (typeof SECTIONS)[number]

/** A page of the dashboard, as data: the routes, the navigation, the palette and the tests are made from it. */
export type Page = {
  /** As the router writes it: `/keys/$keyId`. */
  path: string
  /** The file below `pages/` that it is in, without its ending. */
  file: string
  title: string
  /** Where the navigation lists it; pages without are reached from others. */
  section?: Section
  /** Whoever is allowed this nowhere does not see it in the navigation; null is for everybody. */
  needs: Permission | null
  /** Who opens it, what they learn at a glance, what they do next. */
  purpose: string
}

export const PAGES = [
  {
    path: '/',
    file: 'HomePage',
    title: 'Home',
    section: 'personal',
    needs: null,
    purpose:
      'Everybody, each morning: what was spent, whether all works, and what waits for them; next they open the first thing that needs them.',
  },
  {
    path: '/start',
    file: 'StartPage',
    title: 'First steps',
    needs: 'key:create',
    purpose:
      'Whoever has just set Claviger up: how far they are from the first call; next they do the step that is open.',
  },
  {
    path: '/my-keys',
    file: 'MyKeysPage',
    title: 'My keys',
    section: 'personal',
    needs: null,
    purpose:
      'A developer: which keys are theirs and what is left of each; next they copy a snippet or ask for more.',
  },
  {
    path: '/keys',
    file: 'KeysPage',
    title: 'Keys',
    section: 'work',
    needs: 'key:read',
    purpose:
      'An admin: all keys, who owns them, which are idle, expiring or stopped; next they open one or create one.',
  },
  {
    path: '/keys/$keyId',
    file: 'KeyPage',
    title: 'Key',
    needs: 'key:read',
    purpose:
      'Whoever answers for a key: what it did, what is left and which rule binds; next they rotate, suspend or revoke it.',
  },
  {
    path: '/usage',
    file: 'UsagePage',
    title: 'Usage and cost',
    section: 'work',
    needs: 'usage:read',
    purpose:
      'An analyst: what was spent, by whom and on what, against the time before; next they look into the largest part or export it.',
  },
  {
    path: '/requests',
    file: 'RequestsPage',
    title: 'Requests',
    section: 'work',
    needs: null,
    purpose: 'Whoever approves: what people ask for and why; next they approve, approve less, or deny.',
  },
  {
    path: '/requests/$accessRequestId',
    file: 'RequestPage',
    title: 'Request',
    needs: null,
    purpose: 'Whoever approves, and who asked: the terms, what was said and what it gave; next they decide.',
  },
  {
    path: '/teams',
    file: 'TeamsPage',
    title: 'Teams',
    section: 'work',
    needs: 'team:read',
    purpose:
      'An admin: each team with its people, keys and spend; next they open the one that stands out or add one.',
  },
  {
    path: '/teams/$teamId',
    file: 'TeamPage',
    title: 'Team',
    needs: 'team:read',
    purpose:
      'A team’s admin: its members, models, keys, budget and what they wait for; next they add somebody or change a rule.',
  },
  {
    path: '/projects/$projectId',
    file: 'ProjectPage',
    title: 'Project',
    needs: 'project:read',
    purpose:
      'A project’s builder: its environments, with production set apart, their keys and programs; next they create a key there.',
  },
  {
    path: '/people',
    file: 'PeoplePage',
    title: 'People',
    section: 'work',
    needs: 'user:read',
    purpose: 'An admin: who is here, invited or gone; next they invite somebody or open a person.',
  },
  {
    path: '/people/$userId',
    file: 'PersonPage',
    title: 'Person',
    needs: 'user:read',
    purpose:
      'An admin, when somebody leaves or something happened: all that a person holds and reaches; next they end it.',
  },
  {
    path: '/models',
    file: 'ModelsPage',
    title: 'Models',
    section: 'control',
    needs: 'model:read',
    purpose:
      'A developer or admin: which models there are, what they cost and who may use them; next they ask for one or add one.',
  },
  {
    path: '/providers',
    file: 'ProvidersPage',
    title: 'Providers',
    section: 'control',
    needs: 'credential:read',
    purpose:
      'An admin: which provider credentials work, how old they are and what is left of their limits; next they add or replace one.',
  },
  {
    path: '/budgets',
    file: 'BudgetsPage',
    title: 'Budgets and alerts',
    section: 'control',
    needs: 'budget:read',
    purpose:
      'Whoever answers for money: what is spent of which budget, what will not last and what was told; next they raise or change one.',
  },
  {
    path: '/budgets/$budgetId',
    file: 'BudgetPage',
    title: 'Budget',
    needs: 'budget:read',
    purpose:
      'Whoever answers for a budget: what it allows, what is left and who used it; next they raise it for a while.',
  },
  {
    path: '/audit',
    file: 'AuditPage',
    title: 'Audit log',
    section: 'assurance',
    needs: 'audit:read',
    purpose:
      'An auditor: who changed what, and that nobody changed the record; next they filter, verify or export it.',
  },
  {
    path: '/access-log',
    file: 'AccessLogPage',
    title: 'Access log',
    section: 'assurance',
    needs: 'usage:read',
    purpose:
      'Whoever looks into an incident: each call, from where, with which outcome and cost; next they open a call or its key.',
  },
  {
    path: '/findings',
    file: 'FindingsPage',
    title: 'Findings',
    section: 'assurance',
    needs: 'finding:read',
    purpose:
      'Whoever is on duty: what is odd and still open; next they look into it and say how it was seen to.',
  },
  {
    path: '/documents',
    file: 'DocumentsPage',
    title: 'Training',
    section: 'assurance',
    needs: null,
    purpose:
      'Everybody: what they have to read; an admin: who has read what; next they read, remind or publish.',
  },
  {
    path: '/roles',
    file: 'RolesPage',
    title: 'Roles',
    section: 'assurance',
    needs: 'role:read',
    purpose:
      'An admin: what each role allows and who holds it; next they compare, or make a role of their own.',
  },
  {
    path: '/settings/$section',
    file: 'SettingsPage',
    title: 'Settings',
    needs: 'security:read',
    purpose:
      'An owner: how people sign in, what is required of them and who is told; next they change one thing.',
  },
  {
    path: '/profile',
    file: 'ProfilePage',
    title: 'Profile',
    needs: null,
    purpose:
      'Everybody: how they sign in, where they are signed in, which tokens act for them; next they add a passkey or end a session.',
  },
] as const satisfies Page[]

export type Path = (typeof PAGES)[number]['path']
export type PageFile = (typeof PAGES)[number]['file']
