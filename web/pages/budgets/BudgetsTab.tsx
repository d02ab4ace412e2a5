import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { budgetList } from '../../../src/contract/budgets.ts'
import { all } from '../../all.ts'
import { ago, day } from '../../format.ts'
import { LEVELS, ScopeLink, useScopeNames } from '../../scopes.tsx'
import { useAddress } from '../../search.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { ChoiceFilter, Filters, NothingMatches, TextFilter } from '../../ui/Filters.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import classes from './Budgets.module.css'
import {
  type Budget,
  byNearest,
  periodWords,
  STANDING_TEXT,
  STANDINGS,
  standingOf,
  usedOf,
} from './standing.ts'

const FILTERS = ['search', 'level', 'state']
/** Rows of a level: drawing a thousand takes seconds. */
const AT_ONCE = 50
const COMMAND = 'claviger budget create --scope organization --limit-usd 500 --period month'

/** All budgets by level, nearest to their end first. */
export function BudgetsTab() {
  const budgets = useQuery(all(budgetList, {}))
  return (
    <Region of={budgets} rows={10}>
      {({ items, truncated }) =>
        items.length === 0 ? <None /> : <Some budgets={items} truncated={truncated} />
      }
    </Region>
  )
}

function None() {
  return (
    <Empty title="No budgets yet">
      <p>A budget is money for a time: of the organization, a team, a project, a person or a key.</p>
      <p>
        <code>{COMMAND}</code> <CopyButton value={COMMAND} label="Copy the command" />
      </p>
    </Empty>
  )
}

function Some({ budgets, truncated }: { budgets: Budget[]; truncated: boolean }) {
  const [address] = useAddress()
  const nameOf = useScopeNames(budgets.map(({ scope }) => scope))
  const text = address.search?.toLowerCase() ?? ''
  const found = budgets
    .filter(({ scope }) => !address.level || scope.type === address.level)
    .filter((budget) => !address.state || standingOf(budget) === address.state)
    .filter((budget) => `${budget.name} ${nameOf(budget.scope)}`.toLowerCase().includes(text))
    .sort(byNearest)
  const columns = columnsOf((budget) => nameOf(budget.scope))
  return (
    <>
      <Filters>
        <TextFilter name="search" label="Search" placeholder="Budget or whose it is" />
        <ChoiceFilter
          name="level"
          label="Level"
          all="All levels"
          choices={LEVELS.map(({ type, title }) => ({ value: type, label: title }))}
        />
        <ChoiceFilter
          name="state"
          label="State"
          all="Any state"
          choices={STANDINGS.map((standing) => ({ value: standing, label: STANDING_TEXT[standing].text }))}
        />
      </Filters>
      {truncated && <p className="muted">The first {budgets.length} budgets are listed.</p>}
      {found.length === 0 && <NothingMatches what="budgets" names={FILTERS} />}
      {LEVELS.map(({ type, title }) => {
        const here = found.filter(({ scope }) => scope.type === type)
        if (here.length === 0) return null
        return (
          <Section key={type} title={title}>
            <Nearest label={`Budgets: ${title}`} budgets={here} columns={columns} />
          </Section>
        )
      })}
    </>
  )
}

function Nearest({
  label,
  budgets,
  columns,
}: {
  label: string
  budgets: Budget[]
  columns: Column<Budget>[]
}) {
  const [most, setMost] = useState(AT_ONCE)
  return (
    <div className={classes.group}>
      <DataTable
        label={label}
        rows={budgets}
        drawn={most}
        columns={columns}
        rowId={({ id }) => id}
        more={{ hasMore: budgets.length > most, loading: false, load: () => setMost(most + AT_ONCE) }}
      />
    </div>
  )
}

function columnsOf(scopeName: (budget: Budget) => string): Column<Budget>[] {
  return [
    {
      id: 'name',
      header: 'Budget',
      title: true,
      sort: ({ name }) => name.toLowerCase(),
      cell: (budget) => (
        <div>
          <To to="/budgets/$budgetId" params={{ budgetId: budget.id }}>
            {budget.name}
          </To>
          {budget.modelPattern && <div className={classes.note}>only {budget.modelPattern}</div>}
        </div>
      ),
    },
    {
      id: 'scope',
      header: 'Whose',
      sort: (budget) => scopeName(budget).toLowerCase(),
      cell: (budget) => <ScopeLink scope={budget.scope} name={scopeName(budget)} />,
    },
    {
      id: 'spent',
      header: 'Spent',
      sort: usedOf,
      cell: (budget) => <Spent budget={budget} />,
    },
    {
      id: 'period',
      header: 'Period',
      cell: (budget) => (
        <div>
          {periodWords(budget)}, {budget.kind}
          <Resets budget={budget} />
        </div>
      ),
    },
    {
      id: 'state',
      header: 'State',
      cell: (budget) => <BudgetState budget={budget} />,
    },
  ]
}

export function Spent({ budget }: { budget: Budget }) {
  if (budget.perMember) return <span className="muted">for each member</span>
  return (
    <Meter used={budget.window.spentUsd} limit={budget.window.limitUsd} label={`Spent of ${budget.name}`} />
  )
}

/** When the window starts anew, in its own time zone, which is named when it is another than the organization's. */
function Resets({ budget: { window, period, timeZone } }: { budget: Budget }) {
  const { organization } = useViewer()
  if (window.resetsAt === null) return null
  if (period === 'rolling_24h')
    return <div className={classes.note}>some of it back {ago(window.resetsAt)}</div>
  return (
    <div className={classes.note}>
      anew {day(window.resetsAt, timeZone)}
      {timeZone !== organization.timeZone && `, ${timeZone}`}
    </div>
  )
}

export function BudgetState({ budget }: { budget: Budget }) {
  if (budget.perMember) return <Status tone="quiet">per member</Status>
  const { tone, text, paused = false } = STANDING_TEXT[standingOf(budget)]
  return (
    <Status tone={tone} paused={paused}>
      {text}
    </Status>
  )
}
