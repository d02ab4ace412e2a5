import { useQuery } from '@tanstack/react-query'
import { budgetForecast } from '../../../src/contract/budgets.ts'
import { q } from '../../api.ts'
import { type Budget, hasPace } from './standing.ts'

/** How fast a budget goes, asked for where that says something: once, whoever on a page wants to know. */
export function usePace(budget: Budget) {
  return useQuery({ ...q(budgetForecast, { params: { budgetId: budget.id } }), enabled: hasPace(budget) })
}
