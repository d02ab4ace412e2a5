import type { Row } from './table.ts'

/** What a table shows of each kind of thing, for people; `--json` has the rest. */
const COLUMNS: Record<string, string[]> = {
  team: ['name', 'id', 'createdAt', 'archivedAt'],
  project: ['name', 'id', 'teamId', 'archivedAt'],
  environment: ['name', 'kind', 'id', 'projectId', 'archivedAt'],
  user: ['email', 'name', 'id', 'deactivatedAt'],
  'service-account': ['name', 'id', 'projectId', 'deactivatedAt'],
  token: ['name', 'role', 'production', 'hint', 'id', 'teamId', 'projectId', 'expiresAt', 'revokedAt'],
  role: ['name', 'builtIn', 'basedOn', 'scopeTypes'],
  grant: [
    'user.email',
    'serviceAccountId',
    'role',
    'teamId',
    'projectId',
    'production',
    'expiresAt',
    'source',
    'id',
  ],
  invitation: ['email', 'expiresAt', 'acceptedAt', 'revokedAt', 'id'],
  session: ['kind', 'methods', 'ip', 'createdAt', 'lastSeenAt', 'id'],
  passkey: ['name', 'createdAt', 'lastUsedAt', 'id'],
  connection: ['name', 'state', 'enforced', 'issuer', 'id'],
  mapping: ['claim', 'value', 'role', 'teamId', 'projectId', 'production', 'id'],
  'trust-rule': ['name', 'issuer', 'audience', 'serviceAccountId', 'disabledAt', 'id'],
  'access-request': ['kind', 'state', 'requester.email', 'reason', 'until', 'createdAt', 'id'],
  'approval-rule': ['name', 'kind', 'maxDays', 'id'],
  delivery: ['keyId', 'userId', 'expiresAt', 'openedAt', 'id'],
  document: ['title', 'kind', 'required', 'dueBy', 'overdue', 'url', 'archivedAt', 'id'],
  acknowledgement: [
    'user.email',
    'documentTitle',
    'state',
    'dueBy',
    'scorePercent',
    'acknowledgedAt',
    'expiresAt',
  ],
  attestation: ['keyName', 'dueAt', 'notices', 'suspended', 'ownerUserId', 'attestedAt', 'keyId'],
  exemption: ['userId', 'documentId', 'reason', 'until', 'id'],
  finding: ['severity', 'kind', 'targetId', 'count', 'lastSeenAt', 'resolvedAt', 'id'],
  'audit-sink': ['name', 'kind', 'target', 'required', 'sentPosition', 'failingSince', 'lastError', 'id'],
  'audit-head': ['position', 'signedAt', 'hash', 'keyId'],
  channel: ['name', 'kind', 'teamId', 'events', 'host', 'id'],
  notice: ['kind', 'userId', 'createdAt', 'sentAt', 'failedAt', 'lastError', 'id'],
  alert: ['raisedAt', 'kind', 'summary', 'spentUsd', 'limitUsd', 'windowEndsAt', 'told', 'id'],
  key: ['name', 'state', 'secrets.0.hint', 'id', 'environmentId', 'expiresAt', 'lastUsedAt'],
  provider: ['name', 'kind', 'baseUrl', 'id', 'archivedAt'],
  credential: ['name', 'state', 'needsSecret', 'hint', 'weight', 'id', 'providerId'],
  'environment-credential': ['name', 'providerName', 'credentialId'],
  model: ['name', 'source', 'contextWindow', 'maxOutputTokens', 'deprecated', 'id'],
  budget: [
    'name',
    'scope',
    'kind',
    'window.limitUsd',
    'period',
    'window.spentUsd',
    'window.stage',
    'window.resetsAt',
    'id',
  ],
  'budget-raise': ['budgetId', 'addUsd', 'until', 'active', 'reason', 'id'],
  'budget-member': ['email', 'limitUsd', 'ownLimit', 'spentUsd', 'remainingUsd', 'budgetId'],
  credit: ['scope', 'amountUsd', 'usedUsd', 'remainingUsd', 'expiresAt', 'state', 'reason', 'id'],
  policy: ['scope', 'models', 'operations', 'providers', 'maxOutputTokens', 'ipAllowlist'],
  'rate-limit': ['scope', 'requestsPerMinute', 'tokensPerMinute', 'concurrentCalls', 'modelPattern', 'id'],
  request: [
    'admittedAt',
    'model',
    'status',
    'inputTokens',
    'outputTokens',
    'costUsd',
    'durationMs',
    'keyId',
    'requestId',
  ],
  audit: ['at', 'userId', 'action', 'result', 'targetId', 'actorKind', 'actorId', 'reason', 'ip'],
}

/** The columns of a kind that its rows have; all plain fields of one that is not in the table. */
export function columnsOf(noun: string, rows: Row[]): string[] {
  const [first = {}] = rows
  const known = COLUMNS[noun]?.filter((column) => (column.split('.')[0] as string) in first)
  return known && known.length > 0
    ? known
    : Object.keys(first).filter((key) => key !== 'version' && !isObject(first[key]))
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
