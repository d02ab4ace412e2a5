import { Autocomplete, Group, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { teamList } from '../../../src/contract/teams.ts'
import { userList } from '../../../src/contract/users.ts'
import { allOf } from '../../all.ts'
import { useAddress } from '../../search.ts'
import { MomentInput } from '../../ui/MomentInput.tsx'
import { useTyped } from '../../ui/use-typed.ts'
import { useViewer } from '../../viewer.ts'
import { NOUNS, RESULT } from './events.ts'

/** The filters of the list, by their names in the address, which are those of the API. */
export const FILTERS = ['from', 'to', 'userId', 'action', 'result', 'teamId', 'targetId', 'actorId'] as const

const RANGES = [
  { value: '-24h', label: 'Last 24 hours' },
  { value: '-7d', label: 'Last 7 days' },
  { value: '-30d', label: 'Last 30 days' },
  { value: '-365d', label: 'Last year' },
  { value: 'own', label: 'From and to …' },
]
const OWN = 'own'

export function Filters() {
  const [address, setAddress] = useAddress()
  const { somewhere } = useViewer()
  const set = (name: (typeof FILTERS)[number]) => (value: string | null) =>
    setAddress({ [name]: value ?? undefined })
  const listed = RANGES.some(({ value }) => value === address.from)
  const own = (address.from !== undefined && !listed) || address.to !== undefined
  return (
    <Group mb="md" align="flex-end" gap="sm">
      <Select
        label="When"
        placeholder="Ever"
        clearable
        w={140}
        data={RANGES}
        value={own ? OWN : (address.from ?? null)}
        onChange={(value) =>
          setAddress(
            value === OWN
              ? { from: new Date(new Date().setHours(0, 0, 0, 0)).toISOString(), to: undefined }
              : { from: value ?? undefined, to: undefined },
          )
        }
      />
      {own && (
        <>
          <MomentInput
            label="From"
            value={address.from ?? ''}
            onChange={(from) => setAddress({ from: from || undefined })}
          />
          <MomentInput
            label="To"
            value={address.to ?? ''}
            onChange={(to) => setAddress({ to: to || undefined })}
          />
        </>
      )}
      {somewhere('user:read') && <Person value={address.userId} choose={set('userId')} />}
      <Typed
        label="What"
        placeholder="key.* or team.create"
        options={NOUNS.map((noun) => `${noun}.*`)}
        value={address.action ?? ''}
        choose={(action) => setAddress({ action })}
      />
      <Select
        label="Result"
        placeholder="Any"
        clearable
        w={105}
        data={Object.entries(RESULT).map(([value, { text }]) => ({ value, label: text }))}
        value={address.result ?? null}
        onChange={set('result')}
      />
      <Team value={address.teamId} choose={set('teamId')} />
      <Typed
        label="About"
        placeholder="An id: key_01JD…"
        value={address.targetId ?? ''}
        choose={(targetId) => setAddress({ targetId })}
      />
    </Group>
  )
}

type ChoiceProps = { value: string | undefined; choose: (value: string | null) => void }

function Person({ value, choose }: ChoiceProps) {
  const { data } = useQuery(allOf(userList, { query: {} }))
  const options = data?.map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` })) ?? []
  return (
    <Select
      label="Who"
      placeholder="Anybody"
      clearable
      searchable
      limit={50}
      w={170}
      data={options}
      value={value ?? null}
      onChange={choose}
    />
  )
}

function Team({ value, choose }: ChoiceProps) {
  const { data } = useQuery(allOf(teamList, { query: {} }))
  return (
    <Select
      label="Team"
      placeholder="Any"
      clearable
      searchable
      limit={50}
      w={130}
      data={data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
      value={value ?? null}
      onChange={choose}
    />
  )
}

/** A text that becomes a filter once somebody stops typing. */
function Typed({
  label,
  placeholder,
  options,
  value,
  choose,
}: {
  label: string
  placeholder: string
  options?: string[]
  value: string
  choose: (text: string | undefined) => void
}) {
  const [text, setText] = useTyped(value, choose)
  if (options === undefined) {
    return (
      <TextInput
        label={label}
        placeholder={placeholder}
        w={170}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
    )
  }
  return (
    <Autocomplete
      label={label}
      placeholder={placeholder}
      w={170}
      limit={50}
      data={options}
      value={text}
      onChange={setText}
    />
  )
}
