import { Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { budgetCreate } from '../../src/contract/budgets.ts'
import { usageReport } from '../../src/contract/usage.ts'
import { BUDGET_WINDOWS, type BudgetWindow, WINDOW_WORDS } from '../../src/domain/budget.ts'
import { parseUsd } from '../../src/domain/money.ts'
import type { Scope, ScopeType } from '../../src/domain/scope.ts'
import { q, useAct } from '../api.ts'
import { usd } from '../format.ts'
import { Note, Preview } from '../pages/budgets/Preview.tsx'
import { usageOf } from '../scopes.tsx'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Select } from '../ui/Select.tsx'
import { useViewer } from '../viewer.ts'
import {
  type BudgetDraft,
  KindField,
  LINES,
  LimitField,
  LineFields,
  NameField,
  NEW_BUDGET,
  PERIODS,
  ProrateField,
  termsOf,
  triedOf,
} from './BudgetFields.tsx'
import { fieldErrors } from './field-errors.ts'
import { MoreFields } from './MoreFields.tsx'
import { type Narrowing, NarrowingFields, narrowingOf } from './NarrowingFields.tsx'
import { hasMembers, PerMemberField } from './PerMemberField.tsx'
import { isChosen, ScopePicker } from './ScopePicker.tsx'

/** These have no part of a window that is left, and no days. */
const NOT_PRORATED: BudgetWindow[] = ['total', 'rolling_24h']
const TIME_ZONES = Intl.supportedValuesOf('timeZone')

const FOLDED = [...LINES, 'timeZone', 'providerId', 'modelPattern']
const SHOWN = ['limitUsd', 'period', 'kind', 'name', ...FOLDED]

/**
 * A new budget, and what it would have done; mount it when it is opened. It is of `scope`, or of whatever is chosen, which
 * begins as `first`.
 */
export function BudgetCreate({
  scope: given,
  first = { type: 'team', id: null },
  onClose,
  onMade,
}: {
  scope?: Scope
  first?: { type: ScopeType; id: string | null }
  onClose: () => void
  onMade: (budgetId: string) => void
}) {
  const { organization } = useViewer()
  const create = useAct(budgetCreate)
  const [scope, setScope] = useState<{ type: ScopeType; id: string | null }>(given ?? first)
  const [draft, setDraft] = useState<BudgetDraft>(NEW_BUDGET)
  const [period, setPeriod] = useState<BudgetWindow>('month')
  const [timeZone, setTimeZone] = useState(organization.timeZone)
  const [each, setEach] = useState(false)
  const [narrowing, setNarrowing] = useState<Narrowing>({ providerId: null, modelPattern: '' })
  const { at, other } = fieldErrors(create.error, SHOWN)
  const perMember = each && hasMembers(scope.type)
  const windowed = !NOT_PRORATED.includes(period)
  const prorate = draft.prorate && windowed
  const submit = () => {
    if (!isChosen(scope)) return
    const terms = { ...termsOf(draft), ...narrowingOf(narrowing), period, timeZone, prorate, perMember }
    create.mutate(
      { input: { body: { scope, ...terms } } },
      {
        onSuccess: ({ id }) => {
          toast('The budget holds within two seconds.')
          onMade(id)
        },
      },
    )
  }
  const fields = { value: draft, onChange: setDraft, at }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="New budget"
      act="Create budget"
      pending={create.isPending}
      error={other}
      disabled={!isChosen(scope) || parseUsd(draft.limitUsd) === null}
      onSubmit={submit}
    >
      {given === undefined && <ScopePicker value={scope} onChange={setScope} />}
      <Group grow align="flex-start" gap="sm">
        <LimitField {...fields} />
        <Select
          label="Period"
          {...(period === 'week' ? { description: 'From Monday.' } : {})}
          data={PERIODS}
          value={period}
          error={at('period')}
          allowDeselect={false}
          onChange={(next) => setPeriod(BUDGET_WINDOWS.find((one) => one === next) ?? 'month')}
        />
      </Group>
      <KindField {...fields} />
      {hasMembers(scope.type) && <PerMemberField value={each} onChange={setEach} />}
      {isChosen(scope) && (
        <Tried
          scope={scope}
          draft={draft}
          terms={{ period, timeZone, perMember, ...narrowingOf(narrowing) }}
        />
      )}
      <NameField {...fields} placeholder={nameOf(draft, period, perMember)} />
      <MoreFields
        title={`More: warnings, ${windowed ? 'time zone, ' : ''}only some calls`}
        wrong={FOLDED.some((name) => at(name) !== undefined)}
      >
        {windowed && (
          <>
            <Select
              label="Time zone"
              description="Where its days begin."
              data={TIME_ZONES.includes(timeZone) ? TIME_ZONES : [timeZone, ...TIME_ZONES]}
              value={timeZone}
              error={at('timeZone')}
              searchable
              limit={60}
              allowDeselect={false}
              onChange={(next) => next && setTimeZone(next)}
            />
            <ProrateField
              value={draft}
              onChange={setDraft}
              description="The first window allows less; those after it the whole limit."
            />
          </>
        )}
        <LineFields {...fields} />
        <NarrowingFields value={narrowing} onChange={setNarrowing} at={at} />
      </MoreFields>
    </FormPanel>
  )
}

type TriedTerms = {
  period: BudgetWindow
  timeZone: string
  perMember: boolean
  providerId: string | null
  modelPattern: string | null
}

/** A new budget counts from now on: what was spent before is said, and not counted. */
function Tried({ scope, draft, terms }: { scope: Scope; draft: BudgetDraft; terms: TriedTerms }) {
  const { period, perMember, ...rest } = terms
  if (perMember) return null
  if (period === 'rolling_24h') return <LastDay scope={scope} />
  if (parseUsd(draft.limitUsd) === null) return null
  return (
    <Preview tried={{ scope, period, ...triedOf(draft), ...rest }}>
      The new budget counts from now on, without it.
    </Preview>
  )
}

function LastDay({ scope }: { scope: Scope }) {
  const { data } = useQuery(q(usageReport, { query: { ...usageOf(scope), from: '-24h', by: 'day' } }))
  if (!data) return null
  return (
    <Note>
      <p>
        In the last 24 hours all calls there cost <strong>{usd(data.total.costUsd)}</strong>. Any 24 hours
        cannot be tried on the calls of the past.
      </p>
    </Note>
  )
}

function nameOf({ limitUsd }: BudgetDraft, period: BudgetWindow, perMember: boolean): string {
  return `${limitUsd || '500'} USD ${WINDOW_WORDS[period]}${perMember ? ' for each member' : ''}`
}
