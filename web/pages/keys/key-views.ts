import type { Search } from '../../search.ts'

const DAY_MS = 86_400_000
const SOON_DAYS = 14
const LONGEST_SEARCH = 120

/** A question that is asked of the keys again and again, as the filters that answer it. */
export type KeyView = { id: string; title: string; search: Search }

export const KEY_VIEWS: KeyView[] = [
  { id: 'all', title: 'All', search: {} },
  { id: 'mine', title: 'Mine', search: { owner: 'me' } },
  { id: 'production', title: 'In production', search: { kind: 'production' } },
  { id: 'suspended', title: 'Suspended', search: { state: 'suspended' } },
  { id: 'expiring', title: 'Expiring soon', search: { expiring: 'soon' } },
  { id: 'unused', title: 'Never used', search: { used: 'false' } },
]

/** What the page of keys is filtered by, in its address. */
export const KEY_FILTERS = ['q', 'team', 'project', 'kind', 'owner', 'state', 'used', 'expiring'] as const

const STATES = ['pending', 'active', 'suspended', 'revoked', 'expired'] as const
const KINDS = ['development', 'staging', 'production'] as const

/** What of the address is a filter. */
export function filtersOf(search: Search): Search {
  const set = KEY_FILTERS.flatMap((name) => (search[name] ? [[name, search[name]]] : []))
  return Object.fromEntries(set)
}

/** The view that the filters are exactly, or null. */
export function viewOf(filters: Search): string | null {
  const same = ({ search }: KeyView) =>
    KEY_FILTERS.every((name) => (search[name] ?? '') === (filters[name] ?? ''))
  return KEY_VIEWS.find(same)?.id ?? null
}

/** The filters as `keyList` takes them. `today` is the beginning of a day, so that an hour's refreshes ask the same. */
export function queryOfKeys(filters: Search, { me, today }: { me: string | null; today: Date }) {
  const { q, team, project, owner, kind, state, used, expiring } = filters
  const ownerId = owner === 'me' ? me : owner
  return {
    ...(q ? { q: q.slice(0, LONGEST_SEARCH) } : {}),
    ...(team ? { teamId: team } : {}),
    ...(project ? { projectId: project } : {}),
    ...(ownerId?.startsWith('svc_') ? { serviceAccountId: ownerId } : ownerId ? { userId: ownerId } : {}),
    ...only('environmentKind', KINDS, kind),
    ...only('state', STATES, state),
    ...(used === 'true' || used === 'false' ? { used } : {}),
    ...(expiring
      ? { expiresBefore: new Date(today.getTime() + (SOON_DAYS + 1) * DAY_MS).toISOString() }
      : {}),
  }
}

/** What an address says that is none of the choices filters nothing. */
function only<Name extends string, Choice extends string>(
  name: Name,
  choices: readonly Choice[],
  value: string | undefined,
): { [N in Name]?: Choice } {
  const choice = choices.find((choice) => choice === value)
  // The computed name is `Name`, which TypeScript widens to string.
  return (choice === undefined ? {} : { [name]: choice }) as { [N in Name]?: Choice }
}
