import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { fetched } from './fetched.ts'
import { Failed } from './pages/Failed.tsx'
import { NotFound } from './pages/NotFound.tsx'
import { PAGES, type Path } from './paths.ts'
import { readSearch, type Search, writeSearch } from './search.ts'
import { Shell } from './ui/Shell.tsx'

type Loaded = Promise<{ default: ComponentType }>

/** Each page is fetched when somebody goes there, or is about to. */
const LOAD: Record<Path, () => Loaded> = {
  '/': () => import('./pages/HomePage.tsx'),
  '/start': () => import('./pages/StartPage.tsx'),
  '/my-keys': () => import('./pages/MyKeysPage.tsx'),
  '/keys': () => import('./pages/KeysPage.tsx'),
  '/keys/$keyId': () => import('./pages/KeyPage.tsx'),
  '/usage': () => import('./pages/UsagePage.tsx'),
  '/requests': () => import('./pages/RequestsPage.tsx'),
  '/requests/$accessRequestId': () => import('./pages/RequestPage.tsx'),
  '/teams': () => import('./pages/TeamsPage.tsx'),
  '/teams/$teamId': () => import('./pages/TeamPage.tsx'),
  '/projects/$projectId': () => import('./pages/ProjectPage.tsx'),
  '/people': () => import('./pages/PeoplePage.tsx'),
  '/people/$userId': () => import('./pages/PersonPage.tsx'),
  '/models': () => import('./pages/ModelsPage.tsx'),
  '/providers': () => import('./pages/ProvidersPage.tsx'),
  '/budgets': () => import('./pages/BudgetsPage.tsx'),
  '/budgets/$budgetId': () => import('./pages/BudgetPage.tsx'),
  '/audit': () => import('./pages/AuditPage.tsx'),
  '/access-log': () => import('./pages/AccessLogPage.tsx'),
  '/findings': () => import('./pages/FindingsPage.tsx'),
  '/documents': () => import('./pages/DocumentsPage.tsx'),
  '/roles': () => import('./pages/RolesPage.tsx'),
  '/settings/$section': () => import('./pages/SettingsPage.tsx'),
  '/profile': () => import('./pages/ProfilePage.tsx'),
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

const children = PAGES.map(({ path }) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: fetched(LOAD[path]),
    validateSearch: (search: Record<string, unknown>): Search => search as Search,
  }),
)

export const router = createRouter({
  routeTree: root.addChildren(children),
  parseSearch: readSearch,
  stringifySearch: writeSearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: Failed,
})
