import { z } from 'zod'
import { GRANT_SCOPES } from '../domain/roles.ts'
import { Id, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { RoleRef } from './roles.ts'

export const Grant = z
  .object({
    id: Id,
    /** Who holds it: one of both. */
    userId: Id.nullable(),
    user: z.object({ name: z.string(), email: z.string() }).nullable(),
    serviceAccountId: Id.nullable(),
    role: z.string(),
    scopeType: z.enum(GRANT_SCOPES),
    teamId: Id.nullable(),
    projectId: Id.nullable(),
    /** Whether it reaches production. Reading does in any case. */
    production: z.boolean(),
    source: z.enum(['setup', 'migration', 'direct', 'invitation', 'sso', 'request']),
    createdBy: z.string(),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Grant' })

export const grantCreate = operation({
  name: 'grantCreate',
  method: 'POST',
  path: '/v1/grants',
  summary: 'Give somebody a role in the organization, a team or a project. You give nothing that you lack',
  permission: 'grant:create',
  body: z
    .strictObject({
      userId: Id.optional(),
      serviceAccountId: Id.optional(),
      role: RoleRef,
      teamId: Id.optional().describe('in this team; in the whole organization when neither is given'),
      projectId: Id.optional().describe('in this project only'),
      production: z.boolean().default(false).describe('reaches production too'),
      expiresAt: Timestamp.optional(),
    })
    .refine((body) => (body.userId === undefined) !== (body.serviceAccountId === undefined), {
      path: ['userId'],
      message: 'name either a user or a service account',
    })
    .refine((body) => body.teamId === undefined || body.projectId === undefined, {
      path: ['projectId'],
      message: 'a project says which team it is in: give one of both',
    }),
  response: Grant,
  examples: [
    'claviger grant create --user bob@example.com --role builder --project Search/Site',
    'claviger grant create --user bob@example.com --role admin --team Search --production true',
  ],
})

export const grantList = operation({
  name: 'grantList',
  method: 'GET',
  path: '/v1/grants',
  summary: 'List who holds which role, and your own roles wherever they are',
  permission: 'grant:read',
  query: {
    ...pageQuery,
    userId: Id.optional(),
    serviceAccountId: Id.optional(),
    teamId: Id.optional(),
    projectId: Id.optional(),
    role: RoleRef.optional(),
  },
  response: page(Grant),
  examples: ['claviger grant list', 'claviger grant list --team Search'],
})

export const grantRevoke = operation({
  name: 'grantRevoke',
  method: 'POST',
  path: '/v1/grants/{grantId}/revoke',
  summary: 'Take a role away again. It binds at the next request, and at the gateway within two seconds',
  permission: 'grant:revoke',
  params: { grantId: Id },
  response: Grant,
  examples: ['claviger grant revoke grt_01JD…'],
})
