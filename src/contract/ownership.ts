import { z } from 'zod'
import { operation } from './operation.ts'

const TagName = z.string().regex(/^[a-z0-9_.-]{1,40}$/)
const RequiredTags = z.array(TagName).max(20)
const AttestationDays = z.int().min(7).max(730)
const GraceDays = z.int().min(1).max(90)

const Ownership = z
  .object({
    requirePurpose: z.boolean(),
    requireApplication: z.boolean(),
    requiredTags: z.array(z.string()),
    /** How often owners say that a key is still needed; null: nobody is asked. */
    attestationDays: z.int().nullable(),
    attestationGraceDays: z.int(),
    version: z.int(),
  })
  .meta({ id: 'Ownership' })

export const ownershipView = operation({
  name: 'ownershipView',
  method: 'GET',
  path: '/v1/ownership',
  summary: 'Show what keys must say of themselves, and how often owners are asked whether they need them',
  permission: 'organization:read',
  response: Ownership,
  examples: ['claviger ownership get'],
})

export const ownershipUpdate = operation({
  name: 'ownershipUpdate',
  method: 'PATCH',
  path: '/v1/ownership',
  summary:
    'Set what keys must say of themselves, and how often owners are asked. It binds from the next change of a key on',
  permission: 'ownership:update',
  body: z.strictObject({
    requirePurpose: z.boolean().optional(),
    requireApplication: z.boolean().optional(),
    requiredTags: RequiredTags.optional(),
    attestationDays: AttestationDays.nullable()
      .optional()
      .describe('ask every so many days, counted from today for keys that exist; none asks nobody'),
    attestationGraceDays: GraceDays.optional().describe(
      'days after the last notice until a key is suspended',
    ),
  }),
  response: Ownership,
  examples: [
    'claviger ownership update --require-purpose true --required-tag cost-center',
    'claviger ownership update --attestation-days 90 --attestation-grace-days 14',
  ],
})
