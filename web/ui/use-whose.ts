import { useQuery } from '@tanstack/react-query'
import { projectList } from '../../src/contract/projects.ts'
import { serviceAccountList } from '../../src/contract/service-accounts.ts'
import { teamList } from '../../src/contract/teams.ts'
import { userList } from '../../src/contract/users.ts'
import { allOf } from '../all.ts'
import { useViewer } from '../viewer.ts'

type Named = { value: string; label: string }

/** Teams, the projects of the chosen one, and who owns keys, as far as the viewer may list them. */
export function useWhose(teamId: string | undefined, enabled = true) {
  const { somewhere } = useViewer()
  const teams = useQuery({ ...allOf(teamList, {}), enabled: enabled && somewhere('team:read') })
  const projects = useQuery({ ...allOf(projectList, {}), enabled: enabled && somewhere('project:read') })
  const people = useQuery({ ...allOf(userList, {}), enabled: enabled && somewhere('user:read') })
  const programs = useQuery({
    ...allOf(serviceAccountList, {}),
    enabled: enabled && somewhere('service-account:read'),
  })
  return {
    teams: named(teams.data),
    projects: named(projects.data?.filter((project) => !teamId || project.teamId === teamId)),
    owners: [
      { group: 'People', items: named(people.data) },
      { group: 'Service accounts', items: named(programs.data) },
    ].filter(({ items }) => items.length > 0),
  }
}

function named(items: { id: string; name: string }[] = []): Named[] {
  return items.map(({ id, name }) => ({ value: id, label: name }))
}
