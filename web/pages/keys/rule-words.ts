import type { keyExplain } from '../../../src/contract/key-explain.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { WINDOW_WORDS } from '../../../src/domain/budget.ts'
import { ago, count, usd } from '../../format.ts'
import { mattersOf } from '../../policy-words.ts'

export type Explained = Output<typeof keyExplain>
export type Rule = Explained['rules'][number]

/** The levels a rule can stand at, as people call them, widest first. */
export const LEVELS: Record<Rule['scope']['type'], string> = {
  organization: 'Organization',
  team: 'Team',
  project: 'Project',
  environment: 'Environment',
  user: 'Person',
  service_account: 'Service account',
  key: 'This key',
}

/** What a rule says, in one sentence for each matter. */
export function wordsOfRule({ policy, budget, rateLimit, readable }: Rule): string[] {
  if (!readable) return ['A rule of this level, which you may not read.']
  if (policy) {
    const restrictions = mattersOf(policy).filter(({ restricts }) => restricts)
    return restrictions.map(({ matter, says }) => `${matter}: ${says}`)
  }
  if (budget) {
    const { kind, limitUsd, period, resetsAt } = budget
    const reset = resetsAt ? ` It resets ${ago(resetsAt)}.` : ''
    const warns = kind === 'soft' ? ' It only warns.' : ''
    return [`${budget.name}: ${usd(limitUsd)} ${WINDOW_WORDS[period]}.${warns}${reset}`, ...only(budget)]
  }
  if (rateLimit) {
    const { requestsPerMinute, tokensPerMinute, concurrentCalls } = rateLimit
    return [
      ...said(requestsPerMinute, 'calls a minute'),
      ...said(tokensPerMinute, 'tokens a minute'),
      ...said(concurrentCalls, 'calls at the same time'),
      ...only(rateLimit),
    ]
  }
  return []
}

function said(most: number | null, what: string): string[] {
  return most === null ? [] : [`At most ${count(most)} ${what}`]
}

function only({ modelPattern }: { modelPattern: string | null }): string[] {
  return modelPattern === null ? [] : [`Only for calls of ${modelPattern}`]
}
