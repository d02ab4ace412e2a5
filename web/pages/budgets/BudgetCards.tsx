import type { ReactNode } from 'react'
import { usd } from '../../format.ts'
import { Meter } from '../../ui/Meter.tsx'
import { Card } from '../../ui/Page.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import classes from './BudgetCards.module.css'
import { BurnLine } from './BurnLine.tsx'
import { type Budget, periodWords } from './standing.ts'

/** Budgets with what is left of each and when it begins anew. */
export function BudgetCards({
  budgets,
  burn = false,
  actions,
}: {
  budgets: Budget[]
  /** Says as well how fast each goes and where that leads: one more question to the API for each. */
  burn?: boolean
  actions?: (budget: Budget) => ReactNode
}) {
  return (
    <div className={classes.budgets}>
      {budgets.map((budget) => (
        <Card key={budget.id} className={classes.budget ?? ''}>
          <div className={classes.budgetHead}>
            <To to="/budgets/$budgetId" params={{ budgetId: budget.id }}>
              {budget.name}
            </To>
            <BudgetStage budget={budget} />
          </div>
          {budget.perMember ? (
            <span>
              {usd(budget.limitUsd)} {periodWords(budget)}, <span className="muted">for each member</span>
            </span>
          ) : (
            <>
              <Meter
                label={`Spent of ${budget.name}`}
                used={budget.window.spentUsd}
                limit={budget.window.limitUsd}
              />
              <span>
                {usd(budget.window.remainingUsd)} left
                <span className="muted">
                  {budget.window.resetsAt === null ? (
                    `, ${periodWords(budget)}`
                  ) : (
                    <>
                      , begins anew <Time at={budget.window.resetsAt} />
                    </>
                  )}
                </span>
              </span>
              {burn && <BurnLine budget={budget} />}
            </>
          )}
          {(budget.modelPattern !== null || budget.providerId !== null) && (
            <span className="muted">
              Counts only {budget.modelPattern === null ? 'one provider' : budget.modelPattern}
            </span>
          )}
          {actions && <div className={classes.acts}>{actions(budget)}</div>}
        </Card>
      ))}
    </div>
  )
}

function BudgetStage({ budget: { kind, window, perMember } }: { budget: Budget }) {
  if (window.stage === 'suspended') return <Status tone="bad">stopped</Status>
  if (window.stage === 'throttled') return <Status tone="warn">slowed down</Status>
  if (!perMember && Number(window.remainingUsd) <= 0) return <Status tone="bad">spent</Status>
  return <Status tone="quiet">{kind === 'hard' ? 'hard limit' : 'warns only'}</Status>
}
