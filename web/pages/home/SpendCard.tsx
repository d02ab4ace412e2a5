import { useQuery } from '@tanstack/react-query'
import { budgetList } from '../../../src/contract/budgets.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { usageReport } from '../../../src/contract/usage.ts'
import { q } from '../../api.ts'
import { usd } from '../../format.ts'
import { Meter } from '../../ui/Meter.tsx'
import { Card } from '../../ui/Page.tsx'
import { Region } from '../../ui/Region.tsx'
import { Sparkline } from '../../ui/Sparkline.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import { spanOf } from '../usage/range.ts'
import classes from './home.module.css'
import { ratioOf } from './needs.ts'

type Budget = Output<typeof budgetList>['data'][number]

/** As many as are asked for what needs the viewer: it is one question. */
const MOST = 200
const SHOWN = 3

/** What was spent since the first of the month, in the organization's time zone. */
export function useSpend() {
  const { organization, somewhere } = useViewer()
  const { timeZone } = organization
  const { from, days } = spanOf('month', timeZone, new Date())
  const asked = useQuery({
    ...q(usageReport, { query: { by: 'day', from, timeZone, limit: 31 } }),
    enabled: somewhere('usage:read'),
  })
  return { asked, days }
}

/** Spend this month, day by day, and the budgets that it is held against. */
export function SpendCard() {
  const { inOrganization, somewhere } = useViewer()
  const { asked, days } = useSpend()
  const may = { enabled: somewhere('budget:read') }
  const own = useQuery({ ...q(budgetList, { query: { scopeType: 'organization', limit: MOST } }), ...may })
  const nearest = useQuery({ ...q(budgetList, { query: { limit: MOST, order: 'nearest' } }), ...may })
  const all = inOrganization('usage:read') === true
  return (
    <Card className={classes.spend}>
      <h2>Spend this month{all ? '' : ', as far as you may see'}</h2>
      <Region of={asked} rows={2}>
        {({ data, total }) => {
          const byDay = new Map(data.map(({ group, costUsd }) => [group.day, costUsd]))
          return (
            <>
              <To to="/usage" search={{ range: 'month' }} className={classes.amount}>
                {usd(total.costUsd)}
              </To>
              <Sparkline
                label={`Spend on each day of this month: ${usd(total.costUsd)} in all.`}
                values={days.map((day) => byDay.get(day) ?? '0')}
              />
            </>
          )
        }}
      </Region>
      {own.data &&
        nearest.data &&
        shownOf(own.data.data, nearest.data.data).map((budget) => (
          <div key={budget.id} className={classes.budget}>
            <To to="/budgets/$budgetId" params={{ budgetId: budget.id }}>
              {budget.name}
            </To>
            <Meter
              used={budget.window.spentUsd}
              limit={budget.window.limitUsd}
              label={`Spent of the budget ${budget.name}`}
            />
          </div>
        ))}
    </Card>
  )
}

/** The organization's own, then the fullest of the others. A budget for each member has nothing spent of the whole. */
export function shownOf(own: Budget[], nearest: Budget[]): Budget[] {
  const others = nearest.filter(({ scope }) => scope.type !== 'organization')
  const fullest = (budgets: Budget[]) =>
    budgets.filter(({ perMember }) => !perMember).toSorted((one, other) => ratioOf(other) - ratioOf(one))
  return [...fullest(own), ...fullest(others)].slice(0, SHOWN)
}
