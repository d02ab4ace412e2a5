import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { projectList } from '../../src/contract/projects.ts'
import { serviceAccountList } from '../../src/contract/service-accounts.ts'
import { teamList } from '../../src/contract/teams.ts'
import { userList } from '../../src/contract/users.ts'
import { allOf } from '../all.ts'
import { useViewer } from '../viewer.ts'

type Named = { value: string; label: string }

/**
 * Teams, the projects of the chosen one, and who owns keys, as far as the viewer may list them. Of hundreds that is pages of
 * them: they are read once somebody is about to choose, or has chosen.
 */
export function useWhose(teamId: string | undefined, chosen: boolean) {
  const { somewhere } = useViewer()
  const [asked, setAsked] = useState(false)
  const enabled = asked || chosen
  const teams = useQuery({ ...allOf(teamList, {}), enabled: enabled && somewhere('team:read') })
  const projects = useQuery({ ...allOf(projectList, {}), enabled: enabled && somewhere('project:read') })
  const people = useQuery({ ...allOf(userList, {}), enabled: enabled && somewhere('user:read') })
  const programs = useQuery({
    ...allOf(serviceAccountList, {}),
    enabled: enabled && somewhere('service-account:read'),
  })
  const field = (...lists: Read[]) => ({
    late: {
      isPending: lists.some(({ isLoading }) => isLoading),
      error: lists.find(({ error }) => error !== null)?.error ?? null,
    },
    onFocus() {
      setAsked(true)
      for (const list of lists) if (list.error) list.refetch()
    },
  })
  return {
    teams: { ...field(teams), choices: named(teams.data) },
    projects: {
      ...field(projects),
      choices: named(projects.data?.filter((project) => !teamId || project.teamId === teamId)),
    },
    owners: {
      ...field(people, programs),
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
