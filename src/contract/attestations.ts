import { z } from 'zod'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { Key } from './keys.ts'
import { operation } from './operation.ts'

const Attestation = z
  .object({
    keyId: Id,
    keyName: Name,
    environmentId: Id,
    projectId: Id,
    teamId: Id,
    /** Who is asked: the owner of the key, or of its service account. Null: nobody is there. */
    ownerUserId: Id.nullable(),
    serviceAccountId: Id.nullable(),
    dueAt: Timestamp,
    /** How often they were asked in this round. */
    notices: z.int(),
    /** Suspended, since nobody answered. */
    suspended: z.boolean(),
    attestedAt: Timestamp.nullable(),
    attestedBy: z.string().nullable(),
  })
  .meta({ id: 'Attestation' })

export const attestationList = operation({
  name: 'attestationList',
  method: 'GET',
  path: '/v1/attestations',
  summary: 'List the keys whose owners are asked whether they still need them',
  permission: 'attestation:read',
  query: {
    ...pageQuery,
    teamId: Id.optional(),
    due: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional()
      .describe('only those whose time has come, or only the others'),
  },
  response: page(Attestation),
  examples: ['claviger attestation list --due true'],
})

export const keyAttest = operation({
  name: 'keyAttest',
  method: 'POST',
  path: '/v1/keys/{keyId}/attest',
  summary: 'Say that a key is still needed, or that it is not: then it is revoked. Its owner may always',
  permission: 'key:update',
  params: { keyId: Id },
  body: z.strictObject({
    needed: z.boolean(),
    note: z.string().min(1).max(500).optional(),
  }),
  response: Key,
  examples: [
    'claviger key attest key_01JD… --needed true',
    'claviger key attest key_01JD… --needed false --note "the project has ended"',
  ],
})
