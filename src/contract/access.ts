import { z } from 'zod'
import { ASKED_ROLES } from '../domain/access-request.ts'
import { GRANT_SCOPES } from '../domain/roles.ts'
import { Id, ScopeSchema } from './fields.ts'
import { operation } from './operation.ts'
import { PermissionName, Role } from './roles.ts'

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

const yes = z.stringbool({ truthy: ['true'], falsy: ['false'] }).optional()

export const accessExplain = operation({
  name: 'accessExplain',
  method: 'GET',
  path: '/v1/access/explain',
  summary:
    'Explain how you could be allowed something: which roles allow it, which of them you can ask for, and who can give one',
  permission: 'self',
  query: {
    permission: PermissionName,
    teamId: Id.optional().describe('where; the organization as a whole when nothing says where'),
    projectId: Id.optional(),
    production: yes.describe('true: in production'),
    anywhere: yes.describe('true: any team or project would do'),
  },
  response: z.object({
    /** Those that allow it there, or above. */
    roles: z.array(
      z.object({ ...Role.pick({ id: true, name: true }).shape, scopeTypes: z.array(z.enum(GRANT_SCOPES)) }),
    ),
    /** The least that would be enough, as `accessRequestCreate` takes it; null when nothing that can be asked for would. */
    ask: z
      .discriminatedUnion('kind', [
        z.object({ kind: z.literal('team'), role: z.enum(ASKED_ROLES), teamId: Id.nullable() }),
        z.object({ kind: z.literal('production'), role: z.enum(ASKED_ROLES), projectId: Id }),
      ])
      .nullable(),
    /** People who can give such a role, the nearest first, as far as you may know what they are called. */
    givers: z.array(z.object({ userId: Id, name: z.string() })),
  }),
  examples: [
    'claviger access explain --permission audit:read',
    'claviger access explain --permission key:create --team Search',
  ],
})
