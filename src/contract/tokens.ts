import { z } from 'zod'
import { ROLES } from '../domain/permission.ts'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { User } from './users.ts'

export const Token = z
  .object({
    id: Id,
    userId: Id,
    name: Name,
    role: z.enum(ROLES),
    /** Null reaches the whole organization. */
    teamId: Id.nullable(),
    hint: z.string(),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Token' })

export const tokenCreate = operation({
  name: 'tokenCreate',
  method: 'POST',
  path: '/v1/tokens',
  summary: 'Create an API token. It never allows more than the token that creates it',
  permission: 'token:create',
  body: z.strictObject({
    name: Name,
    role: z.enum(ROLES),
    teamId: Id.optional().describe('reaches this team only; as far as yours when not given'),
    userId: Id.optional().describe('acts for this user; you when not given'),
    expiresAt: Timestamp.optional(),
  }),
  response: z.object({
    token: Token,
    secret: z.string().meta({ secret: true }),
  }),
  examples: [
    'claviger token create --name terraform --role admin --expires 2027-01-01',
    'claviger token create --name "Search dashboard" --role viewer --team Search',
  ],
})

export const tokenList = operation({
  name: 'tokenList',
  method: 'GET',
  path: '/v1/tokens',
  summary: 'List API tokens',
  permission: 'token:read',
  query: { ...pageQuery, userId: Id.optional() },
  response: page(Token),
  examples: ['claviger token list'],
})

export const tokenSelf = operation({
  name: 'tokenSelf',
  method: 'GET',
  path: '/v1/tokens/self',
  summary: 'Show as whom this token acts',
  permission: 'token:read',
  response: z.object({ token: Token, user: User }),
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
