import type { budgetDryRun } from '../../../src/contract/dry-runs.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { formatUsd, parseUsd } from '../../../src/domain/money.ts'
import { count, day, usd } from '../../format.ts'

type Outcome = Output<typeof budgetDryRun>

const DAY_MS = 86_400_000

/** What a budget would have done to the calls of the last days, in a sentence. */
export function wouldHave(outcome: Outcome): { tone: 'calm' | 'blocks'; text: string } {
  const { calls, costUsd, blocked, budget } = outcome
  const days = Math.round((Date.parse(outcome.to) - Date.parse(outcome.from)) / DAY_MS)
  if (calls === 0) return { tone: 'calm', text: `There were no such calls in the last ${days} days.` }
  const of = `the ${count(calls)} calls (${usd(costUsd)}) of the last ${days} days`
  if (budget.kind === 'soft') {
    const passed = outcome.windows.filter(({ passedAt }) => passedAt !== null)
    const [first] = passed
    if (first?.passedAt == null) return { tone: 'calm', text: `With ${of} it would not have been passed.` }
    const more = passed.length > 1 ? ` and ${count(passed.length - 1)} more times` : ''
    const at = day(first.passedAt, budget.timeZone)
    return { tone: 'blocks', text: `With ${of} it would have been passed on ${at}${more}, and blocked none.` }
  }
  if (blocked.calls === 0) return { tone: 'calm', text: `It would have blocked none of ${of}.` }
  const keys = `${count(blocked.keys)} ${blocked.keys === 1 ? 'key' : 'keys'}`
  return {
    tone: 'blocks',
    text: `It would have blocked ${count(blocked.calls)} of ${of}, from ${keys}: ${usd(blocked.costUsd)}, ${blocked.costPercent} % of the cost.`,
  }
}

/** What these calls have cost already in the window of now; null where there were none. */
export function spentSoFar({ windows, to }: Outcome): { since: string; usd: string } | null {
  const window = windows.at(-1)
  if (!window || (window.endsAt !== null && window.endsAt <= to)) return null
  const blocked = parseUsd(window.blockedUsd) ?? 0n
  return { since: window.startedAt, usd: formatUsd((parseUsd(window.spentUsd) ?? 0n) + blocked) }
}
