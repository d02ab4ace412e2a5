import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { grantList } from '../../../src/contract/grants.ts'
import { userList } from '../../../src/contract/users.ts'
import { q } from '../../api.ts'
import { Select } from '../../ui/Select.tsx'
import { useViewer } from '../../viewer.ts'

const MOST_SHOWN = 20
const MOST_KNOWN = 200
const TYPING_MS = 200

type Person = { id: string; name: string; email: string }

type Props = {
  label: string
  description?: string
  required?: boolean
  value: string | null
  onChange: (userId: string | null) => void
  /** Who cannot be chosen. */
  without?: string[]
}

/**
 * Chooses a person by name or address. Who may not list everybody chooses among those whose roles they see: the others
 * are asked in by e-mail.
 */
export function PersonPicker({ without = [], description, value, onChange, ...field }: Props) {
  const all = useViewer().inOrganization('user:read') === true
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState<Person | null>(null)
  const [search] = useDebouncedValue(typed.trim(), TYPING_MS)
  const found = useQuery({
    ...q(userList, {
      query: {
        limit: MOST_SHOWN,
        deactivated: 'false',
        ...(search === '' || search === labelOf(chosen) ? {} : { q: search }),
      },
    }),
    enabled: all,
    placeholderData: (before) => before,
  })
  const near = useQuery({ ...q(grantList, { query: { limit: MOST_KNOWN } }), enabled: !all })
  const people: Person[] = all
    ? (found.data?.data ?? [])
    : (near.data?.data ?? []).flatMap(({ userId, user }) => (userId && user ? [{ id: userId, ...user }] : []))
  const shown = new Map(
    [...people, ...(chosen && chosen.id === value ? [chosen] : [])]
      .filter(({ id }) => !without.includes(id))
      .map((person) => [person.id, person]),
  )
  return (
    <Select
      {...field}
      description={description ?? (all ? undefined : 'Only people whose roles you see.')}
      searchable
      clearable
      value={value}
      onChange={(id) => {
        setChosen(id === null ? null : (shown.get(id) ?? null))
        onChange(id)
      }}
      onSearchChange={setTyped}
      data={[...shown.values()].map((person) => ({ value: person.id, label: labelOf(person) }))}
      // The server has searched: what it found is shown as it is.
      {...(all ? { filter: ({ options }) => options } : {})}
      placeholder="Name or e-mail address"
      nothingFoundMessage={found.isFetching ? 'Searching' : 'Nobody is called this'}
      clearButtonProps={{ 'aria-label': 'Clear' }}
      comboboxProps={{ withinPortal: true }}
    />
  )
}

function labelOf(person: Person | null): string {
  return person === null ? '' : `${person.name} (${person.email})`
}
