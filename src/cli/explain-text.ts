import type { z } from 'zod'
import type { KeyExplanation } from '../contract/key-explain.ts'
import { withNames } from './labels.ts'
import type { ListItems } from './names.ts'
import { cell, printable, type Row, record, table } from './table.ts'

type Explanation = z.output<typeof KeyExplanation>
type Rule = Explanation['rules'][number]

const COLUMNS = ['level', 'rule', 'says', 'left', 'resets']

/** What a key may do, for people: the answer first, then what it was asked about, then each rule with its level. */
export async function explanationText(answer: Explanation, list: ListItems): Promise<string> {
  const rows = answer.rules.map(
    (rule): Row => ({
      scope: rule.scope,
      rule: `${rule.binds ? '› ' : ''}${ruleText(rule)}`,
      says: rule.allows === true ? 'allows' : rule.code,
      left: leftText(rule),
      resets: rule.budget?.resetsAt ?? null,
    }),
  )
  const named = await withNames(list, rows, (name) => name)
  const levels = named.map(({ scope, ...row }): Row => ({ level: scope, ...row }))
  const rules = rows.length === 0 ? 'No rule applies to it.' : table(levels, COLUMNS)
  const about = record(aboutCall(answer))
  return [
    verdictText(answer),
    about,
    rules,
    `${answer.rules.some(({ binds }) => binds) ? '› binds first. ' : ''}As booked at ${cell(answer.asOf)}. ` +
      'What a rate limit has left is as the gateway that answered knows it now.',
  ]
    .filter((text) => text !== '')
    .join('\n\n')
}

function verdictText({ refusal, call, key }: Explanation): string {
  if (refusal) return `Refused: ${refusal.code}. ${printable(refusal.message)}`
  return call ? 'Allowed: this call would pass.' : `The key can be used: it is ${key.state}.`
}

function aboutCall({ call, key, trainingOverdue }: Explanation): Row {
  const { route, hold } = call ?? {}
  const tokens = hold && `${hold.inputTokens} tokens in, ${hold.outputTokens} out`
  const { state: _, ...times } = key
  return {
    ...times,
    model: call?.model,
    operation: call?.operation,
    goesTo: route && `${route.provider}: ${route.upstreamModel}`,
    credentials: route && `${route.credentialsInUse} of ${route.credentials} in use`,
    price: route && (route.priceVersion ?? 'not known'),
    holds: hold && `${hold.usd} USD (${tokens})`,
    outputCutTo: hold?.outputCutTo,
    stillToRead: trainingOverdue?.join(', '),
  }
}

function ruleText({ kind, policy, budget, rateLimit, readable }: Rule): string {
  if (!readable) return `${kind.replace('-', ' ')} (not yours to read)`
  if (policy) return `policy: ${policyText(policy)}`
  if (budget) {
    const soft = budget.kind === 'soft' ? 'soft ' : ''
    const stage = budget.stage === 'open' ? '' : `, ${budget.stage}`
    return `${soft}budget "${budget.name}"${onlyFor(budget)}${stage}`
  }
  return rateLimit ? `rate limit${onlyFor(rateLimit)}` : kind
}

function policyText(policy: NonNullable<Rule['policy']>): string {
  const { ipMode, ...rules } = policy
  const said = Object.entries(rules).filter(([, value]) => value !== null)
  const texts = said.map(([name, value]) => `${name} ${cell(value)}`)
  if (policy.ipAllowlist && ipMode === 'monitor') texts.push('addresses only watched')
  return texts.join('; ') || 'says nothing'
}

function onlyFor({ modelPattern }: { modelPattern: string | null }): string {
  return modelPattern === null ? '' : `, for ${modelPattern}`
}

function leftText({ budget, rateLimit }: Rule): string | null {
  if (budget) return `${budget.remainingUsd} of ${budget.limitUsd} USD`
  if (!rateLimit) return null
  const { requestsPerMinute, tokensPerMinute, concurrentCalls, left } = rateLimit
  const { requests, tokens, concurrent, inAll } = left
  const text = (most: number | null, free: number | null, what: string) => {
    if (most === null) return []
    if (free === null || (free === 0 && !inAll)) return `${most} ${what}`
    return `${inAll ? '' : 'at least '}${free} of ${most} ${what}`
  }
  return [
    text(requestsPerMinute, requests, 'requests a minute'),
    text(tokensPerMinute, tokens, 'tokens a minute'),
    text(concurrentCalls, concurrent, 'at a time'),
  ]
    .flat()
    .join(', ')
}
