import { Burn } from './Burn.tsx'
import { usePace } from './pace.ts'
import type { Budget } from './standing.ts'

/** How the money of a place went, beside the cards of its budgets: drawn for the one that `drawnOf` names. */
export function PlaceBurn({ budget }: { budget: Budget }) {
  return <Burn budget={budget} pace={usePace(budget).data?.pace ?? null} paceSaid />
}
