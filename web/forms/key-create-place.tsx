import { Radio, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { environmentList } from '../../src/contract/environments.ts'
import { projectList } from '../../src/contract/projects.ts'
import { teamList } from '../../src/contract/teams.ts'
import { allOf } from '../all.ts'
import classes from '../pages/keys/keys.module.css'
import { Select } from '../ui/Select.tsx'
import { EnvironmentBadge } from '../ui/Status.tsx'
import type { Change, Draft } from './key-create.tsx'

/** Team, project, environment: each narrows the next. */
export function PlaceFields({
  draft,
  change,
  at,
}: {
  draft: Draft
  change: Change
  at: (name: string) => string | undefined
}) {
  const teams = useQuery(allOf(teamList, {}))
  const open = teams.data?.filter(({ archivedAt }) => archivedAt === null) ?? []
  const { projectId } = draft
  const projects = useQuery(allOf(projectList, {}))
  const all = projects.data?.filter(({ archivedAt }) => archivedAt === null) ?? []
  const teamId = all.find(({ id }) => id === projectId)?.teamId ?? draft.teamId ?? only(open)
  const inTeam = all.filter((project) => project.teamId === teamId)
  const shown = projectId ?? only(inTeam)
  const environments = useQuery({
    ...allOf(environmentList, { query: { projectId: shown ?? '' } }),
    enabled: shown !== null,
  })
  const inProject = environments.data?.filter(({ archivedAt }) => archivedAt === null) ?? []
  return (
    <>
      <div className={classes.two}>
        <Select
          label="Team"
          required
          searchable
          data={open.map(({ id, name }) => ({ value: id, label: name }))}
          value={teamId}
          nothingFoundMessage="No team is called that."
          onChange={(teamId) =>
            change({ teamId, projectId: null, environmentId: null, serviceAccountId: null })
          }
        />
        <Select
          label="Project"
          required
          searchable
          disabled={teamId === null}
          data={inTeam.map(({ id, name }) => ({ value: id, label: name }))}
          value={shown}
          nothingFoundMessage="This team has no such project."
          onChange={(projectId) => change({ projectId, environmentId: null, serviceAccountId: null })}
        />
      </div>
      {shown !== null && (
        <Radio.Group
          label="Environment"
          description="It decides which provider credentials and limits apply."
          required
          value={draft.environmentId}
          error={at('environmentId')}
          onChange={(environmentId) => change({ environmentId, projectId: shown })}
        >
          <Stack gap="xs" mt="xs">
            {inProject.map(({ id, name, kind }) => (
              <Radio
                key={id}
                value={id}
                label={
                  <span className={classes.place}>
                    {name}
                    <EnvironmentBadge kind={kind} />
                  </span>
                }
              />
            ))}
            {environments.data && inProject.length === 0 && (
              <span className="muted">This project has no environment yet.</span>
            )}
          </Stack>
        </Radio.Group>
      )}
      {inProject.some(({ id, kind }) => id === draft.environmentId && kind === 'production') && (
        <div className={`${classes.answer} ${classes.warn}`}>
          This key will work in production: it spends production’s money and reaches its providers.
        </div>
      )}
    </>
  )
}

function only(items: { id: string }[]): string | null {
  return items.length === 1 ? (items[0]?.id ?? null) : null
}
