import type { auditList } from '../../../src/contract/audit.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { Tone } from '../../ui/Status.tsx'

export type AuditEvent = Output<typeof auditList>['data'][number]

/** What an actor is, when it is nobody who has a name. */
const ACTOR: Record<AuditEvent['actorKind'], string> = {
  session: 'A person',
  token: 'An API token',
  workload: 'A workload',
  job: 'Claviger itself',
  setup: 'The set-up',
  nobody: 'Somebody unknown',
}

/** Who did it, as far as there is a name. */
export function actorOf({ actorKind, actorId, userId }: AuditEvent, nameOf: (id: string) => string): string {
  if (userId !== null) return actorKind === 'token' ? `${nameOf(userId)}, by a token` : nameOf(userId)
  return actorId.startsWith('svc_') ? nameOf(actorId) : ACTOR[actorKind]
}

export const RESULT: Record<AuditEvent['result'], { tone: Tone; text: string }> = {
  done: { tone: 'good', text: 'done' },
  denied: { tone: 'bad', text: 'denied' },
  failed: { tone: 'warn', text: 'failed' },
}

/** Nouns of which a whole family of actions can be looked for. */
export const NOUNS = [
  'access-request',
  'approval-rule',
  'audit',
  'audit-sink',
  'budget',
  'budget-raise',
  'channel',
  'connection',
  'credential',
  'credit',
  'delivery',
  'document',
  'environment',
  'exemption',
  'finding',
  'grant',
  'identity',
  'invitation',
  'key',
  'mapping',
  'model',
  'organization',
  'ownership',
  'passkey',
  'password',
  'policy',
  'project',
  'provider',
  'rate-limit',
  'request',
  'role',
  'security',
  'service-account',
  'session',
  'team',
  'token',
  'totp',
  'trust-rule',
  'usage',
  'user',
] as const

const NAMED = /^(?:team|prj|env|usr|svc|key|prv)_[0-9A-HJKMNP-TV-Z]{26}$/

/** Whether what an event is about has a name that can be asked for. */
export function isNamed(id: string): boolean {
  return NAMED.test(id)
}
