import { Select, Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { budgetCreate } from '../../src/contract/budgets.ts'
import { usageReport } from '../../src/contract/usage.ts'
import { BUDGET_WINDOWS, type BudgetWindow } from '../../src/domain/budget.ts'
import { parseUsd } from '../../src/domain/money.ts'
import { SCOPE_TYPES, type Scope, type ScopeType } from '../../src/domain/scope.ts'
import { q, useAct } from '../api.ts'
import { usd } from '../format.ts'
import { Note, Preview } from '../pages/budgets/Preview.tsx'
import { usageOf } from '../scopes.tsx'
import { useAddress } from '../search.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { useGo } from '../ui/To.tsx'
import { useViewer } from '../viewer.ts'
import {
  type BudgetDraft,
  LimitFields,
  LineFields,
  NameField,
  NEW_BUDGET,
  ProrateField,
  termsOf,
} from './BudgetFields.tsx'
import { type Narrowing, NarrowingFields, narrowingOf } from './NarrowingFields.tsx'
import { isChosen, ScopePicker } from './ScopePicker.tsx'

const PERIODS: Record<BudgetWindow, string> = {
  day: 'a day',
  week: 'a week, from Monday',
  month: 'a month',
  quarter: 'a quarter',
  rolling_24h: 'any 24 hours',
  total: 'in total, ever',
}

const HAS_MEMBERS: ScopeType[] = ['organization', 'team', 'project']
/** These have no part of a window that is left. */
const NOT_PRORATED: BudgetWindow[] = ['total', 'rolling_24h']
const TIME_ZONES = Intl.supportedValuesOf('timeZone')

/** A new budget, and what it would have done. The address may say whose: `scopeType` and `scopeId`. */
export function BudgetCreate({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return opened ? <Form onClose={onClose} /> : null
}

function Form({ onClose }: { onClose: () => void }) {
  const [address] = useAddress()
  const { organization } = useViewer()
  const go = useGo()
  const create = useAct(budgetCreate)
  const type = SCOPE_TYPES.find((one) => one === address.scopeType) ?? 'team'
  const [scope, setScope] = useState<{ type: ScopeType; id: string | null }>({
    type,
    id: address.scopeId ?? (type === 'organization' ? organization.id : null),
  })
  const [draft, setDraft] = useState<BudgetDraft>(NEW_BUDGET)
  const [period, setPeriod] = useState<BudgetWindow>('month')
  const [timeZone, setTimeZone] = useState(organization.timeZone)
  const [each, setEach] = useState(false)
  const [narrowing, setNarrowing] = useState<Narrowing>({ providerId: null, modelPattern: '' })
  const perMember = each && HAS_MEMBERS.includes(scope.type)
  const prorate = draft.prorate && !NOT_PRORATED.includes(period)
  const submit = () => {
    if (!isChosen(scope)) return
    const terms = { ...termsOf(draft), ...narrowingOf(narrowing), period, timeZone, prorate, perMember }
    create.mutate(
      { input: { body: { scope, ...terms } } },
      {
        onSuccess: ({ id }) => {
          toast('The budget holds within two seconds.')
          go({ to: '/budgets/$budgetId', params: { budgetId: id } })
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="New budget"
      act="Create budget"
      pending={create.isPending}
      error={create.error}
      disabled={!isChosen(scope) || parseUsd(draft.limitUsd) === null}
      onSubmit={submit}
    >
      <ScopePicker value={scope} onChange={setScope} />
      <LimitFields value={draft} onChange={setDraft} />
      <Select
        label="Period"
        data={BUDGET_WINDOWS.map((value) => ({ value, label: PERIODS[value] }))}
        value={period}
        allowDeselect={false}
        onChange={(next) => setPeriod(BUDGET_WINDOWS.find((one) => one === next) ?? 'month')}
      />
      {period !== 'total' && period !== 'rolling_24h' && (
        <Select
          label="Time zone"
          description="Where its days begin."
          data={TIME_ZONES.includes(timeZone) ? TIME_ZONES : [timeZone, ...TIME_ZONES]}
          value={timeZone}
          searchable
          limit={60}
          allowDeselect={false}
          onChange={(next) => next && setTimeZone(next)}
        />
      )}
      {!NOT_PRORATED.includes(period) && (
        <ProrateField
          value={draft}
          onChange={setDraft}
          description="The first window allows less; those after it the whole limit."
        />
      )}
      {HAS_MEMBERS.includes(scope.type) && (
        <Switch
          label="For each member"
          description="Everybody who owns a key there has as much of their own. Nothing is spent of the whole."
          checked={each}
          onChange={(event) => setEach(event.currentTarget.checked)}
        />
      )}
      {isChosen(scope) && (
        <Tried
          scope={scope}
          draft={draft}
          terms={{ period, timeZone, perMember, ...narrowingOf(narrowing) }}
        />
      )}
      <LineFields value={draft} onChange={setDraft} />
      <NarrowingFields value={narrowing} onChange={setNarrowing} />
      <NameField value={draft} onChange={setDraft} placeholder={nameOf(draft, period, perMember)} />
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
  const { limitUsd, kind, onShort } = draft
  return (
    <Preview tried={{ scope, period, limitUsd, kind, onShort, ...rest }}>
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
  const words = period === 'rolling_24h' ? 'in any 24 hours' : period === 'total' ? 'in total' : `a ${period}`
  return `${limitUsd || '500'} USD ${words}${perMember ? ' for each member' : ''}`
}
