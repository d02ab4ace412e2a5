import { Button, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { keyView } from '../../../src/contract/keys.ts'
import { q } from '../../api.ts'
import { useNames } from '../../names.ts'
import type { Search } from '../../search.ts'
import { ChoiceFilter, Filters, TextFilter } from '../../ui/Filters.tsx'
import { Select } from '../../ui/Select.tsx'
import { useWhose } from '../../ui/use-whose.ts'
import { useViewer } from '../../viewer.ts'
import { CALL_FILTERS, DEFAULT_RANGE, RANGES } from './call-query.ts'

type Change = (change: Record<string, string | undefined>) => void

const NONE = Object.fromEntries(CALL_FILTERS.map((name) => [name, undefined]))

const OUTCOMES = [
  { value: 'ok', label: 'Succeeded' },
  { value: 'failed', label: 'Failed or refused' },
]

const PRICES = [{ value: 'no', label: 'Not known' }]

/** Which calls are shown. Of one key, what is about its place is left out. */
export function CallFilters({
  search,
  change,
  keyId,
}: {
  search: Search
  change: Change
  keyId: string | undefined
}) {
  const ofKey = keyId !== undefined
  const { timeZone } = useViewer().organization
  // Who is somewhere else sees other times in the list.
  const where = timeZone === new Intl.DateTimeFormat().resolvedOptions().timeZone ? '' : ` in ${timeZone}`
  const nameOf = useNames([search.key])
  const { team, project, user } = ofKey ? {} : search
  const { teams, projects, owners } = useWhose({ team, project, owner: user })
  const set = CALL_FILTERS.some((name) => search[name] && !(ofKey && name === 'key'))
  return (
    <Filters label="Filter calls">
      <Select
        label="Range"
        data={RANGES}
        allowDeselect={false}
        value={search.range ?? DEFAULT_RANGE}
        onChange={(range) => change({ range: range ?? undefined, from: undefined, to: undefined })}
      />
      {search.range === 'custom' && (
        <>
          <Day label={`First day${where}`} value={search.from} onChange={(from) => change({ from })} />
          <Day label={`Last day${where}`} value={search.to} onChange={(to) => change({ to })} />
        </>
      )}
      {!ofKey && (
        <>
          <ChoiceFilter name="team" label="Team" all="Any team" {...teams} clears={['project']} />
          <ChoiceFilter name="project" label="Project" all="Any project" {...projects} />
          <ChoiceFilter name="user" label="Owner" all="Any owner" {...owners} />
        </>
      )}
      <ChoiceFilter name="outcome" label="Outcome" all="Any outcome" choices={OUTCOMES} />
      <ChoiceFilter name="priced" label="Price" all="Any price" choices={PRICES} />
      {ofKey && <SecretFilter keyId={keyId} chosen={search.secret !== undefined} />}
      <TextFilter name="model" label="Model" placeholder="Model begins with" whole />
      <TextFilter name="status" label="Status" placeholder="Status, such as 429" whole />
      <TextFilter name="ip" label="Address" placeholder="From address" whole />
      <TextFilter name="request" label="Request id" placeholder="Request id" whole />
      {!ofKey && search.key && (
        <Button
          variant="default"
          onClick={() => change({ key: undefined })}
          aria-label={`Key ${nameOf(search.key)}: take this filter away`}
        >
          Key: {nameOf(search.key)} ×
        </Button>
      )}
      {set && (
        <Button variant="subtle" onClick={() => change(NONE)}>
          Clear filters
        </Button>
      )}
    </Filters>
  )
}

/** Of a key that was rotated: with which of its secrets it was called. */
function SecretFilter({ keyId, chosen }: { keyId: string; chosen: boolean }) {
  const key = useQuery(q(keyView, { params: { keyId } }))
  const secrets = key.data?.secrets ?? []
  if (secrets.length < 2 && !chosen) return null
  const choices = secrets.map(({ id, hint, state }) => ({ value: id, label: `${hint} (${STATES[state]})` }))
  return <ChoiceFilter name="secret" label="Secret" all="Any secret" choices={choices} />
}

const STATES = { current: 'current', grace: 'replaced', retired: 'ended' } as const

function Day({
  label,
  value,
  onChange,
}: {
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  return (
    <TextInput
      type="date"
      label={label}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
    />
  )
}
