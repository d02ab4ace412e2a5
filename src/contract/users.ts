import { z } from 'zod'
import { Id, Name, page, pageQuery, search, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

/** An e-mail address in lower case, so that one person is one user. */
export const Email = z.email().max(254).toLowerCase()

export const User = z
  .object({
    id: Id,
    email: z.string(),
    name: Name,
    /** An owner who may sign in here while a connection is enforced. */
    breakGlass: z.boolean(),
    createdAt: Timestamp,
    deactivatedAt: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'User' })

export const userCreate = operation({
  name: 'userCreate',
  method: 'POST',
  path: '/v1/users',
  summary: 'Create a user: a person who owns keys',
  permission: 'user:create',
  body: z.strictObject({ email: Email, name: Name }),
  response: User,
  examples: ['claviger user create --email ada@example.com --name "Ada Lovelace"'],
})

export const userList = operation({
  name: 'userList',
  method: 'GET',
  path: '/v1/users',
  summary: 'List users',
  permission: 'user:read',
  query: {
    ...pageQuery,
    email: Email.optional(),
    q: search('part of the name or address, or id'),
    deactivated: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional()
      .describe('only who is deactivated, or only who is not'),
  },
  response: page(User),
  examples: ['claviger user list', 'claviger user list --q lovelace --deactivated false'],
})

export const userView = operation({
  name: 'userView',
  method: 'GET',
  path: '/v1/users/{userId}',
  summary: 'Show a user',
  permission: 'user:read',
  params: { userId: Id },
  response: User,
  examples: ['claviger user get usr_01JD…'],
})

export const userUpdate = operation({
  name: 'userUpdate',
  method: 'PATCH',
  path: '/v1/users/{userId}',
  summary: 'Change or deactivate a user. The keys and tokens of a deactivated user stop working',
  permission: 'user:update',
  params: { userId: Id },
  body: z.strictObject({
    email: Email.optional(),
    name: Name.optional(),
    deactivated: z.boolean().optional(),
    breakGlass: z
      .boolean()
      .optional()
      .describe('may sign in here while a connection is enforced; owners only'),
  }),
  response: User,
  examples: ['claviger user update usr_01JD… --deactivated true'],
})

export const userReset = operation({
  name: 'userReset',
  method: 'POST',
  path: '/v1/users/{userId}/reset',
  summary: 'Let somebody back in who lost their password or their phone. Their sessions end',
  permission: 'user:reset',
  params: { userId: Id },
  body: z.strictObject({
    password: z.boolean().default(false).describe('they get a link to choose a new password'),
    mfa: z
      .boolean()
      .default(false)
      .describe('their authenticator app, passkeys and recovery codes are removed'),
  }),
  response: z.object({
    /** For you to hand over, where no mail is sent: whoever has it chooses the password. */
    link: z.string().nullable().meta({ secret: true }),
  }),
  examples: [
    'claviger user reset ada@example.com --password true',
    'claviger user reset ada@example.com --mfa true',
  ],
})
