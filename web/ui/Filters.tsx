import { Autocomplete, Button, TextInput } from '@mantine/core'
import { Search } from 'lucide-react'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { problemOf } from '../api.ts'
import { useAddress } from '../search.ts'
import { askedFor, type FilterWords } from './asked-for.ts'
import classes from './Filters.module.css'
import { Empty } from './Region.tsx'
import { Select } from './Select.tsx'
import { useTyped } from './use-typed.ts'

const MOST_LETTERS = 200
/** So many choices are seen at a glance. */
const FEW = 10
const MOST_SHOWN = 100

/** What a list is narrowed by. Each is a parameter of the address. */
export function Filters({ label, children }: { label?: string; children: ReactNode }) {
  return (
    <search className={classes.filters ?? ''} aria-label={label}>
      {children}
    </search>
  )
}

type TextProps = {
  name: string
  label: string
  placeholder: string
  /**
   * It filters once it is complete, with Enter or when the field is left: a half of an address or of a status finds
   * nothing, or is an error. Otherwise it filters while it is typed.
   */
  whole?: boolean
  /** What can be chosen in the place of typing it. */
  suggestions?: string[]
}

export function TextFilter({ whole = false, suggestions, ...rest }: TextProps) {
  return whole ? <WholeText {...rest} /> : <TypedText {...rest} suggestions={suggestions} />
}

type OneText = Omit<TextProps, 'whole' | 'suggestions'>

function TypedText({
  name,
  label,
  placeholder,
  suggestions,
}: OneText & { suggestions: string[] | undefined }) {
  const [address, setAddress] = useAddress()
  const [typed, setTyped] = useTyped(address[name] ?? '', (text) => setAddress({ [name]: text }))
  if (suggestions !== undefined) {
    return (
      <Autocomplete
        label={label}
        placeholder={placeholder}
        maxLength={MOST_LETTERS}
        data={suggestions}
        limit={MOST_SHOWN}
        value={typed}
        onChange={setTyped}
      />
    )
  }
  return (
    <TextInput
      className={classes.grow ?? ''}
      label={label}
      placeholder={placeholder}
      maxLength={MOST_LETTERS}
      leftSection={<Search size={15} aria-hidden />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  )
}

function WholeText({ name, label, placeholder }: OneText) {
  const [address, setAddress] = useAddress()
  const now = address[name] ?? ''
  const [text, setText] = useState(now)
  useEffect(() => setText(now), [now])
  const commit = (event?: FormEvent) => {
    event?.preventDefault()
    if (text.trim() !== now) setAddress({ [name]: text.trim() || undefined })
  }
  return (
    <form onSubmit={commit}>
      <TextInput
        label={label}
        placeholder={placeholder}
        maxLength={MOST_LETTERS}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={() => commit()}
      />
    </form>
  )
}

type Choice = { value: string; label: string }

/** Of choices that are read once somebody is about to choose. */
export type Late = { isPending: boolean; error: Error | null }

export function ChoiceFilter({
  name,
  label,
  all,
  choices,
  clears = [],
  late,
  onFocus,
}: {
  name: string
  label: string
  /** What stands there while nothing is chosen: "All levels". */
  all: string
  choices: string[] | Choice[] | { group: string; items: Choice[] }[]
  /** Other filters that say nothing once this one changes. */
  clears?: string[]
  /** Choices that are not read before somebody is about to choose, which `onFocus` says: how far that is. */
  late?: Late
  onFocus?: () => void
}) {
  const [address, setAddress] = useAddress()
  const cleared = Object.fromEntries(clears.map((other) => [other, undefined]))
  const many = choices.reduce(
    (sum, one) => sum + (typeof one === 'object' && 'items' in one ? one.items.length : 1),
    0,
  )
  return (
    <Select
      label={label}
      placeholder={late?.isPending && address[name] ? 'Reading …' : all}
      data={choices}
      value={address[name] ?? null}
      clearable
      searchable={late !== undefined || many > FEW}
      limit={MOST_SHOWN}
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      nothingFoundMessage={late?.isPending ? 'Reading …' : wordsOf(late?.error)}
      {...(onFocus ? { onFocus } : {})}
      onChange={(value) => setAddress({ ...cleared, [name]: value ?? undefined })}
    />
  )
}

function wordsOf(error: Error | null | undefined): string {
  return problemOf(error)?.message ?? 'Nothing is called that.'
}

/** Nothing matches: says what was asked for, and the way back. */
export function NothingMatches({
  what,
  names,
  words = {},
}: {
  what: string
  names: string[]
  words?: FilterWords
}) {
  const [address, setAddress] = useAddress()
  return (
    <Empty title={`No ${what} match`}>
      <p>Looked for {askedFor(address, names, words).join(', ')}.</p>
      <Button
        variant="default"
        onClick={() => setAddress(Object.fromEntries(names.map((name) => [name, undefined])))}
      >
        Clear filters
      </Button>
    </Empty>
  )
}
