import { z } from 'zod'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { Grant } from './grants.ts'
import { operation } from './operation.ts'
import { RoleRef } from './roles.ts'
import { ServiceAccount } from './service-accounts.ts'
import { User } from './users.ts'

export const Token = z
  .object({
    id: Id,
    /** Whose it is: one of both. It never allows more than they may. */
    userId: Id.nullable(),
    serviceAccountId: Id.nullable(),
    name: Name,
    /** What it is narrowed to; null allows all that its owner may. */
    role: z.string().nullable(),
    /** Null reaches as far as its owner does. */
    teamId: Id.nullable(),
    projectId: Id.nullable(),
    production: z.boolean(),
    hint: z.string(),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
    /** To the minute. */
    lastUsedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Token' })

export const tokenCreate = operation({
  name: 'tokenCreate',
  method: 'POST',
  path: '/v1/tokens',
  summary: 'Create an API token. It never allows more than you, nor than the one whose it is',
  permission: 'token:create',
  body: z
    .strictObject({
      name: Name,
      role: RoleRef.optional().describe('narrows it to this role; all that its owner may when not given'),
      teamId: Id.optional().describe('reaches this team only; as far as yours when not given'),
      projectId: Id.optional().describe('reaches this project only'),
      production: z.boolean().default(false).describe('reaches production too'),
      userId: Id.optional().describe('acts for this user; you when not given'),
      serviceAccountId: Id.optional().describe('acts for this service account'),
      expiresAt: Timestamp.optional(),
    })
    .refine((body) => body.userId === undefined || body.serviceAccountId === undefined, {
      path: ['serviceAccountId'],
      message: 'a token is either a user’s or a service account’s',
    })
    .refine((body) => body.teamId === undefined || body.projectId === undefined, {
      path: ['projectId'],
      message: 'a project says which team it is in: give one of both',
    }),
  response: z.object({
    token: Token,
    secret: z.string().meta({ secret: true }),
  }),
  examples: [
    'claviger token create --name terraform --role admin --production true --expires 2027-01-01',
    'claviger token create --name "Search dashboard" --role viewer --team Search',
    'claviger token create --name deploy --role builder --project Search/Site --service-account Search/Site/ci',
  ],
})

export const tokenList = operation({
  name: 'tokenList',
  method: 'GET',
  path: '/v1/tokens',
  summary: 'List API tokens',
  permission: 'token:read',
  query: { ...pageQuery, userId: Id.optional(), serviceAccountId: Id.optional() },
  response: page(Token),
  examples: ['claviger token list'],
})

export const tokenSelf = operation({
  name: 'tokenSelf',
  method: 'GET',
  path: '/v1/tokens/self',
  summary: 'Show as whom you act, and with which roles',
  permission: 'self',
  response: z.object({
    /** The API token that asks, or the session: one of both. */
    token: Token.nullable(),
    session: z.object({ id: Id, methods: z.array(z.string()) }).nullable(),
    user: User.nullable(),
    serviceAccount: ServiceAccount.nullable(),
    grants: z.array(Grant),
  }),
  examples: ['claviger token self'],
})

export const tokenView = operation({
  name: 'tokenView',
  method: 'GET',
  path: '/v1/tokens/{tokenId}',
  summary: 'Show an API token, never its secret',
  permission: 'token:read',
  params: { tokenId: Id },
  response: Token,
  examples: ['claviger token get terraform'],
})

export const tokenRevoke = operation({
  name: 'tokenRevoke',
  method: 'POST',
  path: '/v1/tokens/{tokenId}/revoke',
  summary: 'Revoke an API token, for good and at once',
  permission: 'token:revoke',
  params: { tokenId: Id },
  response: Token,
  examples: ['claviger token revoke tok_01JD…'],
})
