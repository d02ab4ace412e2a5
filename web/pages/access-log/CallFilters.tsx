import { Button, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { keyView } from '../../../src/contract/keys.ts'
import { q } from '../../api.ts'
import { useNames } from '../../names.ts'
import type { Search } from '../../search.ts'
import { FilterChoice, useWhose } from '../../ui/FilterChoice.tsx'
import { TextFilter } from '../../ui/TextFilter.tsx'
import classes from './access-log.module.css'
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
  const nameOf = useNames([search.key])
  const { teams, projects, owners } = useWhose(search.team, !ofKey)
  const set = CALL_FILTERS.some((name) => search[name] && !(ofKey && name === 'key'))
  return (
    <search className={classes.bar} aria-label="Filter calls">
      <Select
        className={classes.field ?? ''}
        aria-label="Range"
        data={RANGES}
        allowDeselect={false}
        value={search.range ?? DEFAULT_RANGE}
        onChange={(range) => change({ range: range ?? undefined, from: undefined, to: undefined })}
      />
      {search.range === 'custom' && (
        <>
          <Day label="First day" value={search.from} onChange={(from) => change({ from })} />
          <Day label="Last day" value={search.to} onChange={(to) => change({ to })} />
        </>
      )}
      {!ofKey && (
        <>
          <FilterChoice
            className={classes.field}
            label="Team"
            all="Any team"
            value={search.team}
            data={teams}
            onChange={(team) => change({ team, project: undefined })}
          />
          <FilterChoice
            className={classes.field}
            label="Project"
            all="Any project"
            value={search.project}
            data={projects}
            onChange={(project) => change({ project })}
          />
          <FilterChoice
            className={classes.field}
            label="Owner"
            all="Any owner"
            value={search.user}
            data={owners}
            onChange={(user) => change({ user })}
          />
        </>
      )}
      <FilterChoice
        className={classes.field}
        label="Outcome"
        all="Any outcome"
        value={search.outcome}
        data={OUTCOMES}
        onChange={(outcome) => change({ outcome })}
      />
      <FilterChoice
        className={classes.field}
        label="Price"
        all="Any price"
        value={search.priced}
        data={PRICES}
        onChange={(priced) => change({ priced })}
      />
      {ofKey && (
        <SecretFilter keyId={keyId} value={search.secret} onChange={(secret) => change({ secret })} />
      )}
      <TextFilter
        className={classes.field}
        label="Model"
        hint="Model begins with"
        value={search.model}
        onChange={(model) => change({ model })}
      />
      <TextFilter
        className={classes.field}
        label="Status"
        hint="Status, such as 429"
        value={search.status}
        onChange={(status) => change({ status })}
      />
      <TextFilter
        className={classes.field}
        label="Address"
        hint="From address"
        value={search.ip}
        onChange={(ip) => change({ ip })}
      />
      <TextFilter
        className={classes.field}
        label="Request id"
        hint="Request id"
        value={search.request}
        onChange={(request) => change({ request })}
      />
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
    </search>
  )
}

/** Of a key that was rotated: with which of its secrets it was called. */
function SecretFilter({
  keyId,
  value,
  onChange,
}: {
  keyId: string
  value: string | undefined
  onChange: (secret: string | undefined) => void
}) {
  const key = useQuery(q(keyView, { params: { keyId } }))
  const secrets = key.data?.secrets ?? []
  if (secrets.length < 2 && value === undefined) return null
  return (
    <FilterChoice
      className={classes.field}
      label="Secret"
      all="Any secret"
      value={value}
      data={secrets.map(({ id, hint, state }) => ({ value: id, label: `${hint} (${STATES[state]})` }))}
      onChange={onChange}
    />
  )
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
      className={classes.field ?? ''}
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
    />
  )
}
