import { Switch, TextInput } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { mappingCreate, mappingDelete, mappingList } from '../../../src/contract/mappings.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { projectList } from '../../../src/contract/projects.ts'
import { roleList } from '../../../src/contract/roles.ts'
import { teamList } from '../../../src/contract/teams.ts'
import { allOf } from '../../all.ts'
import { pages, q, useAct } from '../../api.ts'
import { ConfirmDialog, FormPanel } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Select } from '../../ui/Select.tsx'
import { EnvironmentBadge } from '../../ui/Status.tsx'
import { useViewer } from '../../viewer.ts'
import type { Connection } from './ConnectionState.tsx'

type Mapping = Output<typeof mappingList>['data'][number]

/** Which groups at the provider get which roles, at each sign-in. */
export function Mappings({ connection }: { connection: Connection }) {
  const [, setAddress] = useAddress()
  const { inOrganization } = useViewer()
  const can = inOrganization('connection:update')
  const list = useInfiniteQuery(pages(mappingList, { query: { connectionId: connection.id } }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const roles = useQuery(q(roleList, {})).data?.data ?? []
  const nameOf = useNames(rows.flatMap(({ teamId, projectId }) => [teamId, projectId]))
  const [ending, setEnding] = useState<Mapping | null>(null)
  const columns: Column<Mapping>[] = [
    {
      id: 'group',
      header: 'Who is in',
      title: true,
      cell: ({ claim, value }) => (claim === 'groups' ? value : `${claim}: ${value}`),
    },
    {
      id: 'role',
      header: 'Gets the role',
      cell: ({ role, production }) => (
        <>
          {roles.find(({ id }) => id === role)?.name ?? role}{' '}
          {production && <EnvironmentBadge kind="production" />}
        </>
      ),
    },
    {
      id: 'where',
      header: 'Where',
      cell: ({ teamId, projectId }) =>
        projectId ? nameOf(projectId) : teamId ? nameOf(teamId) : 'in the organization',
    },
  ]
  return (
    <Section
      title="Groups and roles"
      note="Roles follow the provider at each sign-in: what it says no more is taken back then."
      actions={
        <ActButton variant="default" can={can} onClick={() => setAddress({ new: 'mapping' }, false)}>
          Map a group
        </ActButton>
      }
    >
      <Region of={list} rows={3}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No group is mapped">
              <p>Everybody who signs in there gets the same role, and what else they are given here.</p>
            </Empty>
          ) : (
            <DataTable
              label="Which groups get which roles"
              rows={rows}
              columns={columns}
              rowId={({ id }) => id}
              more={moreOf(list)}
              actions={(mapping) => (
                <ActButton variant="subtle" size="compact-sm" can={can} onClick={() => setEnding(mapping)}>
                  Delete
                </ActButton>
              )}
            />
          )
        }
      </Region>
      <Create connection={connection} />
      {ending && <Delete mapping={ending} onClose={() => setEnding(null)} />}
    </Section>
  )
}

function Create({ connection }: { connection: Connection }) {
  const [address, setAddress] = useAddress()
  const act = useAct(mappingCreate)
  const roles = useQuery(q(roleList, {})).data?.data ?? []
  const teams = useQuery(allOf(teamList, { query: {} })).data ?? []
  const projects = useQuery(allOf(projectList, { query: {} })).data ?? []
  const [claim, setClaim] = useState('groups')
  const [value, setValue] = useState('')
  const [role, setRole] = useState<string | null>(null)
  const [where, setWhere] = useState<string | null>(null)
  const [production, setProduction] = useState(false)
  const close = () => {
    act.reset()
    setAddress({ new: undefined })
  }
  const place = where === null ? {} : where.startsWith('team_') ? { teamId: where } : { projectId: where }
  const submit = () =>
    act.mutate(
      {
        input: {
          body: { connectionId: connection.id, claim, value, role: role ?? '', ...place, production },
        },
      },
      {
        onSuccess: () => {
          toast('Mapped, from the next sign-in of each on.')
          setValue('')
          close()
        },
      },
    )
  return (
    <FormPanel
      opened={address.new === 'mapping'}
      onClose={close}
      title="Map a group to a role"
      act="Map it"
      pending={act.isPending}
      error={act.error}
      disabled={role === null}
      onSubmit={submit}
    >
      <TextInput
        label="Group"
        description="Exactly as the provider says it."
        required
        maxLength={500}
        value={value}
        onChange={({ currentTarget }) => setValue(currentTarget.value)}
      />
      <TextInput
        label="Claim"
        description="What the provider says it in."
        required
        maxLength={200}
        value={claim}
        onChange={({ currentTarget }) => setClaim(currentTarget.value)}
      />
      <Select
        label="Role"
        required
        data={roles.filter(({ id }) => id !== 'owner').map(({ id, name }) => ({ value: id, label: name }))}
        value={role}
        onChange={setRole}
      />
      <Select
        label="Where"
        placeholder="In the whole organization"
        clearable
        searchable
        limit={100}
        data={[
          { group: 'Teams', items: teams.map(({ id, name }) => ({ value: id, label: name })) },
          { group: 'Projects', items: projects.map(({ id, name }) => ({ value: id, label: name })) },
        ]}
        value={where}
        onChange={setWhere}
      />
      <Switch
        label="It reaches production"
        checked={production}
        onChange={({ currentTarget }) => setProduction(currentTarget.checked)}
      />
    </FormPanel>
  )
}

function Delete({ mapping, onClose }: { mapping: Mapping; onClose: () => void }) {
  const act = useAct(mappingDelete)
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Map ${mapping.value} no more?`}
      act="Delete the mapping"
      danger
      pending={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate(
          { input: { params: { mappingId: mapping.id } } },
          {
            onSuccess: () => {
              toast('Deleted.')
              onClose()
            },
          },
        )
      }
    >
      Its role is taken back from each person at their next sign-in. To take it back at once, end their
      sessions.
    </ConfirmDialog>
  )
}
