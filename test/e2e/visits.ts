import { SECTIONS } from '../../web/pages/settings/sections.ts'
import { PAGES } from '../../web/paths.ts'
import type { People } from './acme-places.ts'
import type { DashboardWorld } from './dashboard-world.ts'

/** One address at which a page is looked at. */
export type Visit = {
  /** The page, as `PAGES` names it; null for one that the server renders. */
  path: string | null
  /** What screenshots of it are called: `team`, `settings-sign-in`. */
  name: string
  address(world: DashboardWorld): string
  /** Null: a stranger. */
  who: keyof People | null
  /** They may not see it: the API refuses, which browsers write down as an error. */
  refused?: true
  /** Only a part of a page, which pictures leave out. */
  part?: true
}

/** What stands for a parameter of an address. Where there are several, each is a visit of its own, with this name. */
const PARAMETERS: Record<string, Record<string, (world: DashboardWorld) => string>> = {
  keyId: {
    '': ({ keys }) => keys.active.id,
    grace: ({ keys }) => keys.grace.id,
    suspended: ({ keys }) => keys.suspended.id,
    revoked: ({ keys }) => keys.revoked.id,
  },
  accessRequestId: { '': ({ affairs }) => affairs.requests.budget ?? '' },
  teamId: { '': ({ places }) => places.search.id },
  projectId: { '': ({ places }) => places.search.projects.catalogue.id },
  userId: { '': ({ people }) => people.developer.userId },
  budgetId: { '': ({ budgets }) => budgets.at85 },
  section: Object.fromEntries(SECTIONS.map(({ id }) => [id, () => id])),
}

const SINGULAR: Record<string, string> = { people: 'person', settings: 'settings' }

/** The dashboard as its owner sees it, every page at least once; then what others see; then the server's own pages. */
export const VISITS: Visit[] = [
  ...PAGES.flatMap(({ path }) => visitsOf(path)),
  dashboard('/', 'home-developer', 'developer'),
  dashboard('/my-keys', 'my-keys-developer', 'developer'),
  dashboard('/usage', 'usage-analyst', 'analyst'),
  { ...dashboard('/audit', 'audit-forbidden', 'developer'), refused: true },
  part('/usage', '?range=24h&by=tag:cost-center,model', 'usage-hours'),
  part('/usage', '?priced=no&tag:cost-center=4711', 'usage-unpriced'),
  part('/audit', '?tab=proof', 'audit-proof'),
  part('/audit', '?tab=sinks', 'audit-sinks'),
  part('/requests', '?view=all', 'requests-all'),
  part('/requests', '?new=key', 'request-new'),
  part('/documents', '?tab=documents', 'documents-all'),
  part('/documents', '?tab=people', 'documents-people'),
  part('/documents', '?tab=excused', 'documents-excused'),
  part('/documents', '?tab=keys', 'documents-keys'),
  part('/documents', ({ affairs }) => `?document=${affairs.document}`, 'document'),
  dashboard('/budgets?tab=alerts', 'budgets-alerts', 'owner'),
  dashboard('/budgets?tab=credits', 'budgets-credits', 'owner'),
  dashboard('/budgets?tab=rate-limits', 'budgets-rate-limits', 'owner'),
  dashboard('/budgets?new=budget', 'budgets-new', 'owner'),
  dashboard('/models', 'models-developer', 'developer'),
  dashboard('/models?add=model', 'models-add', 'owner'),
  dashboard('/providers?new=provider&kind=azure_openai', 'providers-connect', 'owner'),
  server('/sign-in', 'sign-in', null),
  server('/reset', 'reset', null),
  server('/device', 'device', 'developer'),
]

function visitsOf(path: string): Visit[] {
  const [, name] = /\$(\w+)/.exec(path) ?? []
  const page = path === '/' ? 'home' : path.slice(1).replaceAll('/', '-')
  if (name === undefined) return [{ path, name: page, address: () => path, who: 'owner' }]
  return Object.entries(PARAMETERS[name] ?? {}).map(([suffix, value]) => ({
    path,
    name: [one(page), suffix].filter(Boolean).join('-'),
    address: (world) => path.replace(`$${name}`, value(world)),
    who: 'owner',
  }))
}

/** What a page with a parameter is about: `keys-$keyId` is about a key. */
function one(page: string): string {
  const [noun = ''] = page.split('-')
  return SINGULAR[noun] ?? noun.replace(/s$/, '')
}

function dashboard(address: string, name: string, who: keyof People): Visit {
  const [path = '/'] = address.split('?')
  return { path, name, address: () => address, who, ...(address.includes('?') && { part: true }) }
}

/** A part of a page that its address opens, as the owner sees it. */
function part(path: string, search: string | ((world: DashboardWorld) => string), name: string): Visit {
  const address = (world: DashboardWorld) => path + (typeof search === 'string' ? search : search(world))
  return { path, name, address, who: 'owner', part: true }
}

function server(address: string, name: string, who: keyof People | null): Visit {
  return { path: null, name, address: () => address, who }
}
