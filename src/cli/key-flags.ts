import { BUDGET_WINDOWS } from '../domain/budget.ts'
import type { Flag } from './flags.ts'

/** What `key create` calls the parts of the rules that a key can be born with. */
const SHORT_NAMES: Record<string, string> = {
  'policy.model': 'model',
  'policy.operation': 'operation',
  'policy.provider': 'provider',
  'policy.hosted-tool': 'hosted-tool',
  'policy.max-output-tokens': 'max-output-tokens',
  'policy.ip-allowlist': 'ip-allowlist',
  'policy.ip-mode': 'ip-mode',
  'rate-limit.requests-per-minute': 'rpm',
  'rate-limit.tokens-per-minute': 'tpm',
  'rate-limit.concurrent-calls': 'concurrent-calls',
}

/** The flags of what makes a key, `key create` and `trust-rule create`: short names, and `--budget 5/month`. */
export function keyCreateFlags(flags: Flag[]): Flag[] {
  return flags.map((flag) => {
    if (flag.name === 'budgets') return { ...flag, ...BUDGET }
    return { ...flag, name: SHORT_NAMES[flag.name] ?? flag.name }
  })
}

const BUDGET: Partial<Flag> = {
  name: 'budget',
  kind: { type: 'budget' },
  list: true,
  description: 'money per window such as 5/month, or all its terms as JSON; may be repeated',
}

/** `5/month` → the terms of a hard budget. */
export function readBudget(text: string): { limitUsd: string; period: string } | undefined {
  const [limitUsd = '', period = '', ...rest] = text.replace(/^\$/, '').split('/')
  const known = BUDGET_WINDOWS.some((window) => window === period)
  return known && rest.length === 0 && /^\d+(\.\d+)?$/.test(limitUsd) ? { limitUsd, period } : undefined
}
