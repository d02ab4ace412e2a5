import { useQuery } from '@tanstack/react-query'
import { environmentList } from '../../src/contract/environments.ts'
import { keyList } from '../../src/contract/keys.ts'
import { projectList } from '../../src/contract/projects.ts'
import { serviceAccountList } from '../../src/contract/service-accounts.ts'
import { teamList } from '../../src/contract/teams.ts'
import { userList } from '../../src/contract/users.ts'
import type { Scope, ScopeType } from '../../src/domain/scope.ts'
import { all } from '../all.ts'
import { useNames } from '../names.ts'
import { LEVELS, levelWord } from '../scopes.tsx'
import { Select } from '../ui/Select.tsx'
import { useViewer } from '../viewer.ts'

/** More than these are not offered in one list: the narrowest levels have a page of their own to begin at. */
const MOST = 1_000
const MOST_SHOWN = 60

type Value = { type: ScopeType; id: string | null }

/** Whose something is: first the level, then which of that level. `id` is null until one is chosen. */
export function ScopePicker({ value, onChange }: { value: Value; onChange: (value: Value) => void }) {
  const { organization } = useViewer()
  const { options, pending, truncated } = useOptions(value.type)
  const pick = (type: ScopeType) => onChange({ type, id: type === 'organization' ? organization.id : null })
  return (
    <>
      <Select
        label="Level"
        data={LEVELS.map(({ type, title }) => ({ value: type, label: title }))}
        value={value.type}
        allowDeselect={false}
        onChange={(type) => pick(LEVELS.find((level) => level.type === type)?.type ?? 'organization')}
      />
      {value.type !== 'organization' && (
        <Select
          label={`Which ${levelWord(value.type)}`}
          placeholder={pending ? 'Loading …' : `Choose a ${levelWord(value.type)}`}
          data={options}
          value={value.id}
          searchable
          required
          limit={MOST_SHOWN}
          nothingFoundMessage={`No ${levelWord(value.type)} is called that, or you may not see it.`}
          description={truncated ? `The first ${MOST} are listed.` : undefined}
          onChange={(id) => onChange({ type: value.type, id })}
        />
      )}
    </>
  )
}

/** True when something is chosen. */
export function isChosen(value: Value): value is Scope {
  return value.id !== null
}

function useOptions(type: ScopeType) {
  const ask = <T,>(of: ScopeType, query: T) => ({ ...query, enabled: type === of })
  const teams = useQuery(ask('team', all(teamList, {})))
  const projects = useQuery(ask('project', all(projectList, {})))
  const environments = useQuery(ask('environment', all(environmentList, {})))
  const users = useQuery(ask('user', all(userList, {}, MOST)))
  const programs = useQuery(ask('service_account', all(serviceAccountList, {}, MOST)))
  const keys = useQuery(ask('key', all(keyList, {}, MOST)))
  const nameOf = useNames([
    ...(projects.data?.items.map(({ teamId }) => teamId) ?? []),
    ...(environments.data?.items.map(({ projectId }) => projectId) ?? []),
    ...(programs.data?.items.map(({ projectId }) => projectId) ?? []),
    ...(keys.data?.items.map(({ projectId }) => projectId) ?? []),
  ])
  const option = (id: string, ...names: string[]) => ({ value: id, label: names.join(' / ') })
  const found = {
    organization: undefined,
    team: teams.data && { ...teams.data, items: teams.data.items.map(({ id, name }) => option(id, name)) },
    project: projects.data && {
      ...projects.data,
      items: projects.data.items.map(({ id, teamId, name }) => option(id, nameOf(teamId), name)),
    },
    environment: environments.data && {
      ...environments.data,
      items: environments.data.items.map(({ id, projectId, name }) => option(id, nameOf(projectId), name)),
    },
    user: users.data && {
      ...users.data,
      items: users.data.items.map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` })),
    },
    service_account: programs.data && {
      ...programs.data,
      items: programs.data.items.map(({ id, projectId, name }) => option(id, nameOf(projectId), name)),
    },
    key: keys.data && {
      ...keys.data,
      items: keys.data.items.map(({ id, projectId, name }) => option(id, nameOf(projectId), name)),
    },
  }[type]
  return {
    options: found?.items ?? [],
    pending: found === undefined,
    truncated: found?.truncated ?? false,
  }
}
