import { z } from 'zod'
import { Id, Moment, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

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
    from: Moment.optional(),
    to: Moment.optional(),
    targetId: z.string().max(100).optional(),
    actorId: z.string().max(100).optional(),
    action: z.string().max(100).optional(),
  },
  response: page(AuditEvent),
  examples: ['claviger audit list --from -7d', 'claviger audit list --target-id key_01JD…'],
})
