import { useInfiniteQuery } from '@tanstack/react-query'
import { budgetList } from '../../../src/contract/budgets.ts'
import { BUDGET_STANDINGS } from '../../../src/domain/budget.ts'
import { SCOPE_TYPES } from '../../../src/domain/scope.ts'
import { pages } from '../../api.ts'
import { ago, day } from '../../format.ts'
import { levelWord, ScopeLink, useScopeNames } from '../../scopes.tsx'
import { useAddress } from '../../search.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { type Column, DataTable, type More, moreOf } from '../../ui/DataTable.tsx'
import { ChoiceFilter, Filters, NothingMatches, TextFilter } from '../../ui/Filters.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import classes from './Budgets.module.css'
import { LEVEL_WORDS, LevelFilter } from './LevelFilter.tsx'
import { type Budget, periodAlone, STANDING_TEXT } from './standing.ts'

const FILTERS = ['search', 'level', 'state']
const WORDS = {
  level: LEVEL_WORDS,
  state: Object.fromEntries(BUDGET_STANDINGS.map((one) => [one, STANDING_TEXT[one].text])),
}
const PAGE = 50
const COMMAND = 'claviger budget create --scope organization --limit-usd 500 --period month'

/** Budgets of all levels, nearest to their end first. */
export function BudgetsTab() {
  const [address] = useAddress()
  const query = {
    order: 'nearest',
    limit: PAGE,
    q: address.search,
    scopeType: SCOPE_TYPES.find((type) => type === address.level),
    standing: BUDGET_STANDINGS.find((standing) => standing === address.state),
  } as const
  const list = useInfiniteQuery(pages(budgetList, { query }))
  const narrowed = FILTERS.some((name) => address[name])
  return (
    <>
      {(narrowed || list.data?.pages[0]?.data.length !== 0) && <BudgetFilters />}
      <Region of={list} rows={10}>
        {({ pages }) => {
          // What is spent meanwhile moves budgets from one page to the next.
          const seen = new Map(pages.flatMap(({ data }) => data.map((budget) => [budget.id, budget])))
          if (seen.size > 0) return <Nearest budgets={[...seen.values()]} more={moreOf(list)} />
          return narrowed ? <NothingMatches what="budgets" names={FILTERS} words={WORDS} /> : <None />
        }}
      </Region>
    </>
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

function BudgetFilters() {
  return (
    <Filters>
      <TextFilter name="search" label="Search" placeholder="Budget or whose it is" />
      <LevelFilter />
      <ChoiceFilter
        name="state"
        label="State"
        all="Any state"
        choices={BUDGET_STANDINGS.map((standing) => ({
          value: standing,
          label: STANDING_TEXT[standing].text,
        }))}
      />
    </Filters>
  )
}

function Nearest({ budgets, more }: { budgets: Budget[]; more: More }) {
  const nameOf = useScopeNames(budgets.map(({ scope }) => scope))
  return (
    <div className={classes.group}>
      <DataTable
        label="Budgets, nearest to their end first"
        rows={budgets}
        columns={columnsOf(({ scope }) => nameOf(scope))}
        rowId={({ id }) => id}
        more={more}
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
      cell: (budget) => (
        <div>
          <ScopeLink scope={budget.scope} name={scopeName(budget)} />
          <div className={classes.note}>{levelWord(budget.scope.type)}</div>
        </div>
      ),
    },
    {
      id: 'spent',
      header: 'Spent',
      cell: (budget) => <Spent budget={budget} />,
    },
    {
      id: 'period',
      header: 'Period',
      cell: (budget) => (
        <div>
          {periodAlone(budget)}, {budget.kind}
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
  const { tone, text, paused = false } = STANDING_TEXT[budget.window.standing]
  return (
    <Status tone={tone} paused={paused}>
      {text}
    </Status>
  )
}
