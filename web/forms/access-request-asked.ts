import type { ASKED_ROLES, RequestKind, Target } from '../../src/domain/access-request.ts'
import { inDays } from '../ui/MomentInput.tsx'

/** What a request is about, by the name under which the API takes it. */
export type Targets = Partial<Record<Target, string | undefined>>
/** The terms as far as they are filled in. */
export type Told = {
  name?: string
  purpose?: string
  serviceAccountId?: string
  role?: (typeof ASKED_ROLES)[number]
  models?: string[]
  addUsd?: string
  addRequestsPerMinute?: number
  addTokensPerMinute?: number
  expiresAt?: string
  until?: string
}
export type Asked = Told & { reason?: string; targets?: Targets }

/** What is not filled in is not asked for. Where an end is needed there is one from the start. */
export function termsToAsk(kind: RequestKind, terms: Told): Told {
  const all: Told = { ...defaultsOf(kind), ...terms }
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== '' && value !== undefined && value !== 0),
  )
}

const A_WEEK = 7

/** What the form begins with. */
export function defaultsOf(kind: RequestKind): Told {
  if (kind === 'production' || kind === 'team') {
    return { role: 'viewer', ...(kind === 'production' ? { until: inDays(A_WEEK) } : {}) }
  }
  return kind === 'model' || kind === 'budget' || kind === 'rate' ? { until: inDays(A_WEEK) } : {}
}
