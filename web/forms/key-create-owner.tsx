import { Radio, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { serviceAccountList } from '../../src/contract/service-accounts.ts'
import { userList } from '../../src/contract/users.ts'
import { allOf } from '../all.ts'
import { Select } from '../ui/Select.tsx'
import type { Change, Draft } from './key-create.tsx'

const OWNERS = [
  { value: 'me', label: 'You' },
  {
    value: 'person',
    label: 'Another person',
    description: 'They are told, and they alone see its secret, when they open it.',
  },
  {
    value: 'program',
    label: 'A service account',
    description: 'A program of the project: it stays when people leave.',
  },
] as const

/** Whose key it is: one person's, or one program's. */
export function OwnerFields({
  draft,
  change,
  at,
}: {
  draft: Draft
  change: Change
  at: (name: string) => string | undefined
}) {
  const { owner, projectId } = draft
  const people = useQuery({ ...allOf(userList, {}), enabled: owner === 'person' })
  const programs = useQuery({
    ...allOf(serviceAccountList, { query: { projectId: projectId ?? '' } }),
    enabled: owner === 'program' && projectId !== null,
  })
  return (
    <>
      <Radio.Group
        label="Owner"
        value={owner}
        error={owner === 'me' ? at('userId') : undefined}
        onChange={(value) => {
          const chosen = OWNERS.find((choice) => choice.value === value)
          if (chosen) change({ owner: chosen.value })
        }}
      >
        <Stack gap="xs" mt="xs">
          {OWNERS.map((choice) => (
            <Radio key={choice.value} {...choice} />
          ))}
        </Stack>
      </Radio.Group>
      {owner === 'person' && (
        <Select
          label="Person"
          required
          searchable
          limit={50}
          data={(people.data ?? [])
            .filter(({ deactivatedAt }) => deactivatedAt === null)
            .map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` }))}
          value={draft.userId}
          error={at('userId') ?? people.error?.message}
          nothingFoundMessage="Nobody is called that."
          onChange={(userId) => change({ userId })}
        />
      )}
      {owner === 'program' && (
        <Select
          label="Service account"
          required
          searchable
          disabled={projectId === null}
          description={projectId === null ? 'Choose the environment first.' : undefined}
          data={(programs.data ?? [])
            .filter(({ deactivatedAt }) => deactivatedAt === null)
            .map(({ id, name }) => ({ value: id, label: name }))}
          value={draft.serviceAccountId}
          error={at('serviceAccountId') ?? programs.error?.message}
          nothingFoundMessage="This project has no such service account."
          onChange={(serviceAccountId) => change({ serviceAccountId })}
        />
      )}
    </>
  )
}
