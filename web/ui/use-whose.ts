import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { projectList } from '../../src/contract/projects.ts'
import { serviceAccountList } from '../../src/contract/service-accounts.ts'
import { teamList } from '../../src/contract/teams.ts'
import { userList } from '../../src/contract/users.ts'
import { allOf } from '../all.ts'
import { useViewer } from '../viewer.ts'

type Named = { value: string; label: string }
type Field = 'team' | 'project' | 'owner'

/**
 * Teams, the projects of the chosen one, and who owns keys, as far as the viewer may list them. Of hundreds that is pages of
 * them: those of a field are read once somebody is about to choose there, or has `chosen`.
 */
export function useWhose(chosen: Record<Field, string | undefined>) {
  const { somewhere } = useViewer()
  const [asked, setAsked] = useState<Field[]>([])
  const wanted = (field: Field) => chosen[field] !== undefined || asked.includes(field)
  const teams = useQuery({ ...allOf(teamList, {}), enabled: wanted('team') && somewhere('team:read') })
  const projects = useQuery({
    ...allOf(projectList, {}),
    enabled: wanted('project') && somewhere('project:read'),
  })
  const people = useQuery({ ...allOf(userList, {}), enabled: wanted('owner') && somewhere('user:read') })
  const programs = useQuery({
    ...allOf(serviceAccountList, {}),
    enabled: wanted('owner') && somewhere('service-account:read'),
  })
  const field = (name: Field, ...lists: Read[]) => ({
    late: {
      isPending: lists.some(({ isLoading }) => isLoading),
      error: lists.find(({ error }) => error !== null)?.error ?? null,
    },
    onFocus() {
      setAsked((before) => [...before, name])
      for (const list of lists) if (list.error) list.refetch()
    },
  })
  return {
    teams: { ...field('team', teams), choices: named(teams.data) },
    projects: {
      ...field('project', projects),
      choices: named(projects.data?.filter((project) => !chosen.team || project.teamId === chosen.team)),
    },
    owners: {
      ...field('owner', people, programs),
      choices: [
        { group: 'People', items: named(people.data) },
        { group: 'Service accounts', items: named(programs.data) },
      ].filter(({ items }) => items.length > 0),
    },
  }
}

type Read = { isLoading: boolean; error: Error | null; refetch: () => unknown }

function named(items: { id: string; name: string }[] = []): Named[] {
  return items.map(({ id, name }) => ({ value: id, label: name }))
}
