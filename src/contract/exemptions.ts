import { z } from 'zod'
import { Id, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

const Exemption = z
  .object({
    id: Id,
    documentId: Id,
    userId: Id,
    reason: z.string(),
    createdBy: z.string(),
    createdAt: Timestamp,
    until: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Exemption' })

export const exemptionCreate = operation({
  name: 'exemptionCreate',
  method: 'POST',
  path: '/v1/exemptions',
  summary: 'Excuse somebody from a document, and say why',
  permission: 'acknowledgement:exempt',
  body: z.strictObject({
    documentId: Id,
    userId: Id,
    reason: z.string().min(1).max(500),
    until: Timestamp.optional().describe('until then; for good when not given'),
  }),
  response: Exemption,
  examples: [
    'claviger exemption create --document "AI policy" --user ada@example.com --reason "wrote it" --until 30d',
  ],
})

export const exemptionList = operation({
  name: 'exemptionList',
  method: 'GET',
  path: '/v1/exemptions',
  summary: 'List who is excused from what, and why',
  permission: 'acknowledgement:read',
  query: { ...pageQuery, documentId: Id.optional(), userId: Id.optional() },
  response: page(Exemption),
  examples: ['claviger exemption list'],
})

export const exemptionRevoke = operation({
  name: 'exemptionRevoke',
  method: 'POST',
  path: '/v1/exemptions/{exemptionId}/revoke',
  summary: 'End an exemption: the person has to read it like everybody else',
  permission: 'acknowledgement:exempt',
  params: { exemptionId: Id },
  response: Exemption,
  examples: ['claviger exemption revoke exm_01JD…'],
})
