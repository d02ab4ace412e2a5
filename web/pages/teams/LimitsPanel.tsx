import type { ReactNode } from 'react'
import type { Scope } from '../../../src/domain/scope.ts'
import { PlaceBudgets } from '../budgets/PlaceBudgets.tsx'
import { PlaceCredits } from '../budgets/PlaceCredits.tsx'
import { PlaceRateLimits } from '../budgets/PlaceRateLimits.tsx'
import { Allowed } from './Allowed.tsx'

/** The budgets, rate limits and credits of a place or a person. */
export function LimitsPanel({
  scope,
  projectId,
  inherited,
}: {
  scope: Scope
  projectId?: string
  inherited: ReactNode
}) {
  return (
    <Allowed permission="budget:read" scope={scope} projectId={projectId}>
      {() => (
        <>
          <PlaceBudgets scope={scope} note={inherited} />
          <PlaceRateLimits scope={scope} projectId={projectId} />
          <PlaceCredits scope={scope} />
        </>
      )}
    </Allowed>
  )
}
