import { Radio, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { environmentCreate } from '../../../src/contract/environments.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { projectView } from '../../../src/contract/projects.ts'
import { ENVIRONMENT_KINDS, type EnvironmentKind } from '../../../src/domain/scope.ts'
import { useAct } from '../../api.ts'
import { toast } from '../../ui/announce.tsx'
import { FormPanel } from '../../ui/FormPanel.tsx'

const SAYS: Record<EnvironmentKind, string> = {
  development: 'For trying things out.',
  staging: 'For what is to become production, with data that may be lost.',
  production: 'For what people rely on. Only roles that reach production change anything here.',
}

/** A new environment of a project. Its kind stays as it is. */
export function EnvironmentForm({
  project,
  onClose,
}: {
  project: Output<typeof projectView>
  onClose: () => void
}) {
  const [kind, setKind] = useState<EnvironmentKind>('development')
  const [name, setName] = useState<string | null>(null)
  const create = useAct(environmentCreate)
  const called = name ?? kind
  const submit = () =>
    create.mutate(
      { input: { body: { projectId: project.id, name: called.trim(), kind } } },
      {
        onSuccess: () => {
          toast(`The environment ${called} is there. Choose next which credentials it may use.`)
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`New environment of ${project.name}`}
      act="Create the environment"
      pending={create.isPending}
      error={create.error}
      disabled={called.trim() === ''}
      onSubmit={submit}
    >
      <Radio.Group
        label="Kind"
        description="It is part of each key that is made here, and never changes."
        value={kind}
        // One of the kinds below.
        onChange={(value) => setKind(value as EnvironmentKind)}
      >
        <Stack gap="sm" mt="xs">
          {ENVIRONMENT_KINDS.map((kind) => (
            <Radio key={kind} value={kind} label={kind} description={SAYS[kind]} />
          ))}
        </Stack>
      </Radio.Group>
      <TextInput
        label="Name"
        required
        maxLength={120}
        value={called}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormPanel>
  )
}
