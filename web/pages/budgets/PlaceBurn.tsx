import { useQuery } from '@tanstack/react-query'
import { budgetForecast } from '../../../src/contract/budgets.ts'
import { q } from '../../api.ts'
import { Burn } from './Burn.tsx'
import { type Budget, hasPace } from './standing.ts'

/** How the money of a place went, beside the cards of its budgets: drawn for the one that `drawnOf` names. */
export function PlaceBurn({ budget }: { budget: Budget }) {
  // Its card asks the same question, so it is asked once.
  const forecast = useQuery({
    ...q(budgetForecast, { params: { budgetId: budget.id } }),
    enabled: hasPace(budget),
  })
  return <Burn budget={budget} pace={forecast.data?.pace ?? null} paceSaid />
}
