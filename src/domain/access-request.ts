import { type NanoUsd, parseUsd } from './money.ts'
import { matchesPattern } from './policy.ts'

/*
 *   pending ──approve──▶ approved ──end──▶ ended
 *      ├────deny──────▶ denied
 *      ├────withdraw──▶ withdrawn
 *      └────lapse─────▶ lapsed
 */
export const REQUEST_STATES = ['pending', 'approved', 'denied', 'withdrawn', 'lapsed', 'ended'] as const
export type RequestState = (typeof REQUEST_STATES)[number]
export type RequestEvent = 'approve' | 'deny' | 'withdraw' | 'lapse' | 'end'

const TRANSITIONS: Record<RequestState, Partial<Record<RequestEvent, RequestState>>> = {
  pending: { approve: 'approved', deny: 'denied', withdraw: 'withdrawn', lapse: 'lapsed' },
  approved: { end: 'ended' },
  denied: {},
  withdrawn: {},
  lapsed: {},
  ended: {},
}

/** The state after `event`, or null when a request in this state does not take it. */
export function nextRequestState(state: RequestState, event: RequestEvent): RequestState | null {
  return TRANSITIONS[state][event] ?? null
}

/** What can be asked for. `production`: a role that reaches a project's production; `team`: a role in a team. */
export const REQUEST_KINDS = ['key', 'model', 'budget', 'rate', 'production', 'team', 'expiry'] as const
export type RequestKind = (typeof REQUEST_KINDS)[number]

/** How each is said after "asks for". */
export const ASKS_FOR: Record<RequestKind, string> = {
  key: 'a key',
  model: 'models',
  budget: 'more budget',
  rate: 'a higher rate',
  production: 'a role in production',
  team: 'a role in a team',
  expiry: 'a longer life of a key',
}

/** The roles that can be asked for. Who runs a team or a project is decided without being asked. */
export const ASKED_ROLES = ['viewer', 'builder'] as const

export type Terms = {
  /** Of the key. */
  name?: string | undefined
  purpose?: string | undefined
  /** Whose key it is to be, when it is a program's: of one that the requester answers for. */
  serviceAccountId?: string | undefined
  role?: (typeof ASKED_ROLES)[number] | undefined
  /** Patterns as in a policy. */
  models?: string[] | undefined
  /** What is added, so that what others change meanwhile stays. */
  addUsd?: string | undefined
  addRequestsPerMinute?: number | undefined
  addTokensPerMinute?: number | undefined
  /** The new end of a key. */
  expiresAt?: string | undefined
  /** When it is taken back; without, it stays. */
  until?: string | undefined
}

export type TermName = keyof Terms

export const TARGETS = ['teamId', 'projectId', 'environmentId', 'keyId', 'budgetId', 'rateLimitId'] as const
export type Target = (typeof TARGETS)[number]

type Form = {
  /** What it is about: one of these. */
  targets: readonly Target[]
  /** At least one of these has to be said. */
  needs: readonly TermName[]
  /** These may be said. */
  may: readonly TermName[]
  /** Whether it has to end. */
  ends: boolean
}

const FORMS: Record<RequestKind, Form> = {
  key: {
    targets: ['environmentId'],
    needs: ['name'],
    may: ['purpose', 'serviceAccountId', 'until'],
    ends: false,
  },
  model: {
    targets: ['keyId', 'environmentId', 'projectId', 'teamId'],
    needs: ['models'],
    may: ['until'],
    ends: true,
  },
  budget: { targets: ['budgetId'], needs: ['addUsd'], may: ['until'], ends: true },
  rate: {
    targets: ['rateLimitId'],
    needs: ['addRequestsPerMinute', 'addTokensPerMinute'],
    may: ['until'],
    ends: true,
  },
  production: { targets: ['projectId'], needs: ['role'], may: ['until'], ends: true },
  team: { targets: ['teamId'], needs: ['role'], may: ['until'], ends: false },
  expiry: { targets: ['keyId'], needs: ['expiresAt'], may: [], ends: false },
}

export type Problem = { field: Target | TermName; message: string }

/** What is wrong with a request of this kind, before anything is looked up. */
export function problemsOf(kind: RequestKind, asked: Partial<Record<Target, string>> & Terms): Problem[] {
  const { targets, needs, may, ends } = FORMS[kind]
  const given = TARGETS.filter((target) => asked[target] !== undefined)
  const terms = TERM_NAMES.filter((name) => asked[name] !== undefined)
  const first = targets[0]
  return [
    ...(given.filter((target) => targets.includes(target)).length === 1 || first === undefined
      ? []
      : [
          {
            field: first,
            message: `say which, with ${targets.length > 1 ? 'one of ' : ''}${targets.join(', ')}`,
          },
        ]),
    ...given
      .filter((target) => !targets.includes(target))
      .map((field) => ({ field, message: `a request for "${kind}" is not about this` })),
    ...(needs.some((name) => asked[name] !== undefined) || needs[0] === undefined
      ? []
      : [{ field: needs[0], message: `a request for "${kind}" says ${needs.join(' or ')}` }]),
    ...terms
      .filter((name) => !needs.includes(name) && !may.includes(name))
      .map((field) => ({ field, message: `a request for "${kind}" does not say this` })),
    ...(ends && asked.until === undefined
      ? [{ field: 'until' as const, message: 'say until when: this is given for a time' }]
      : []),
  ]
}

const TERM_NAMES: TermName[] = [
  'name',
  'purpose',
  'serviceAccountId',
  'role',
  'models',
  'addUsd',
  'addRequestsPerMinute',
  'addTokensPerMinute',
  'expiresAt',
  'until',
]

export function termsOf(asked: Terms): Terms {
  return Object.fromEntries(
    TERM_NAMES.flatMap((name) => (asked[name] === undefined ? [] : [[name, asked[name]]])),
  )
}

/** What an approver may make smaller of a request. */
export type Narrowing = Omit<Terms, (typeof FIXED)[number]>

/** What is of the thing itself, and neither more nor less. */
const FIXED = ['name', 'purpose', 'serviceAccountId'] as const
const NARROWABLE = TERM_NAMES.filter(
  (name): name is keyof Narrowing => !FIXED.some((fixed) => fixed === name),
)

/** Why `narrowed` gives more than `asked`, or something else; null when it only gives less. */
export function isNarrower(asked: Terms, narrowed: Narrowing): Problem | null {
  for (const name of NARROWABLE) {
    if (narrowed[name] === undefined) continue
    const field = { field: name }
    // What lasts for ever was asked for: any end is less.
    if (asked[name] === undefined && name !== 'until') return { ...field, message: 'this was not asked for' }
    if (!IS_LESS[name](asked, narrowed)) return { ...field, message: 'this is more than was asked for' }
  }
  return null
}

const IS_LESS: Record<keyof Narrowing, (asked: Terms, narrowed: Narrowing) => boolean> = {
  role: (asked, narrowed) => asked.role === narrowed.role || narrowed.role === 'viewer',
  models: (asked, narrowed) =>
    (narrowed.models ?? []).length > 0 &&
    (narrowed.models ?? []).every((model) => isAmong(model, asked.models ?? [])),
  addUsd: (asked, narrowed) => money(narrowed.addUsd) <= money(asked.addUsd),
  addRequestsPerMinute: (asked, narrowed) =>
    (narrowed.addRequestsPerMinute ?? 0) <= (asked.addRequestsPerMinute ?? 0),
  addTokensPerMinute: (asked, narrowed) =>
    (narrowed.addTokensPerMinute ?? 0) <= (asked.addTokensPerMinute ?? 0),
  expiresAt: (asked, narrowed) => time(narrowed.expiresAt) <= time(asked.expiresAt),
  until: (asked, narrowed) => time(narrowed.until) <= time(asked.until),
}

/** A pattern is among others when it is one of them, or an exact name that one of them means. */
export function isAmong(pattern: string, patterns: readonly string[]): boolean {
  return patterns.some(
    (other) => other === pattern || (!pattern.includes('*') && matchesPattern(other, pattern)),
  )
}

function money(usd: string | undefined): NanoUsd {
  return parseUsd(usd ?? '') ?? 0n
}

/** Without a time it never ends. */
function time(text: string | undefined): number {
  return text === undefined ? Number.POSITIVE_INFINITY : Date.parse(text)
}

/** When what the request gives ends: a longer life of a key ends with that life. */
export function endOfTerms({ until, expiresAt }: Terms): Date | null {
  const end = until ?? expiresAt
  return end === undefined ? null : new Date(end)
}
