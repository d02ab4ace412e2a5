import { type BudgetPeriod, isEndless } from './budget.ts'
import { formatUsd, type NanoUsd } from './money.ts'
import type { Projection } from './projection.ts'
import type { ScopeType } from './scope.ts'

export const ALERT_KINDS = [
  'budget.threshold',
  'budget.projected',
  'budget.refusing',
  'budget.exhausted',
] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** All that somebody who is woken by it has to know. */
export type AlertFacts = {
  kind: AlertKind
  budget: {
    id: string
    name: string
    kind: 'hard' | 'soft'
    /** A window of the calendar, `total`, `rolling_24h`, or `credits`. */
    period: BudgetPeriod
    timeZone: string
  }
  /** Whose budget it is: `team "Search"`, `key "nightly" of Ada Lovelace in Search / Site / production`. */
  whose: string
  scope: { type: ScopeType; id: string }
  /** The threshold that was reached. */
  percent: number | null
  /** How many calls it refused in the last hour. */
  refusedCalls: number | null
  limitNanoUsd: NanoUsd
  spentNanoUsd: NanoUsd
  /** The moment that these figures are of. */
  now: Date
  /** Null when it never does. */
  resetsAt: Date | null
  /** Null where no pace can be told. */
  projection: Projection | null
}

/** What is said of it, for mail and chat alike: what it is about first, then what one can do, as commands. */
export function alertText(facts: AlertFacts): { subject: string; text: string } {
  const paragraphs = [
    [standing(facts)],
    [reset(facts), pace(facts), consequence(facts)],
    ['What you can do:', ...remedies(facts)],
  ]
  return {
    subject: subject(facts),
    text: paragraphs.map((lines) => lines.filter((line) => line !== null).join('\n')).join('\n\n'),
  }
}

function subject({ kind, budget, whose, percent, refusedCalls, projection, now }: AlertFacts): string {
  const which = `the budget "${budget.name}" of ${whose}`
  switch (kind) {
    case 'budget.threshold':
      return `${percent} % of ${which} is spent`
    case 'budget.exhausted':
      return `All of ${which} is spent${budget.kind === 'hard' ? ': calls are refused' : ''}`
    case 'budget.refusing':
      return `${capital(which)} refuses calls: ${refusedCalls} in the last hour`
    case 'budget.projected': {
      const out = projection?.runsOutAt
      return `${capital(which)} will run out${out ? ` in ${duration(now, out)}` : ''}`
    }
  }
}

function standing({ budget, whose, limitNanoUsd, spentNanoUsd }: AlertFacts): string {
  const share = limitNanoUsd === 0n ? '' : `, ${percentOf(spentNanoUsd, limitNanoUsd)} %`
  const window = budget.period === 'rolling_24h' ? ' in the last 24 hours' : ''
  return `Of the budget "${budget.name}" of ${whose}, ${usd(spentNanoUsd)} of ${usd(limitNanoUsd)} USD are spent${window}${share}.`
}

function reset({ budget, resetsAt, now }: AlertFacts): string {
  if (budget.period === 'rolling_24h') {
    return 'It counts the last 24 hours: what was spent is free again a day later.'
  }
  if (budget.period === 'credits') return 'These are credits: there is more when somebody grants some.'
  if (resetsAt === null) return 'It is a total: it never starts anew.'
  return `It starts anew in ${duration(now, resetsAt)}: ${moment(resetsAt, budget.timeZone)}.`
}

function pace({ budget, projection, resetsAt, now, spentNanoUsd, limitNanoUsd }: AlertFacts): string | null {
  if (projection === null || projection.perDayNanoUsd === 0n || spentNanoUsd >= limitNanoUsd) return null
  const { perDayNanoUsd, since, runsOutAt, atEndNanoUsd } = projection
  const rate =
    budget.period === 'day' ? `${usd(perDayNanoUsd / 24n)} USD an hour` : `${usd(perDayNanoUsd)} USD a day`
  const at = `At the pace of the last ${duration(since, now)} (${rate})`
  if (runsOutAt !== null) {
    const whole =
      atEndNanoUsd === null ? '' : ` By the time it starts anew that would be ${usd(atEndNanoUsd)} USD.`
    return `${at} it is spent in ${duration(now, runsOutAt)}: ${moment(runsOutAt, budget.timeZone)}.${whole}`
  }
  return resetsAt === null ? `${at} it lasts for more than a year.` : `${at} it lasts until then.`
}

function consequence({ kind, budget, refusedCalls, limitNanoUsd, spentNanoUsd }: AlertFacts): string {
  if (budget.kind === 'soft') return 'Calls go on: this budget only warns.'
  const until = isEndless(budget.period) ? 'until it gets more' : 'until there is some left again'
  switch (kind) {
    case 'budget.exhausted':
      return `Calls are refused ${until}.`
    case 'budget.refusing':
      return `${refusedCalls} calls were refused in the last hour: at most, each may cost more than the ${usd(most(limitNanoUsd - spentNanoUsd, 0n))} USD that are left.`
    case 'budget.threshold':
    case 'budget.projected':
      return `Once it is spent, calls are refused ${until}.`
  }
}

function remedies({ budget, scope, limitNanoUsd, projection }: AlertFacts): string[] {
  const more = most((limitNanoUsd * 5n) / 4n, projection?.atEndNanoUsd ?? 0n)
  const by = scope.type === 'key' ? 'model' : 'key'
  const whose = scope.type === 'organization' ? '' : ` --${scope.type.replace('_', '-')} ${scope.id}`
  const from = budget.period === 'day' || budget.period === 'rolling_24h' ? '-24h' : '-7d'
  const add = usd(more - limitNanoUsd)
  // The limit of an account of credits is made by its credits alone, and nobody asks for them.
  const give =
    budget.period === 'credits'
      ? [
          `  give it more:       claviger credit grant --scope ${scope.type}:${scope.id} --amount-usd ${add} --reason "why"`,
        ]
      : [
          `  give it more:       claviger budget update ${budget.id} --limit-usd ${usd(more)}`,
          `  or ask for more:    claviger access-request create --kind budget --budget ${budget.id} --add-usd ${add} --until 7d --reason "why"`,
        ]
  return [
    `  see who spends it:  claviger usage --by ${by}${whose} --from ${from}`,
    ...give,
    `  stop a key:         claviger key suspend ${scope.type === 'key' ? scope.id : 'KEY'} --reason "why"`,
  ]
}

/** The same facts for programs: what a webhook carries beside the text. Times are ISO, money is decimals of USD. */
export function alertData(facts: AlertFacts): Record<string, unknown> {
  const { budget, scope, percent, refusedCalls, projection, resetsAt } = facts
  return {
    budgetId: budget.id,
    budgetName: budget.name,
    budgetKind: budget.kind,
    period: budget.period,
    scope,
    percent,
    refusedCalls,
    limitUsd: formatUsd(facts.limitNanoUsd),
    spentUsd: formatUsd(facts.spentNanoUsd),
    projectedUsd: projection?.atEndNanoUsd == null ? null : formatUsd(projection.atEndNanoUsd),
    runsOutAt: projection?.runsOutAt?.toISOString() ?? null,
    resetsAt: resetsAt?.toISOString() ?? null,
  }
}

const CENT = 10_000_000n
const MICRO_USD = 1_000n

/** Whole cents; of less than a dollar, millionths. Rounded down: 499.999 spent of 500 is not all of it. */
function usd(nano: NanoUsd): string {
  return formatUsd(nano - (nano % (nano >= 100n * CENT ? CENT : MICRO_USD)))
}

/** One decimal, rounded down. */
function percentOf(part: NanoUsd, whole: NanoUsd): string {
  const perMille = (part * 1000n) / whole
  return perMille % 10n === 0n ? `${perMille / 10n}` : `${perMille / 10n}.${perMille % 10n}`
}

const UNITS = [
  { name: 'day', ms: 86_400_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
] as const

/** In the largest unit of which there are two: `3 days`, `47 hours`, `1 minute`. */
function duration(from: Date, to: Date): string {
  const ms = Math.max(0, to.getTime() - from.getTime())
  const unit = UNITS.find((unit) => ms >= 2 * unit.ms) ?? UNITS[2]
  const count = Math.max(1, Math.round(ms / unit.ms))
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`
}

/** `Tue 1 Dec 2026, 00:00 (Europe/Berlin)` */
function moment(at: Date, timeZone: string): string {
  const day = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const format = new Intl.DateTimeFormat('en-GB', { ...day, ...time, timeZone })
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return `${part.weekday} ${part.day} ${part.month} ${part.year}, ${part.hour}:${part.minute} (${timeZone})`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
