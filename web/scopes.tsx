import { useQuery } from '@tanstack/react-query'
import { environmentList } from '../src/contract/environments.ts'
import type { Scope, ScopeType } from '../src/domain/scope.ts'
import { all } from './all.ts'
import { useNames } from './names.ts'
import { type Target, To } from './ui/To.tsx'
import { useViewer } from './viewer.ts'

/** The levels at which rules are set, widest first, as people call them. */
export const LEVELS: { type: ScopeType; title: string; one: string }[] = [
  { type: 'organization', title: 'Organization', one: 'the organization' },
  { type: 'team', title: 'Teams', one: 'a team' },
  { type: 'project', title: 'Projects', one: 'a project' },
  { type: 'environment', title: 'Environments', one: 'an environment' },
  { type: 'user', title: 'People', one: 'a person' },
  { type: 'service_account', title: 'Programs', one: 'a program' },
  { type: 'key', title: 'Keys', one: 'a key' },
]

const WORDS: Record<ScopeType, string> = {
  organization: 'organization',
  team: 'team',
  project: 'project',
  environment: 'environment',
  user: 'person',
  service_account: 'program',
  key: 'key',
}

export const levelWord = (type: ScopeType): string => WORDS[type]

/** "No budget of its own", "of their own" */
export const whoseOwn = ({ type }: Scope): string => (type === 'user' ? 'their' : 'its')

/** What places are called. An environment is called after its project as well: there is a "production" in each. */
export function useScopeNames(scopes: Scope[]): (scope: Scope) => string {
  const { organization } = useViewer()
  const { data } = useQuery({
    ...all(environmentList, {}),
    enabled: scopes.some(({ type }) => type === 'environment'),
    staleTime: 60_000,
  })
  const projectOf = new Map(data?.items.map(({ id, projectId }) => [id, projectId]))
  const ids = scopes.map(({ id }) => id)
  const nameOf = useNames([...ids, ...ids.flatMap((id) => projectOf.get(id) ?? [])])
  return ({ type, id }) => {
    if (type === 'organization') return organization.name
    const projectId = projectOf.get(id)
    return projectId === undefined ? nameOf(id) : `${nameOf(projectId)} / ${nameOf(id)}`
  }
}

const PAGE_OF: Partial<Record<ScopeType, (id: string) => Target>> = {
  team: (teamId) => ({ to: '/teams/$teamId', params: { teamId } }),
  project: (projectId) => ({ to: '/projects/$projectId', params: { projectId } }),
  user: (userId) => ({ to: '/people/$userId', params: { userId } }),
  key: (keyId) => ({ to: '/keys/$keyId', params: { keyId } }),
}

/** A place by its name, leading to its page where it has one. */
export function ScopeLink({ scope, name }: { scope: Scope; name: string }) {
  const target = PAGE_OF[scope.type]?.(scope.id)
  return target ? <To {...target}>{name}</To> : name
}

/** Which calls are those of a place, as the operations of usage filter them. */
export function usageOf({ type, id }: Scope): Record<string, string> {
  const filter: Record<ScopeType, string | null> = {
    organization: null,
    team: 'teamId',
    project: 'projectId',
    environment: 'environmentId',
    user: 'userId',
    service_account: 'serviceAccountId',
    key: 'keyId',
  }
  const name = filter[type]
  return name === null ? {} : { [name]: id }
}
