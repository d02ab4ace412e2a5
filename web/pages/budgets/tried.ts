import type { budgetDryRun } from '../../../src/contract/dry-runs.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { formatUsd, parseUsd } from '../../../src/domain/money.ts'
import { count, day, usd } from '../../format.ts'

type Outcome = Output<typeof budgetDryRun>

const DAY_MS = 86_400_000

type Effect = { tone: 'calm' | 'blocks'; text: string }

/** What a budget would have done to the calls of the last days, in a sentence or two. */
export function wouldHave(outcome: Outcome): Effect {
  const { slowed } = outcome
  const { throttleRequestsPerMinute: perMinute } = outcome.budget
  const effect = refusedOrPassed(outcome)
  if (perMinute === null || slowed.calls === 0) return effect
  const calls = `${count(slowed.calls)} ${slowed.calls === 1 ? 'call' : 'calls'}`
  const how = `It would have slowed down ${calls} that it lets in, from ${keysOf(slowed)}: those after the first ${count(perMinute)} of a minute.`
  return { tone: 'blocks', text: `${effect.text} ${how}` }
}

function refusedOrPassed(outcome: Outcome): Effect {
  const { calls, costUsd, blocked, budget } = outcome
  const days = Math.round((Date.parse(outcome.to) - Date.parse(outcome.from)) / DAY_MS)
  if (calls === 0) return { tone: 'calm', text: `There were no such calls in the last ${days} days.` }
  const of = `the ${count(calls)} calls (${usd(costUsd)}) of the last ${days} days`
  if (budget.kind === 'soft' && blocked.calls === 0) {
    const passed = outcome.windows.filter(({ passedAt }) => passedAt !== null)
    const [first] = passed
    if (first?.passedAt == null) return { tone: 'calm', text: `With ${of} it would not have been passed.` }
    const more = passed.length > 1 ? ` and ${count(passed.length - 1)} more times` : ''
    const at = day(first.passedAt, budget.timeZone)
    return { tone: 'blocks', text: `With ${of} it would have been passed on ${at}${more}, and blocked none.` }
  }
  if (blocked.calls === 0) return { tone: 'calm', text: `It would have blocked none of ${of}.` }
  return {
    tone: 'blocks',
    text: `It would have blocked ${count(blocked.calls)} of ${of}, from ${keysOf(blocked)}: ${usd(blocked.costUsd)}, ${blocked.costPercent} % of the cost.`,
  }
}

function keysOf({ keys }: { keys: number }): string {
  return `${count(keys)} ${keys === 1 ? 'key' : 'keys'}`
}

/** What these calls have cost already in the window of now; null where there were none. */
export function spentSoFar({ windows, to }: Outcome): { since: string; usd: string } | null {
  const window = windows.at(-1)
  if (!window || (window.endsAt !== null && window.endsAt <= to)) return null
  const blocked = parseUsd(window.blockedUsd) ?? 0n
  return { since: window.startedAt, usd: formatUsd((parseUsd(window.spentUsd) ?? 0n) + blocked) }
}
