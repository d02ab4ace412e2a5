import { usageOf } from '../../scopes.tsx'
import type { Budget } from './standing.ts'

/** Which calls a budget counts, as far as the operations of usage can filter them: not by a pattern of models. */
export function callsOf({ scope, userId, providerId }: Budget): Record<string, string> {
  return {
    ...usageOf(scope),
    ...(userId === null ? {} : { userId }),
    ...(providerId === null ? {} : { providerId }),
  }
}

/** Of which time a budget's page tells: the window of now; for what starts anew each day, the two weeks before as well. */
export function rangeOf({ period, window, createdAt }: Budget): { from: string; words: string } {
  if (period === 'day' || period === 'rolling_24h') return { from: '-13d', words: 'in the last 14 days' }
  if (window.startedAt !== null) return { from: window.startedAt, words: 'in this window' }
  return { from: createdAt, words: 'since the budget was made' }
}
