import { usePace } from './pace.ts'
import { type Budget, burnWords, hasPace } from './standing.ts'

/** How fast a budget goes and where that leads, in one sentence. */
export function BurnLine({ budget }: { budget: Budget }) {
  const forecast = usePace(budget)
  if (!hasPace(budget)) return <span>{burnWords(budget, null)}</span>
  if (forecast.data) return <span>{burnWords(budget, forecast.data.pace)}</span>
  return (
    <span className="muted" aria-busy={forecast.isPending}>
      {forecast.error ? 'Its pace did not load.' : 'Looking up its pace…'}
    </span>
  )
}
