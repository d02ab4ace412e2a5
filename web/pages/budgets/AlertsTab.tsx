import { useInfiniteQuery } from '@tanstack/react-query'
import type { z } from 'zod'
import { type Alert as AlertSchema, alertList } from '../../../src/contract/alerts.ts'
import { ALERT_KINDS, type AlertKind } from '../../../src/domain/alert-text.ts'
import { pages } from '../../api.ts'
import { count, day, percent as percentOf, usd } from '../../format.ts'
import { ScopeLink, useScopeNames } from '../../scopes.tsx'
import { useAddress } from '../../search.ts'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { ChoiceFilter, Filters, NothingMatches } from '../../ui/Filters.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import classes from './Budgets.module.css'

type Alert = z.output<typeof AlertSchema>

const KINDS: Record<AlertKind, { tone: Tone; text: string }> = {
  'budget.threshold': { tone: 'warn', text: 'threshold' },
  'budget.projected': { tone: 'waiting', text: 'will not last' },
  'budget.refusing': { tone: 'bad', text: 'refusing calls' },
  'budget.exhausted': { tone: 'bad', text: 'spent' },
}

/** What budgets reached, newest first. */
export function AlertsTab() {
  const [address] = useAddress()
  const kind = ALERT_KINDS.find((one) => one === address.kind)
  return (
    <>
      <Filters>
        <ChoiceFilter
          name="kind"
          label="Kind"
          all="All kinds"
          choices={ALERT_KINDS.map((one) => ({ value: one, label: KINDS[one].text }))}
        />
      </Filters>
      <Alerts
        filter={kind === undefined ? {} : { kind }}
        empty={
          kind === undefined ? (
            <Empty title="No alerts">
              <p>No budget has reached a threshold, and all of them last until they start anew.</p>
            </Empty>
          ) : (
            <NothingMatches
              what="alerts"
              names={['kind']}
              words={{ kind: Object.fromEntries(ALERT_KINDS.map((one) => [one, KINDS[one].text])) }}
            />
          )
        }
      />
    </>
  )
}

/** Alerts of some budgets, or of one: then without its name. */
export function Alerts({
  filter,
  empty,
}: {
  filter: { kind?: AlertKind; budgetId?: string }
  empty: React.ReactNode
}) {
  const alerts = useInfiniteQuery(pages(alertList, { query: filter }))
  const rows = alerts.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useScopeNames(rows.map(({ scope }) => scope))
  const columns =
    filter.budgetId === undefined
      ? [...what(nameOf), ...figures]
      : figures.map((column) => ({ ...column, title: column.id === 'says' }))
  return (
    <Region of={alerts}>
      {() =>
        rows.length === 0 ? (
          empty
        ) : (
          <DataTable
            label="Alerts"
            rows={rows}
            columns={columns}
            rowId={({ id }) => id}
            more={moreOf(alerts)}
          />
        )
      }
    </Region>
  )
}

function what(nameOf: ReturnType<typeof useScopeNames>): Column<Alert>[] {
  return [
    {
      id: 'budget',
      header: 'Budget',
      title: true,
      cell: ({ budgetId, budgetName, scope }) => (
        <div className={classes.pair}>
          <To to="/budgets/$budgetId" params={{ budgetId }}>
            {budgetName}
          </To>
          <div className={classes.note}>
            <ScopeLink scope={scope} name={nameOf(scope)} />
          </div>
        </div>
      ),
    },
  ]
}

const figures: Column<Alert>[] = [
  {
    id: 'kind',
    header: 'What',
    cell: ({ kind }) => <Status tone={KINDS[kind].tone}>{KINDS[kind].text}</Status>,
  },
  { id: 'says', header: 'It said', cell: sayingOf },
  {
    id: 'spent',
    header: 'Spent then',
    numeric: true,
    cell: ({ spentUsd, limitUsd }) => (
      <>
        {usd(spentUsd)} <span className="muted">of {usd(limitUsd)}</span>
      </>
    ),
  },
  {
    id: 'told',
    header: 'Told',
    numeric: true,
    cell: ({ told }) => (told === 0 ? <span className="muted">nobody</span> : told),
  },
  { id: 'at', header: 'When', cell: ({ raisedAt }) => <Time at={raisedAt} /> },
]

function sayingOf({ kind, percent, refusedCalls, runsOutAt, projectedUsd }: Alert): string {
  switch (kind) {
    case 'budget.threshold':
      return `${percentOf((percent ?? 0) / 100)} of it was spent`
    case 'budget.exhausted':
      return 'all of it was spent'
    case 'budget.refusing':
      return `refused ${count(refusedCalls ?? 0)} calls in an hour, with some money left`
    case 'budget.projected': {
      const out = runsOutAt ? `would be spent by ${day(runsOutAt)}` : 'will not last'
      return projectedUsd ? `${out}; ${usd(projectedUsd)} at its end` : out
    }
  }
}
