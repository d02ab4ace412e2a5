import type { Scope } from '../../../src/domain/scope.ts'
import { useNames } from '../../names.ts'
import { useCan, useViewer } from '../../viewer.ts'

/** Whose usage the API tells the viewer of, as a sentence. */
export function useWhoseUsage(): string {
  const { self, organization, inOrganization } = useViewer()
  const all = inOrganization('usage:read') === true
  const places = all ? [] : self.grants.flatMap(placeOf)
  const can = useCan(places, ['usage:read'])
  const seen = [...new Set(places.map(({ id }) => id))].filter((id) => can('usage:read', id) === true)
  const nameOf = useNames(seen)
  if (all) return `You see the usage of everybody in ${organization.name}.`
  if (seen.length === 0) return 'You see the usage of your own keys.'
  return `You see the usage of ${LIST.format(seen.map(nameOf))}, and of your own keys.`
}

const LIST = new Intl.ListFormat('en', { type: 'conjunction' })

/** Where a role was given. One for the whole organization shows in what the API says of that. */
function placeOf({ teamId, projectId }: { teamId: string | null; projectId: string | null }): Scope[] {
  if (projectId !== null) return [{ type: 'project', id: projectId }]
  return teamId === null ? [] : [{ type: 'team', id: teamId }]
}
