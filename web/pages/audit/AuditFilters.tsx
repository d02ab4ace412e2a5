import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { teamList } from '../../../src/contract/teams.ts'
import { userList } from '../../../src/contract/users.ts'
import { allOf } from '../../all.ts'
import { useAddress } from '../../search.ts'
import { ChoiceFilter, Filters, TextFilter } from '../../ui/Filters.tsx'
import { MomentInput } from '../../ui/MomentInput.tsx'
import { Select } from '../../ui/Select.tsx'
import { useViewer } from '../../viewer.ts'
import { NOUNS, RESULT } from './events.ts'

/** The filters of the list, by their names in the address, which are those of the API. */
export const FILTERS = ['from', 'to', 'userId', 'action', 'result', 'teamId', 'targetId', 'actorId'] as const

export const RANGES = [
  { value: '-24h', label: 'Last 24 hours' },
  { value: '-7d', label: 'Last 7 days' },
  { value: '-30d', label: 'Last 30 days' },
  { value: '-365d', label: 'Last year' },
  { value: 'own', label: 'From and to …' },
]
const OWN = 'own'
export const RESULTS = Object.entries(RESULT).map(([value, { text }]) => ({ value, label: text }))

export function AuditFilters() {
  const [address, setAddress] = useAddress()
  const { teams, people, ask } = useWho(address.userId !== undefined || address.teamId !== undefined)
  const listed = RANGES.some(({ value }) => value === address.from)
  const own = (address.from !== undefined && !listed) || address.to !== undefined
  return (
    <Filters label="Filter events">
      <Select
        label="When"
        placeholder="Ever"
        clearable
        clearButtonProps={{ 'aria-label': 'Clear when' }}
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
      {people && <ChoiceFilter name="userId" label="Who" all="Anybody" {...people} onFocus={ask} />}
      <TextFilter
        name="action"
        label="What"
        placeholder="Such as key.*"
        suggestions={NOUNS.map((noun) => `${noun}.*`)}
      />
      <ChoiceFilter name="result" label="Result" all="Any result" choices={RESULTS} />
      <ChoiceFilter name="teamId" label="Team" all="Any team" {...teams} onFocus={ask} />
      <TextFilter name="targetId" label="About" placeholder="An id: key_01JD…" whole />
    </Filters>
  )
}

/**
 * Whom and which teams the viewer may narrow events to; no people for who may not list them. Of hundreds that is pages
 * of them: they are read once somebody is about to choose, or has chosen.
 */
function useWho(chosen: boolean) {
  const { somewhere } = useViewer()
  const [asked, setAsked] = useState(false)
  const mayList = somewhere('user:read')
  const enabled = asked || chosen
  const people = useQuery({ ...allOf(userList, { query: {} }), enabled: enabled && mayList })
  const teams = useQuery({ ...allOf(teamList, { query: {} }), enabled })
  return {
    ask() {
      setAsked(true)
      for (const list of [people, teams]) if (list.error) list.refetch()
    },
    teams: { late: teams, choices: (teams.data ?? []).map(({ id, name }) => ({ value: id, label: name })) },
    people: mayList
      ? {
          late: people,
          // Two people may have one name.
          choices: (people.data ?? []).map(({ id, name, email }) => ({
            value: id,
            label: `${name} (${email})`,
          })),
        }
      : null,
  }
}
