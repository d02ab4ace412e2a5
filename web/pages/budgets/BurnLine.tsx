import { useQuery } from '@tanstack/react-query'
import { budgetForecast } from '../../../src/contract/budgets.ts'
import { q } from '../../api.ts'
import { type Budget, burnWords, hasPace } from './standing.ts'

/** How fast a budget goes and where that leads, in one sentence. Its pace is asked for where that says something. */
export function BurnLine({ budget }: { budget: Budget }) {
  const asks = hasPace(budget)
  const forecast = useQuery({ ...q(budgetForecast, { params: { budgetId: budget.id } }), enabled: asks })
  if (!asks) return <span>{burnWords(budget, null)}</span>
  if (forecast.data) return <span>{burnWords(budget, forecast.data.pace)}</span>
  return (
    <span className="muted" aria-busy={forecast.isPending}>
      {forecast.error ? 'Its pace did not load.' : 'Looking up its pace…'}
    </span>
  )
}
