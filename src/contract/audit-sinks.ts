import { z } from 'zod'
import { Id, Name, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

export const AuditSink = z
  .object({
    id: Id,
    name: Name,
    kind: z.enum(['webhook', 'file', 'syslog']),
    /** The address, or the path; the configuration of the server says those of files and syslog. */
    target: z.string(),
    /** While it is too far behind, only what takes something away may be changed. */
    required: z.boolean(),
    /** The position of the last event that arrived there. */
    sentPosition: z.int(),
    failingSince: Timestamp.nullable(),
    lastError: z.string().nullable(),
    createdAt: Timestamp,
    version: z.int(),
  })
  .meta({ id: 'AuditSink' })

const SinkWithSecret = z.object({
  sink: AuditSink,
  /** Its receiver checks signatures with it (standardwebhooks.com). */
  secret: z.string().meta({ secret: true }),
})

export const auditSinkCreate = operation({
  name: 'auditSinkCreate',
  method: 'POST',
  path: '/v1/audit-sinks',
  summary: 'Send the whole audit trail to a signed webhook, from its first event on',
  permission: 'audit:update',
  body: z.strictObject({
    name: Name,
    address: z.url({ protocol: /^https?$/ }).max(2000),
    required: z.boolean().default(false).describe('refuse changes while it has failed for 15 minutes'),
  }),
  response: SinkWithSecret,
  examples: ['claviger audit-sink create --name siem --address https://siem.example.com/claviger'],
})

export const auditSinkList = operation({
  name: 'auditSinkList',
  method: 'GET',
  path: '/v1/audit-sinks',
  summary: 'List where the audit trail is sent, and how far each has got',
  permission: 'audit:read',
  response: z.object({ data: z.array(AuditSink) }),
  examples: ['claviger audit-sink list'],
})

export const auditSinkUpdate = operation({
  name: 'auditSinkUpdate',
  method: 'PATCH',
  path: '/v1/audit-sinks/{auditSinkId}',
  summary: 'Rename an audit sink, or say whether it is required',
  permission: 'audit:update',
  params: { auditSinkId: Id },
  body: z.strictObject({ name: Name.optional(), required: z.boolean().optional() }),
  response: AuditSink,
  examples: ['claviger audit-sink update sink_01JD… --required false'],
})

export const auditSinkRotate = operation({
  name: 'auditSinkRotate',
  method: 'POST',
  path: '/v1/audit-sinks/{auditSinkId}/rotate',
  summary: "Replace a webhook's secret. For a day both sign, so that its receiver can follow",
  permission: 'audit:update',
  params: { auditSinkId: Id },
  response: SinkWithSecret,
  examples: ['claviger audit-sink rotate sink_01JD… --output-file siem.secret'],
})

export const auditSinkDelete = operation({
  name: 'auditSinkDelete',
  method: 'DELETE',
  path: '/v1/audit-sinks/{auditSinkId}',
  summary: 'Stop sending the audit trail there',
  permission: 'audit:update',
  params: { auditSinkId: Id },
  examples: ['claviger audit-sink delete sink_01JD…'],
})
