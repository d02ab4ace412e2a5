import { Checkbox, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Input } from '../../src/contract/operation.ts'
import { projectList } from '../../src/contract/projects.ts'
import { roleList } from '../../src/contract/roles.ts'
import { teamList } from '../../src/contract/teams.ts'
import { tokenCreate } from '../../src/contract/tokens.ts'
import { allOf } from '../all.ts'
import { q, useAct } from '../api.ts'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Select } from '../ui/Select.tsx'
import { useViewer } from '../viewer.ts'
import { type Expiry, ExpiryField, expiryAt } from './expiry.tsx'
import { fieldErrors } from './field-errors.ts'

const SHOWN = ['name', 'role', 'teamId', 'projectId', 'production', 'expiresAt']
const EVERYTHING = ''

/** An API token of one's own, narrowed as far as one likes. */
export function TokenCreate({
  onClose,
  onMade,
}: {
  onClose: () => void
  onMade: (made: { name: string; secret: string }) => void
}) {
  const { somewhere } = useViewer()
  const [name, setName] = useState('')
  const [role, setRole] = useState<string | null>(EVERYTHING)
  const [place, setPlace] = useState<string | null>(EVERYTHING)
  const [production, setProduction] = useState(false)
  const [expiry, setExpiry] = useState<Expiry>({ choice: '90', day: '', kept: null })
  const roles = useQuery({ ...q(roleList, { query: {} }), enabled: somewhere('role:read') })
  const teams = useQuery({ ...allOf(teamList, {}), enabled: somewhere('team:read') })
  const projects = useQuery({ ...allOf(projectList, {}), enabled: somewhere('project:read') })
  const create = useAct(tokenCreate)
  const { at, other } = fieldErrors(create.error, SHOWN)

  const submit = () => {
    const expiresAt = expiryAt(expiry)
    const body: Input<typeof tokenCreate>['body'] = {
      name: name.trim(),
      production,
      ...(role ? { role } : {}),
      ...(place?.startsWith('team_') ? { teamId: place } : place ? { projectId: place } : {}),
      ...(expiresAt ? { expiresAt } : {}),
    }
    create.mutate(
      { input: { body } },
      { onSuccess: ({ token, secret }) => onMade({ name: token.name, secret }) },
    )
  }
  const open = <Thing extends { archivedAt: string | null }>(all: Thing[] | undefined) =>
    all?.filter(({ archivedAt }) => archivedAt === null) ?? []
  const teamNames = new Map(teams.data?.map(({ id, name }) => [id, name]))
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Create an API token"
      act="Create token"
      pending={create.isPending}
      error={other}
      onSubmit={submit}
    >
      <TextInput
        label="Name"
        description="What uses it, such as ci or terraform."
        required
        maxLength={120}
        value={name}
        error={at('name')}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Select
        label="May do"
        allowDeselect={false}
        data={[
          { value: EVERYTHING, label: 'All that I may' },
          ...(roles.data?.data ?? []).map(({ id, name }) => ({
            value: id,
            label: `What the role ${name} may`,
          })),
        ]}
        value={role}
        error={at('role')}
        onChange={setRole}
      />
      <Select
        label="Reaches"
        allowDeselect={false}
        searchable
        data={[
          { value: EVERYTHING, label: 'Everything that I reach' },
          ...open(teams.data).map(({ id, name }) => ({ value: id, label: `The team ${name}` })),
          ...open(projects.data).map(({ id, teamId, name }) => ({
            value: id,
            label: `The project ${teamNames.get(teamId) ?? ''} / ${name}`,
          })),
        ]}
        value={place}
        error={at('teamId') ?? at('projectId')}
        onChange={setPlace}
      />
      <Checkbox
        label="Production too"
        checked={production}
        error={at('production')}
        onChange={(event) => setProduction(event.currentTarget.checked)}
      />
      <ExpiryField value={expiry} onChange={setExpiry} error={at('expiresAt')} />
    </FormPanel>
  )
}
