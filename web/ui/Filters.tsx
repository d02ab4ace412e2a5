import { Button, Select, TextInput } from '@mantine/core'
import { Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { useAddress } from '../search.ts'
import classes from './Filters.module.css'
import { Empty } from './Region.tsx'
import { useTyped } from './use-typed.ts'

/** What a list is narrowed by. Each is a parameter of the address. */
export function Filters({ children }: { children: ReactNode }) {
  return <search className={classes.filters ?? ''}>{children}</search>
}

export function TextFilter({
  name,
  label,
  placeholder,
}: {
  name: string
  label: string
  placeholder: string
}) {
  const [address, setAddress] = useAddress()
  const [typed, setTyped] = useTyped(address[name] ?? '', (text) => setAddress({ [name]: text }))
  return (
    <TextInput
      className={classes.grow ?? ''}
      label={label}
      placeholder={placeholder}
      leftSection={<Search size={15} aria-hidden />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  )
}

export function ChoiceFilter({
  name,
  label,
  all,
  choices,
}: {
  name: string
  label: string
  /** What stands there while nothing is chosen: "All levels". */
  all: string
  choices: { value: string; label: string }[]
}) {
  const [address, setAddress] = useAddress()
  return (
    <Select
      label={label}
      placeholder={all}
      data={choices}
      value={address[name] ?? null}
      clearable
      searchable={choices.length > 10}
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      onChange={(value) => setAddress({ [name]: value ?? undefined })}
    />
  )
}

/** Nothing matches: says what was asked for, and the way back. */
export function NothingMatches({ what, names }: { what: string; names: string[] }) {
  const [address, setAddress] = useAddress()
  const asked = names.flatMap((name) => (address[name] ? [`${name}: ${address[name]}`] : []))
  return (
    <Empty title={`No ${what} match`}>
      <p>{asked.join(', ')}</p>
      <Button
        variant="default"
        onClick={() => setAddress(Object.fromEntries(names.map((name) => [name, undefined])))}
      >
        Clear filters
      </Button>
    </Empty>
  )
}
