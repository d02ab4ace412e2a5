import { useQuery } from '@tanstack/react-query'
import type { budgetForecast } from '../../../src/contract/budgets.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { usageReport } from '../../../src/contract/usage.ts'
import { q } from '../../api.ts'
import { day as dayText, usd } from '../../format.ts'
import type { Column } from '../../ui/DataTable.tsx'
import { Figure } from '../../ui/Figure.tsx'
import { Card } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import classes from './Burn.module.css'
import { burnOf, type Day, heightOf } from './burn.ts'
import type { Budget } from './standing.ts'
import { callsOf, rangeOf } from './window.ts'

type Pace = Output<typeof budgetForecast>['pace']

/** How the money went: up to now against the limit, or day by day for what starts anew each day. */
export function Burn({
  budget,
  pace,
  paceSaid = false,
}: {
  budget: Budget
  pace: Pace
  /** Something beside it says the pace in words. */
  paceSaid?: boolean
}) {
  const { from } = rangeOf(budget)
  const report = useQuery(
    q(usageReport, { query: { ...callsOf(budget), from, by: 'day', timeZone: budget.timeZone } }),
  )
  return (
    <Region of={report} rows={5}>
      {(data) => {
        const days = burnOf(data)
        if (data.total.calls === 0) {
          return (
            <Empty title="No calls yet">
              <p>Nothing was spent since {dayText(data.from, budget.timeZone)}.</p>
            </Empty>
          )
        }
        const daily = budget.period === 'day' || budget.period === 'rolling_24h'
        return (
          <Card>
            <Figure
              name={budget.id}
              label={`Spend of ${budget.name}`}
              figcaption={
                daily ? dailyWords(budget, days) : wordsOf(budget, days, paceSaid ? null : pace, data.from)
              }
              rows={[...days].reverse()}
              columns={COLUMNS}
              rowId={({ day }) => day}
            >
              {daily ? (
                <Daily budget={budget} days={days} />
              ) : (
                <Cumulative budget={budget} days={days} pace={pace} from={data.from} now={data.to} />
              )}
            </Figure>
          </Card>
        )
      }}
    </Region>
  )
}

const COLUMNS: Column<Day>[] = [
  { id: 'day', header: 'Day', title: true, cell: titleOf },
  { id: 'cost', header: 'Spent', numeric: true, cell: ({ costUsd }) => usd(costUsd) },
  { id: 'soFar', header: 'So far', numeric: true, cell: ({ soFarUsd }) => usd(soFarUsd) },
]

function wordsOf(budget: Budget, days: Day[], pace: Pace, from: string): string {
  const spent = `${usd(days.at(-1)?.soFarUsd ?? 0)} since ${dayText(from, budget.timeZone)}`
  const lately = pace ? `, ${usd(pace.perDayUsd)} a day of late` : ''
  const more = budget.modelPattern !== null || budget.createdAt > from
  return `${spent}${lately}.${more ? ' These are all calls there, also those that the budget does not count.' : ''}`
}

function dailyWords(budget: Budget, days: Day[]): string {
  const limit = Number(budget.window.limitUsd)
  const full = days.filter(({ costUsd }) => Number(costUsd) >= limit).length
  const reached = full === 0 ? 'none reached it' : full === 1 ? '1 reached it' : `${full} of them reached it`
  return `The last ${days.length} days, each against the limit: ${reached}.`
}

function Cumulative({
  budget,
  days,
  pace,
  from,
  now,
}: {
  budget: Budget
  days: Day[]
  pace: Pace
  from: string
  now: string
}) {
  const limit = Number(budget.window.limitUsd)
  const spent = Number(days.at(-1)?.soFarUsd ?? 0)
  const projected = Number(pace?.atEndUsd ?? 0)
  const height = heightOf(limit, spent, projected)
  const begin = Date.parse(from)
  const end = budget.window.resetsAt ? Date.parse(budget.window.resetsAt) : Date.parse(now)
  const x = (at: number) => (100 * (at - begin)) / Math.max(1, end - begin)
  const y = (amount: number) => 100 - (100 * amount) / height
  const last = Date.parse(now)
  // A day's money is there at its end, today's by now.
  const points = days.map(({ soFarUsd }, index) => {
    const at = index === days.length - 1 ? last : Math.min(begin + (index + 1) * DAY_MS, last)
    return `${x(at)},${y(Number(soFarUsd))}`
  })
  const line = [`${x(begin)},${y(0)}`, ...points]
  return (
    <>
      <div className={classes.plot}>
        {/* The caption and the table say what it shows. */}
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
          <polygon className={classes.area} points={[...line, `${x(last)},${y(0)}`].join(' ')} />
          <line className={classes.base} x1={0} x2={100} y1={100} y2={100} />
          <polyline className={classes.line} points={line.join(' ')} />
          {pace?.atEndUsd && (
            <polyline
              className={classes.ahead}
              points={`${x(last)},${y(spent)} ${x(end)},${Math.max(0, y(projected))}`}
            />
          )}
          <line className={classes.limit} x1={0} x2={100} y1={y(limit)} y2={y(limit)} />
        </svg>
        <span className={classes.mark} style={{ top: `${y(limit)}%` }}>
          {usd(budget.window.limitUsd)}
        </span>
      </div>
      <div className={classes.ends}>
        <span>{dayText(from, budget.timeZone)}</span>
        <span>{budget.window.resetsAt ? dayText(budget.window.resetsAt, budget.timeZone) : 'now'}</span>
      </div>
    </>
  )
}

const DAY_MS = 86_400_000
const BAR = 0.7

function Daily({ budget, days }: { budget: Budget; days: Day[] }) {
  const limit = Number(budget.window.limitUsd)
  const most = Math.max(...days.map(({ costUsd }) => Number(costUsd)))
  const height = heightOf(limit, most, 0)
  const step = 100 / days.length
  return (
    <>
      <div className={classes.plot}>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
          {days.map(({ day, costUsd }, index) => {
            const tall = (100 * Number(costUsd)) / height
            return (
              <rect
                key={day}
                className={`${classes.bar} ${Number(costUsd) >= limit ? classes.over : ''}`}
                x={index * step + (step * (1 - BAR)) / 2}
                width={step * BAR}
                y={100 - tall}
                height={tall}
              />
            )
          })}
          <line className={classes.base} x1={0} x2={100} y1={100} y2={100} />
          <line
            className={classes.limit}
            x1={0}
            x2={100}
            y1={100 - (100 * limit) / height}
            y2={100 - (100 * limit) / height}
          />
        </svg>
        <span className={classes.mark} style={{ top: `${100 - (100 * limit) / height}%` }}>
          {usd(budget.window.limitUsd)}
        </span>
      </div>
      <div className={classes.ends}>
        <span>{titleOf(days[0])}</span>
        <span>today</span>
      </div>
    </>
  )
}

function titleOf(day: Day | undefined): string {
  return day ? dayText(`${day.day}T12:00:00Z`, 'UTC') : ''
}
