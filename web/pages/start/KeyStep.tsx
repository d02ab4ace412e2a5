import { Button, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { environmentCredentialSet } from '../../../src/contract/environment-credentials.ts'
import { environmentCreate, environmentList } from '../../../src/contract/environments.ts'
import { keyCreate } from '../../../src/contract/keys.ts'
import { projectCreate, projectList } from '../../../src/contract/projects.ts'
import { teamCreate, teamList } from '../../../src/contract/teams.ts'
import { all, allOf } from '../../all.ts'
import { queryClient, useAct } from '../../api.ts'
import { useNames } from '../../names.ts'
import { Problem, Region } from '../../ui/Region.tsx'
import { Select } from '../../ui/Select.tsx'
import { To } from '../../ui/To.tsx'
import { type Credential, isReady } from './ProviderStep.tsx'
import { Step } from './Step.tsx'
import classes from './start.module.css'

/** What the first key may spend, in USD a month: enough to try everything, and no surprise. */
const BUDGET_USD = '5'

export type MadeKey = { id: string; name: string; secret: string }

export function KeyStep({
  done,
  next,
  credentials,
  onMade,
}: {
  /** What the first key is called; null while there is none. */
  done: { id: string; name: string } | null
  next: boolean
  credentials: Credential[]
  onMade: (made: MadeKey) => void
}) {
  const environments = useQuery({ ...allOf(environmentList, {}), enabled: done === null })
  return (
    <Step
      number={2}
      title="Create the first key"
      done={done !== null}
      next={next}
      summary={
        done ? (
          <>
            The key{' '}
            <To to="/keys/$keyId" params={{ keyId: done.id }}>
              {done.name}
            </To>{' '}
            is there.
          </>
        ) : (
          'What your programs call with, instead of the provider’s own key. It works in one environment of a project of a team.'
        )
      }
    >
      {next && (
        <Region of={environments} rows={2}>
          {(all) => (
            <KeyForm
              environments={all.filter(({ archivedAt }) => archivedAt === null)}
              credentials={credentials}
              onMade={onMade}
            />
          )}
        </Region>
      )}
    </Step>
  )
}

type Place = { id: string; name: string; projectId: string; teamId: string }

function KeyForm({
  environments,
  credentials,
  onMade,
}: {
  environments: Place[]
  credentials: Credential[]
  onMade: (made: MadeKey) => void
}) {
  const [name, setName] = useState('first')
  const [chosen, setChosen] = useState<string | null>(null)
  const [names, setNames] = useState({
    team: 'First team',
    project: 'First project',
    environment: 'development',
  })
  const nameOf = useNames(environments.flatMap(({ teamId, projectId }) => [teamId, projectId]))
  const open = usePlace(credentials)
  const create = useAct(keyCreate)
  const environmentId = chosen ?? environments[0]?.id

  const make = async () => {
    create.reset()
    const place = environmentId ?? (await open.in(names))
    const budgets = [{ limitUsd: BUDGET_USD, period: 'month' as const }]
    const { key, secret } = await create.mutateAsync({
      input: { body: { name, environmentId: place, budgets } },
    })
    onMade({ id: key.id, name: key.name, secret })
    create.reset()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // What it failed with is shown below.
    make().catch(() => {})
  }
  const field = (what: keyof typeof names, label: string) => (
    <TextInput
      label={label}
      required
      maxLength={120}
      value={names[what]}
      onChange={({ currentTarget: { value } }) => setNames({ ...names, [what]: value })}
    />
  )
  return (
    <form onSubmit={submit} className={classes.form}>
      <div className={classes.fields}>
        {environments.length === 0 ? (
          <>
            {field('team', 'Team')}
            {field('project', 'Project')}
            {field('environment', 'Environment')}
          </>
        ) : (
          <Select
            label="Environment"
            allowDeselect={false}
            data={environments.map(({ id, name, teamId, projectId }) => ({
              value: id,
              label: `${nameOf(teamId)} / ${nameOf(projectId)} / ${name}`,
            }))}
            value={environmentId ?? null}
            onChange={setChosen}
          />
        )}
        <TextInput
          label="Key"
          required
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </div>
      <div className={classes.line}>
        <Button type="submit" loading={open.isPending || create.isPending}>
          Create the key
        </Button>
        <span className="muted">It may spend {BUDGET_USD} USD a month until you say otherwise.</span>
      </div>
      <Problem error={open.error ?? create.error} />
    </form>
  )
}

/** Makes the team, the project and the environment that are not there, so that trying once more makes nothing twice. */
function usePlace(credentials: Credential[]) {
  const team = useAct(teamCreate)
  const project = useAct(projectCreate)
  const environment = useAct(environmentCreate)
  const bind = useAct(environmentCredentialSet)
  const acts = [team, project, environment, bind]
  return {
    isPending: acts.some(({ isPending }) => isPending),
    error: acts.find(({ error }) => error)?.error,
    async in(names: { team: string; project: string; environment: string }): Promise<string> {
      for (const act of acts) act.reset()
      const teams = await queryClient.fetchQuery({ ...all(teamList, {}), staleTime: 0 })
      const { id: teamId } =
        named(names.team, teams.items) ?? (await team.mutateAsync({ input: { body: { name: names.team } } }))
      const projects = await queryClient.fetchQuery({
        ...all(projectList, { query: { teamId } }),
        staleTime: 0,
      })
      const { id: projectId } =
        named(names.project, projects.items) ??
        (await project.mutateAsync({ input: { body: { teamId, name: names.project } } }))
      const body = { projectId, name: names.environment, kind: 'development' as const }
      const { id } = await environment.mutateAsync({ input: { body } })
      const credentialIds = credentials.filter(isReady).map(({ id }) => id)
      // The demo provider is there by itself; what was pasted has to be let in.
      if (credentialIds.length > 1) {
        await bind.mutateAsync({ input: { params: { environmentId: id }, body: { credentialIds } } })
      }
      return id
    },
  }
}

function named<Thing extends { name: string; archivedAt: string | null }>(
  name: string,
  all: Thing[],
): Thing | undefined {
  return all.find((one) => one.name === name && one.archivedAt === null)
}
