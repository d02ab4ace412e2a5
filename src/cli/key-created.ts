import { type BudgetWindow, WINDOW_WORDS } from '../domain/budget.ts'
import type { Row } from './table.ts'

type Terms = { limitUsd: string; period: BudgetWindow; kind?: string; modelPattern?: string | null }
type Limits = {
  budgets?: Terms[]
  policy?: Row
  rateLimit?: { requestsPerMinute?: number; tokensPerMinute?: number; concurrentCalls?: number }
}

/** What a person wants to see of a new key: what it is, whose it is, and the limits that came with it. */
export function createdKey(key: Row, { budgets = [], policy = {}, rateLimit = {} }: Limits): Row {
  return {
    name: key.name,
    id: key.id,
    environment: key.environmentId,
    owner: key.userId ?? key.serviceAccountId,
    begins: key.notBefore,
    expires: key.expiresAt ?? 'never',
    budget: budgets.length === 0 ? null : budgets.map(budgetText),
    requests: rateLimit.requestsPerMinute && `${rateLimit.requestsPerMinute} a minute`,
    tokens: rateLimit.tokensPerMinute && `${rateLimit.tokensPerMinute} a minute`,
    calls: rateLimit.concurrentCalls && `${rateLimit.concurrentCalls} at once`,
    ...policy,
  }
}

function budgetText({ limitUsd, period, kind, modelPattern }: Terms): string {
  const amount = `${limitUsd} USD ${WINDOW_WORDS[period]}`
  return `${amount}${kind === 'soft' ? ', soft' : ''}${modelPattern ? `, for ${modelPattern}` : ''}`
}
