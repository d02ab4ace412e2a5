import type { keyExplain } from '../../../src/contract/key-explain.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { ago, count, usd } from '../../format.ts'

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

const PERIOD_WORDS: Record<string, string> = {
  day: 'a day',
  week: 'a week',
  month: 'a month',
  quarter: 'a quarter',
  rolling_24h: 'in any 24 hours',
  total: 'in all',
  credits: 'of credits',
}

/** What a rule says, in one sentence for each matter. */
export function wordsOfRule({ policy, budget, rateLimit, readable }: Rule): string[] {
  if (!readable) return ['A rule of this level, which you may not read.']
  if (policy) return wordsOfPolicy(policy)
  if (budget) {
    const { kind, limitUsd, period, resetsAt } = budget
    const reset = resetsAt ? ` It resets ${ago(resetsAt)}.` : ''
    const warns = kind === 'soft' ? ' It only warns.' : ''
    return [
      `${budget.name}: ${usd(limitUsd)} ${PERIOD_WORDS[period] ?? period}.${warns}${reset}`,
      ...only(budget),
    ]
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

type PolicyWords = Pick<
  NonNullable<Rule['policy']>,
  'models' | 'operations' | 'providers' | 'hostedTools' | 'maxOutputTokens' | 'ipAllowlist' | 'ipMode'
>

function wordsOfPolicy(policy: PolicyWords): string[] {
  const { models, operations, providers, hostedTools, maxOutputTokens, ipAllowlist, ipMode } = policy
  const list = (title: string, items: readonly string[] | null) =>
    items === null ? [] : [`${title}: ${items.length > 0 ? items.join(', ') : 'none'}`]
  return [
    ...list('Models', models),
    ...list('Kinds of calls', operations),
    ...list('Providers', providers),
    ...list('Tools the provider runs', hostedTools),
    ...(maxOutputTokens === null ? [] : [`At most ${count(maxOutputTokens)} output tokens per call`]),
    ...list(ipMode === 'monitor' ? 'Addresses, only recorded' : 'Addresses', ipAllowlist),
  ]
}

function said(most: number | null, what: string): string[] {
  return most === null ? [] : [`At most ${count(most)} ${what}`]
}

function only({ modelPattern }: { modelPattern: string | null }): string[] {
  return modelPattern === null ? [] : [`Only for calls of ${modelPattern}`]
}
