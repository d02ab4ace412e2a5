import type { Ctx } from '../app.ts'
import { budgetForecast } from '../contract/budgets.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { type CourseRow, findCourse } from '../db/budget-burn.ts'
import { findBudget } from '../db/budgets.ts'
import { isEndless } from '../domain/budget.ts'
import { formatUsd } from '../domain/money.ts'
import { BURN_HOURS, type Course, type Projection, project } from '../domain/projection.ts'
import { letIntoBudget } from './budgets.ts'

/** Where the spend of the window goes at its pace: as alerts are told by, whether or not there is one to tell. */
export async function forecastBudget(
  ctx: Ctx,
  { params }: Valid<typeof budgetForecast>,
): Promise<Output<typeof budgetForecast>> {
  const budget = letIntoBudget(ctx, budgetForecast.permission, await findBudget(ctx.db, params.budgetId))
  const window = { budgetId: budget.id, windowStart: budget.windowStart }
  const course = await findCourse(ctx.db, { ...window, hours: BURN_HOURS[budget.period] ?? DAY_HOURS })
  const projection = course ? projectionOf(course) : null
  return {
    asOf: (course?.now ?? ctx.clock()).toISOString(),
    pace: projection && {
      since: projection.since.toISOString(),
      perDayUsd: formatUsd(projection.perDayNanoUsd),
      atEndUsd: projection.atEndNanoUsd === null ? null : formatUsd(projection.atEndNanoUsd),
      runsOutAt: projection.runsOutAt?.toISOString() ?? null,
    },
  }
}

const DAY_HOURS = 24

/** Null where there is no pace to measure. */
export function projectionOf(row: CourseRow): Projection | null {
  return BURN_HOURS[row.period] === null ? null : project(courseOf(row))
}

export function courseOf(row: CourseRow): Course {
  const windowEnd = isEndless(row.period) || row.period === 'rolling_24h' ? null : row.windowEnd
  return { ...row, windowEnd, burn: { since: row.burnSince, nanoUsd: row.burntNanoUsd } }
}
