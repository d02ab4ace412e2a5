import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { fetched } from './fetched.ts'
import { Failed } from './pages/Failed.tsx'
import { NotFound } from './pages/NotFound.tsx'
import { PAGES, type PageFile } from './paths.ts'
import { readSearch, type Search, writeSearch } from './search.ts'
import { Shell } from './ui/Shell.tsx'

/** `ahead` begins what the page will ask for in any case, while who looks is not known yet. It must not fail. */
type Loaded = Promise<{ default: ComponentType; ahead?: (search: Search) => void }>

/** Each page is fetched when somebody goes there, or is about to. */
const LOAD: Record<PageFile, () => Loaded> = {
  HomePage: () => import('./pages/HomePage.tsx'),
  StartPage: () => import('./pages/StartPage.tsx'),
  MyKeysPage: () => import('./pages/MyKeysPage.tsx'),
  KeysPage: () => import('./pages/KeysPage.tsx'),
  KeyPage: () => import('./pages/KeyPage.tsx'),
  UsagePage: () => import('./pages/UsagePage.tsx'),
  RequestsPage: () => import('./pages/RequestsPage.tsx'),
  RequestPage: () => import('./pages/RequestPage.tsx'),
  TeamsPage: () => import('./pages/TeamsPage.tsx'),
  TeamPage: () => import('./pages/TeamPage.tsx'),
  ProjectPage: () => import('./pages/ProjectPage.tsx'),
  PeoplePage: () => import('./pages/PeoplePage.tsx'),
  PersonPage: () => import('./pages/PersonPage.tsx'),
  ModelsPage: () => import('./pages/ModelsPage.tsx'),
  ProvidersPage: () => import('./pages/ProvidersPage.tsx'),
  BudgetsPage: () => import('./pages/BudgetsPage.tsx'),
  BudgetPage: () => import('./pages/BudgetPage.tsx'),
  AuditPage: () => import('./pages/AuditPage.tsx'),
  AccessLogPage: () => import('./pages/AccessLogPage.tsx'),
  FindingsPage: () => import('./pages/FindingsPage.tsx'),
  DocumentsPage: () => import('./pages/DocumentsPage.tsx'),
  RolesPage: () => import('./pages/RolesPage.tsx'),
  SettingsPage: () => import('./pages/SettingsPage.tsx'),
  ProfilePage: () => import('./pages/ProfilePage.tsx'),
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

const children = PAGES.map(({ path, file }) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: fetched(LOAD[file]),
    // Who only points at a link has the code fetched, and nothing asked.
    loader: async ({ location, cause }) => {
      if (cause !== 'enter') return
      // What does not arrive is told of where it is drawn.
      const code = await LOAD[file]().catch(() => null)
      code?.ahead?.(location.search)
    },
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
