import { z } from 'zod'
import { Id, ScopeSchema } from './fields.ts'
import { operation } from './operation.ts'
import { PermissionName } from './roles.ts'

const MOST_TARGETS = 200

export const accessCheck = operation({
  name: 'accessCheck',
  method: 'POST',
  path: '/v1/access',
  summary: 'Ask what you, or somebody else, may do with each of some things, and why not',
  permission: 'self',
  body: z.strictObject({
    userId: Id.optional().describe('somebody else, by the roles they hold; you when not given'),
    permissions: z.array(PermissionName).min(1).optional().describe('all of them when not given'),
    targets: z.array(ScopeSchema).min(1).max(MOST_TARGETS),
  }),
  response: z.object({
    data: z.array(
      z.object({
        target: ScopeSchema,
        /** For each permission `true`, or the reason why not. */
        can: z.record(z.string(), z.union([z.literal(true), z.object({ reason: z.string() })])),
      }),
    ),
  }),
  examples: [],
})
