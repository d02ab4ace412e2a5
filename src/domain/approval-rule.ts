import { endOfTerms, isAmong, type RequestKind, type Terms } from './access-request.ts'
import { type NanoUsd, parseUsd } from './money.ts'

/** The kinds of requests that a rule may approve. Production always takes people. */
export const RULED_KINDS = [
  'key',
  'model',
  'budget',
  'rate',
  'team',
  'expiry',
] as const satisfies RequestKind[]

/** What a rule approves by itself. Null bounds nothing. */
export type ApprovalRule = {
  teamId: string | null
  projectId: string | null
  kind: RequestKind
  models: readonly string[] | null
  maxUsdNano: NanoUsd | null
  maxDays: number | null
}

type Request = {
  kind: RequestKind
  teamId: string
  projectId: string | null
  production: boolean
  terms: Terms
}

const DAY_MS = 86_400_000

/** Whether a request is within what the rule approves. Never what reaches production, whatever the rule says. */
export function ruleFits(rule: ApprovalRule, request: Request, now: Date): boolean {
  const { kind, teamId, projectId, production, terms } = request
  if (production || rule.kind !== kind) return false
  if (rule.teamId !== null && rule.teamId !== teamId) return false
  if (rule.projectId !== null && rule.projectId !== projectId) return false
  if (rule.models !== null && !(terms.models ?? []).every((model) => isAmong(model, rule.models ?? []))) {
    return false
  }
  if (rule.maxUsdNano !== null && (parseUsd(terms.addUsd ?? '') ?? 0n) > rule.maxUsdNano) return false
  if (rule.maxDays === null) return true
  const end = endOfTerms(terms)
  return end !== null && end.getTime() <= now.getTime() + rule.maxDays * DAY_MS
}
