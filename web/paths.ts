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
}

export const PAGES = [
  {
    path: '/',
    file: 'HomePage',
    title: 'Home',
    section: 'personal',
    needs: null,
  },
  {
    path: '/start',
    file: 'StartPage',
    title: 'First steps',
    needs: 'key:create',
  },
  {
    path: '/my-keys',
    file: 'MyKeysPage',
    title: 'My keys',
    section: 'personal',
    needs: null,
  },
  {
    path: '/keys',
    file: 'KeysPage',
    title: 'Keys',
    section: 'work',
    needs: 'key:read',
  },
  {
    path: '/keys/$keyId',
    file: 'KeyPage',
    title: 'Key',
    needs: 'key:read',
  },
  {
    path: '/usage',
    file: 'UsagePage',
    title: 'Usage and cost',
    section: 'work',
    needs: 'usage:read',
  },
  {
    path: '/requests',
    file: 'RequestsPage',
    title: 'Requests',
    section: 'work',
    needs: null,
  },
  {
    path: '/requests/$accessRequestId',
    file: 'RequestPage',
    title: 'Request',
    needs: null,
  },
  {
    path: '/teams',
    file: 'TeamsPage',
    title: 'Teams',
    section: 'work',
    needs: 'team:read',
  },
  {
    path: '/teams/$teamId',
    file: 'TeamPage',
    title: 'Team',
    needs: 'team:read',
  },
  {
    path: '/projects/$projectId',
    file: 'ProjectPage',
    title: 'Project',
    needs: 'project:read',
  },
  {
    path: '/people',
    file: 'PeoplePage',
    title: 'People',
    section: 'work',
    needs: 'user:read',
  },
  {
    path: '/people/$userId',
    file: 'PersonPage',
    title: 'Person',
    needs: 'user:read',
  },
  {
    path: '/models',
    file: 'ModelsPage',
    title: 'Models',
    section: 'control',
    needs: 'model:read',
  },
  {
    path: '/providers',
    file: 'ProvidersPage',
    title: 'Providers',
    section: 'control',
    needs: 'credential:read',
  },
  {
    path: '/budgets',
    file: 'BudgetsPage',
    title: 'Budgets and alerts',
    section: 'control',
    needs: 'budget:read',
  },
  {
    path: '/budgets/$budgetId',
    file: 'BudgetPage',
    title: 'Budget',
    needs: 'budget:read',
  },
  {
    path: '/audit',
    file: 'AuditPage',
    title: 'Audit log',
    section: 'assurance',
    needs: 'audit:read',
  },
  {
    path: '/access-log',
    file: 'AccessLogPage',
    title: 'Access log',
    section: 'assurance',
    needs: 'usage:read',
  },
  {
    path: '/findings',
    file: 'FindingsPage',
    title: 'Findings',
    section: 'assurance',
    needs: 'finding:read',
  },
  {
    path: '/documents',
    file: 'DocumentsPage',
    title: 'Training',
    section: 'assurance',
    needs: null,
  },
  {
    path: '/roles',
    file: 'RolesPage',
    title: 'Roles',
    section: 'assurance',
    needs: 'role:read',
  },
  {
    path: '/settings/$section',
    file: 'SettingsPage',
    title: 'Settings',
    needs: 'security:read',
  },
  {
    path: '/profile',
    file: 'ProfilePage',
    title: 'Profile',
    needs: null,
  },
] as const satisfies Page[]

export type Path = (typeof PAGES)[number]['path']
export type PageFile = (typeof PAGES)[number]['file']
