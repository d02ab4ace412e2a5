import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { keyList } from '../../../src/contract/keys.ts'
import { projectList } from '../../../src/contract/projects.ts'
import { teamList } from '../../../src/contract/teams.ts'
import { userList } from '../../../src/contract/users.ts'
import { q } from '../../api.ts'
import { useNames } from '../../names.ts'
import { useViewer } from '../../viewer.ts'
import type { Target } from '../To.tsx'

const TYPING_MS = 150
const LEAST = 2
const EACH = 5

/** Something that is called what was typed. `where` tells two of one name apart. */
export type Found = { id: string; title: string; where: string; target: Target }
export type Kind = 'Keys' | 'Teams' | 'Projects' | 'People'

/** Keys, teams, projects and people by a part of their name: looked for once nobody types for a moment. */
export function useFound(typed: string): { kind: Kind; found: Found[] }[] {
  const wanted = typed.trim()
  const [text] = useDebouncedValue(wanted, TYPING_MS)
  const { somewhere } = useViewer()
  const looking = text.length >= LEAST
  const input = { query: { q: text, limit: EACH } }
  const keys = useQuery({ ...q(keyList, input), enabled: looking && somewhere('key:read') })
  const teams = useQuery({ ...q(teamList, input), enabled: looking && somewhere('team:read') })
  const projects = useQuery({ ...q(projectList, input), enabled: looking && somewhere('project:read') })
  const people = useQuery({ ...q(userList, input), enabled: looking && somewhere('user:read') })
  const nameOf = useNames([
    ...(keys.data?.data.map(({ projectId }) => projectId) ?? []),
    ...(projects.data?.data.map(({ teamId }) => teamId) ?? []),
  ])
  // What was found for the letters before would be what Enter goes to.
  if (!looking || text !== wanted) return []
  return [
    {
      kind: 'Keys',
      found: (keys.data?.data ?? []).map(({ id, name, projectId, environmentKind }) => ({
        id,
        title: name,
        where: `${nameOf(projectId)}, ${environmentKind}`,
        target: { to: '/keys/$keyId', params: { keyId: id } },
      })),
    },
    {
      kind: 'Teams',
      found: inUse(teams.data?.data).map(({ id, name }) => ({
        id,
        title: name,
        where: '',
        target: { to: '/teams/$teamId', params: { teamId: id } },
      })),
    },
    {
      kind: 'Projects',
      found: inUse(projects.data?.data).map(({ id, name, teamId }) => ({
        id,
        title: name,
        where: nameOf(teamId),
        target: { to: '/projects/$projectId', params: { projectId: id } },
      })),
    },
    {
      kind: 'People',
      found: (people.data?.data ?? []).map(({ id, name, email }) => ({
        id,
        title: name,
        where: email,
        target: { to: '/people/$userId', params: { userId: id } },
      })),
    },
  ]
}

function inUse<Thing extends { archivedAt: string | null }>(found: Thing[] = []): Thing[] {
  return found.filter(({ archivedAt }) => archivedAt === null)
}
