import { z } from 'zod'
import { Id, Moment, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

const Position = z.coerce.number().int().min(1)
const Hash = z.string().regex(/^[0-9a-f]{64}$/)

export const AuditEvent = z
  .object({
    id: Id,
    at: Timestamp,
    actorKind: z.enum(['session', 'token', 'workload', 'job', 'setup', 'nobody']),
    actorId: z.string(),
    userId: Id.nullable(),
    /** Noun and verb: `team.create`. */
    action: z.string(),
    targetId: z.string(),
    /** Null for what belongs to the organization itself. */
    teamId: Id.nullable(),
    projectId: Id.nullable(),
    result: z.enum(['done', 'denied', 'failed']),
    sessionId: Id.nullable(),
    /** How the actor had signed in. */
    methods: z.array(z.string()),
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
    reason: z.string().nullable(),
    requestId: z.string().nullable(),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    /** Its place in the chain and its hash there; null for the second until it is sealed. */
    position: z.int().nullable(),
    hash: Hash.nullable(),
  })
  .meta({ id: 'AuditEvent' })

export const auditList = operation({
  name: 'auditList',
  method: 'GET',
  path: '/v1/audit',
  summary: 'List who changed what, newest first',
  permission: 'audit:read',
  query: {
    ...pageQuery,
    id: Id.optional().describe('one event, by its id'),
    from: Moment.optional(),
    to: Moment.optional(),
    targetId: z.string().max(100).optional(),
    actorId: z.string().max(100).optional(),
    userId: Id.optional(),
    teamId: Id.optional(),
    result: z.enum(['done', 'denied', 'failed']).optional(),
    action: z
      .string()
      .max(100)
      .optional()
      .describe('such as team.create, or team.* for all that happened to teams'),
  },
  response: page(AuditEvent),
  examples: ['claviger audit list --from -7d', 'claviger audit list --target-id key_01JD…'],
})

const range = {
  from: Moment.optional().describe('events from then on'),
  to: Moment.optional().describe('and before then'),
}

export const auditExport = operation({
  name: 'auditExport',
  method: 'GET',
  path: '/v1/audit/export',
  summary:
    'Export the audit trail with its proof: CloudEvents with OCSF in JSON lines, for claviger audit verify',
  permission: 'audit:export',
  query: range,
  download: 'application/x-ndjson',
  examples: [
    'claviger audit export | tee audit.jsonl',
    'claviger audit export --from 2026-10-01 --to 2026-11-01',
  ],
})

export const auditCsv = operation({
  name: 'auditCsv',
  method: 'GET',
  path: '/v1/audit/csv',
  summary: 'Export the audit trail as a table, safe to open in a spreadsheet',
  permission: 'audit:export',
  query: range,
  download: 'text/csv',
  examples: ['claviger audit csv --from -30d | tee audit.csv'],
})

export const auditVerify = operation({
  name: 'auditVerify',
  method: 'GET',
  path: '/v1/audit/verify',
  summary: 'Recompute the audit chain and compare it with every head that was signed',
  permission: 'audit:read',
  query: {
    from: Position.default(1).describe('the position to begin at'),
    to: Position.optional().describe('the last position to look at; to the end when not given'),
  },
  response: z.object({
    ok: z.boolean(),
    /** How many events were recomputed and found right. */
    checked: z.int(),
    firstBroken: z.object({ position: z.int(), eventId: Id.nullable(), problem: z.string() }).nullable(),
  }),
  examples: ['claviger audit verify', 'claviger audit verify --file audit.jsonl --public-key audit-key.pem'],
})

export const AuditHead = z
  .object({
    organizationId: Id,
    position: z.int(),
    hash: Hash,
    signedAt: Timestamp,
    keyId: z.string(),
    /** Ed25519, base64. */
    signature: z.string(),
  })
  .meta({ id: 'AuditHead' })

export const auditHeadList = operation({
  name: 'auditHeadList',
  method: 'GET',
  path: '/v1/audit/heads',
  summary: 'List the signed heads of the audit chain, newest first',
  permission: 'audit:read',
  query: { ...pageQuery, cursor: z.coerce.number().int().min(1).optional() },
  response: page(AuditHead),
  examples: ['claviger audit-head list'],
})

export const auditKeyView = operation({
  name: 'auditKeyView',
  method: 'GET',
  path: '/v1/audit/key',
  summary: 'Show the public key that heads and exports are signed with',
  permission: 'audit:read',
  response: z.object({ keyId: z.string(), publicKey: z.string() }),
  examples: ['claviger audit-key get --json | jq -r .publicKey > audit-key.pem'],
})
