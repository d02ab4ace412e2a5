import { z } from 'zod'
import { Id, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

const Severity = z.enum(['low', 'medium', 'high'])

const Finding = z
  .object({
    id: Id,
    /** What is odd, as a word: `key-known-to-leaver`. */
    kind: z.string(),
    severity: Severity,
    targetId: z.string(),
    teamId: Id.nullable(),
    projectId: Id.nullable(),
    detail: z.record(z.string(), z.unknown()),
    /** How often it was seen since it was first. */
    count: z.int(),
    firstSeenAt: Timestamp,
    lastSeenAt: Timestamp,
    resolvedAt: Timestamp.nullable(),
    resolvedBy: z.string().nullable(),
    resolution: z.string().nullable(),
  })
  .meta({ id: 'Finding' })

export const findingList = operation({
  name: 'findingList',
  method: 'GET',
  path: '/v1/findings',
  summary: 'List what is odd and should be seen to, oldest first',
  permission: 'finding:read',
  query: {
    ...pageQuery,
    state: z.enum(['open', 'resolved']).default('open'),
    severity: Severity.optional(),
    kind: z.string().max(100).optional(),
    teamId: Id.optional(),
  },
  response: page(Finding),
  examples: ['claviger finding list', 'claviger finding list --severity high --json'],
})

export const findingResolve = operation({
  name: 'findingResolve',
  method: 'POST',
  path: '/v1/findings/{findingId}/resolve',
  summary: 'Say that a finding was seen to, and how. If it is seen again, a new one is opened',
  permission: 'finding:update',
  params: { findingId: Id },
  body: z.strictObject({ resolution: z.string().min(1).max(1000) }),
  response: Finding,
  examples: ['claviger finding resolve fnd_01JD… --resolution "rotated the key"'],
})
