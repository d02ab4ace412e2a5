import type { z } from 'zod'
import type { Budget as BudgetSchema, budgetForecast } from '../../../src/contract/budgets.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { type BudgetWord, WINDOW_WORDS } from '../../../src/domain/budget.ts'
import { day, percent, usd } from '../../format.ts'
import type { Tone } from '../../ui/Status.tsx'

export type Budget = z.output<typeof BudgetSchema>
type Pace = Output<typeof budgetForecast>['pace']

const DAY_MS = 86_400_000

export const STANDING_TEXT: Record<BudgetWord, { tone: Tone; text: string; paused?: true }> = {
  suspended: { tone: 'bad', text: 'suspended', paused: true },
  refusing: { tone: 'bad', text: 'refusing calls' },
  over: { tone: 'warn', text: 'over its limit' },
  throttled: { tone: 'warn', text: 'slowed down' },
  near: { tone: 'warn', text: 'nearly spent' },
  open: { tone: 'good', text: 'open' },
}

/** "a month", "in total": as it follows an amount. */
export const periodWords = (budget: Pick<Budget, 'period'>): string => WINDOW_WORDS[budget.period]

/** "a month", "credits": as it stands alone. */
export const periodAlone = ({ period }: Pick<Budget, 'period'>): string =>
  period === 'credits' ? 'credits' : period === 'total' ? 'once' : WINDOW_WORDS[period]

/** What a budget says in one sentence: what is spent, how long the rest lasts, what comes then. */
export function sentenceOf(budget: Budget, pace: Pace): string {
  const { window, period } = budget
  if (budget.perMember) {
    return `Everybody who owns a key there has ${usd(budget.limitUsd)} ${WINDOW_WORDS[period]} of their own.`
  }
  const spent = `${usd(window.spentUsd)} of ${usd(window.limitUsd)} are spent`
  const next = nextOf(budget, pace)
  return next === null ? `${spent}.` : `${spent}; ${next}.`
}

/** What comes of a budget, beside a bar that says what is spent: how fast it goes, and where that leads. */
export function burnWords(budget: Budget, pace: Pace): string {
  if (Number(budget.window.spentUsd) === 0) return 'Nothing is spent yet.'
  const next = nextOf(budget, pace)
  if (next === null) return 'What is spent counts for 24 hours, then it comes back.'
  if (pace === null || !hasPace(budget)) return `${capital(next)}.`
  const lately = Number(pace.perDayUsd) === 0 ? 'nothing' : `${usd(pace.perDayUsd)} a day`
  return `${capital(lately)} of late; ${next}.`
}

/** Whether a budget's end hangs on its pace. It does not where calls are refused or go on past the limit. */
export function hasPace({ perMember, period, window: { spentUsd, standing } }: Budget): boolean {
  return !perMember && period !== 'rolling_24h' && Number(spentUsd) > 0 && !PAST_PACE.includes(standing)
}

/** The first of a place's budgets that counts all its calls, and has something spent of it to draw. */
export function drawnOf(budgets: Budget[]): Budget | undefined {
  return budgets.find(
    ({ perMember, period, modelPattern, providerId, window }) =>
      !perMember &&
      period !== 'credits' &&
      modelPattern === null &&
      providerId === null &&
      Number(window.spentUsd) > 0,
  )
}

const PAST_PACE: BudgetWord[] = ['suspended', 'refusing', 'over']

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** How long the rest of a budget lasts, or what its end means. Null where there is no pace to say it by. */
function nextOf({ window, timeZone }: Budget, pace: Pace): string | null {
  const { standing } = window
  if (standing === 'suspended' || standing === 'refusing') {
    const anew = window.resetsAt ? `${day(window.resetsAt, timeZone)}, or until ` : ''
    return `calls are refused until ${anew}the limit is raised`
  }
  if (standing === 'over') return 'it is soft, so calls go on'
  if (pace === null) return null
  if (pace.runsOutAt === null) {
    return pace.atEndUsd === null
      ? 'at this pace it lasts more than a year'
      : `at this pace it lasts, with ${usd(pace.atEndUsd)} spent at its end`
  }
  const early = window.resetsAt ? earlyWords(Date.parse(window.resetsAt) - Date.parse(pace.runsOutAt)) : ''
  return `at this pace it ends on ${day(pace.runsOutAt, timeZone)}${early}`
}

function earlyWords(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  if (days >= 1) return `, ${days} ${days === 1 ? 'day' : 'days'} early`
  const hours = Math.max(1, Math.floor(ms / 3_600_000))
  return `, ${hours} ${hours === 1 ? 'hour' : 'hours'} early`
}

/** The lines of a budget besides its limit, in words. */
export function linesOf(budget: Budget): string[] {
  const { throttleAtPercent, throttleRequestsPerMinute, suspendAtPercent, thresholds } = budget
  return [
    thresholds.length > 0
      ? `warns at ${[...thresholds].sort((a, b) => a - b).join(', ')} %`
      : 'warns at its end only',
    throttleAtPercent === null
      ? null
      : `from ${percent(throttleAtPercent / 100)} on lets ${throttleRequestsPerMinute} calls a minute through`,
    suspendAtPercent === null ? null : `from ${percent(suspendAtPercent / 100)} on lets none through`,
  ].filter((line) => line !== null)
}
