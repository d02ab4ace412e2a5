import type { App, Ctx } from '../app.ts'
import {
  insertAlert,
  listRefusingBudgets,
  takeAlertTurn,
  takeUntoldMarks,
  wasThresholdTold,
  wasTold,
} from '../db/alerts.ts'
import { type CourseRow, findCourse, listCourses } from '../db/budget-burn.ts'
import { findListeningChannels } from '../db/channels.ts'
import { listNearestHolders } from '../db/holders.ts'
import { type NamedScope, nameScope } from '../db/scope-names.ts'
import { type AlertFacts, type AlertKind, alertData, alertText } from '../domain/alert-text.ts'
import type { BudgetPeriod } from '../domain/budget.ts'
import { BURN_HOURS, overrunOf, type Projection } from '../domain/projection.ts'
import { whose } from '../domain/whose.ts'
import { newId } from '../ids.ts'
import { courseOf, projectionOf } from './budget-forecast.ts'
import { noticeTo } from './notices.ts'

/** An alert that was written down, and how many people and channels are told of it. */
export type Alert = { id: string; kind: AlertKind; budgetId: string; summary: string; told: number }

/** More people would each rely on the others. */
const MOST_TOLD = 20
/** Windows that are looked at in one statement. */
const AT_ONCE = 500
const DAY_HOURS = 24
/** Refused in an hour by one budget: more than a client that tries again by itself. */
const MANY_CALLS = 20
const ANY_LIMIT = 0n

/**
 * Tells of up to `limit` thresholds that the ledger saw reached. Of several that one budget reached since the last time
 * the highest is told, and of a window that is over nobody is; all are written down.
 */
export async function tellReached(ctx: Ctx, limit: number): Promise<Alert[]> {
  if (!(await takeAlertTurn(ctx.db))) return []
  const alerts: Alert[] = []
  const heard = new Set<string>()
  for (const mark of await takeUntoldMarks(ctx.db, limit)) {
    const { budgetId, windowStart, threshold: percent, limitNanoUsd, spentNanoUsd, raisedAt } = mark
    const hours = BURN_HOURS[mark.period] ?? DAY_HOURS
    const row = await findCourse(ctx.db, { budgetId, windowStart, hours })
    if (!row) throw new Error('the ledger marked a window that is not there')
    if (await wasThresholdTold(ctx.db, { budgetId, since: row.alertSince, limitNanoUsd, percent })) continue
    const course = { ...row, limitNanoUsd, spentNanoUsd }
    const projection = projectionOf(course)
    const kind = percent >= 100 ? 'budget.exhausted' : 'budget.threshold'
    const aloud = row.windowEnd > row.now && !heard.has(budgetId)
    heard.add(budgetId)
    alerts.push(await tell(ctx, { kind, percent, course, projection, raisedAt, aloud }))
  }
  return alerts
}

/** Tells of the windows of now that will not last at their pace, each once and once more when its limit was raised. */
export async function tellOverruns(ctx: Ctx): Promise<Alert[]> {
  if (!(await takeAlertTurn(ctx.db))) return []
  const alerts: Alert[] = []
  for (const [period, hours] of Object.entries(BURN_HOURS)) {
    if (hours === null) continue
    // The table has a period in each of its names.
    for await (const row of coursesOf(ctx, period as BudgetPeriod, hours)) {
      const projection = overrunOf(courseOf(row))
      if (projection === null) continue
      const { budgetId, alertSince: since, limitNanoUsd, now: raisedAt } = row
      if (await wasTold(ctx.db, { budgetId, since, limitNanoUsd, kinds: ['budget.projected'] })) continue
      const kind = 'budget.projected'
      alerts.push(await tell(ctx, { kind, course: row, projection, raisedAt, aloud: true }))
    }
  }
  return alerts
}

/**
 * Tells of budgets that refuse many calls though they are not spent, since each may cost more than what is left: once in
 * a window, whatever becomes of the limit, since what was refused before a raise looks the same as what is after it.
 */
export async function tellRefusing(ctx: Ctx): Promise<Alert[]> {
  if (!(await takeAlertTurn(ctx.db))) return []
  const alerts: Alert[] = []
  for (const { budgetId, period, windowStart, refusedCalls } of await listRefusingBudgets(
    ctx.db,
    MANY_CALLS,
  )) {
    const course = await findCourse(ctx.db, { budgetId, windowStart, hours: BURN_HOURS[period] ?? DAY_HOURS })
    if (!course) continue
    const { alertSince: since, now: raisedAt } = course
    const kinds: AlertKind[] = ['budget.refusing', 'budget.exhausted']
    if (await wasTold(ctx.db, { budgetId, since, limitNanoUsd: ANY_LIMIT, kinds })) continue
    const projection = projectionOf(course)
    const kind = 'budget.refusing'
    alerts.push(await tell(ctx, { kind, refusedCalls, course, projection, raisedAt, aloud: true }))
  }
  return alerts
}

/** What an alert counts as and leaves in the log, once it is committed. */
export function countAlert({ metrics, log }: App, { id, kind, budgetId, summary, told }: Alert): void {
  metrics.budgetAlerts.inc({ kind })
  log.warn({ event: kind, alert: id, budgetId, told }, summary)
}

async function* coursesOf(ctx: Ctx, period: BudgetPeriod, hours: number): AsyncGenerator<CourseRow> {
  let cursor = ''
  while (true) {
    const rows = await listCourses(ctx.db, { period, hours, cursor, limit: AT_ONCE })
    yield* rows
    if (rows.length < AT_ONCE) return
    cursor = rows.at(-1)?.budgetId ?? ''
  }
}

type Told = {
  kind: AlertKind
  percent?: number
  refusedCalls?: number
  course: CourseRow
  projection: Projection | null
  raisedAt: Date
  /** Whether anybody is told, beside those who look at the list. */
  aloud: boolean
}

/** Writes an alert down and puts its notices into the outbox, in one transaction. */
async function tell(
  ctx: Ctx,
  { kind, course, projection, raisedAt, aloud, ...figures }: Told,
): Promise<Alert> {
  const { percent = null, refusedCalls = null } = figures
  const { budgetId, windowStart, windowEnd, limitNanoUsd, spentNanoUsd } = course
  const scope = { type: course.scopeType, id: course.scopeId }
  const named = await nameScope(ctx.db, scope)
  const member = course.userId && (await nameScope(ctx.db, { type: 'user', id: course.userId }))
  const facts: AlertFacts = {
    kind,
    percent,
    refusedCalls,
    budget: { ...course, id: budgetId },
    whose: member ? `${member.user} in ${whose(named)}` : whose(named),
    scope,
    limitNanoUsd,
    spentNanoUsd,
    now: course.now,
    resetsAt: courseOf(course).windowEnd,
    projection,
  }
  const id = newId('alr')
  const { subject, text } = alertText(facts)
  const data = { alertId: id, ...alertData(facts) }
  const { ownerUserId } = member || named
  const receivers = aloud ? await receiversOf(ctx, kind, { ...named, ownerUserId }) : []
  for (const to of receivers) await noticeTo(ctx, to, { kind, subject, text, data })
  const told = receivers.length
  await insertAlert(ctx.db, {
    id,
    kind,
    budgetId,
    windowStart,
    windowEnd,
    percent,
    refusedCalls,
    limitNanoUsd,
    spentNanoUsd,
    projectedNanoUsd: projection?.atEndNanoUsd ?? null,
    runsOutAt: projection?.runsOutAt ?? null,
    summary: subject,
    told,
    raisedAt,
  })
  return { id, kind, budgetId, summary: subject, told }
}

/**
 * Who can do something about it: whose key, account or part it is, or who answers for it; for what has no owner, those
 * nearest to it who may change budgets. And the channels that hear of such things.
 */
async function receiversOf(ctx: Ctx, kind: AlertKind, named: NamedScope) {
  const { ownerUserId, teamId } = named
  const people =
    ownerUserId !== null ? [ownerUserId] : await listNearestHolders(ctx.db, 'budget:update', named, MOST_TOLD)
  const channels = await findListeningChannels(ctx.db, kind, teamId)
  return [...people.map((userId) => ({ userId })), ...channels.map(({ id }) => ({ channelId: id }))]
}
