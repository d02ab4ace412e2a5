import { z } from 'zod'
import { Id, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

export const Identity = z
  .object({
    id: Id,
    userId: Id,
    connectionId: Id,
    connection: z.string(),
    issuer: z.string(),
    /** Who they are there: this, and never an address, decides whose account it is. */
    subject: z.string(),
    email: z.string().nullable(),
    linkedAt: Timestamp,
    lastSignInAt: Timestamp.nullable(),
  })
  .meta({ id: 'Identity' })

export const identityList = operation({
  name: 'identityList',
  method: 'GET',
  path: '/v1/identities',
  summary: "List the accounts at identity providers that are connected to yours, or to somebody else's",
  permission: 'user:read',
  query: { ...pageQuery, userId: Id.optional().describe('of this person; your own when absent') },
  response: page(Identity),
  examples: ['claviger identity list', 'claviger identity list --user ada@example.com'],
})

export const identityStart = operation({
  name: 'identityStart',
  method: 'POST',
  path: '/v1/identities/start',
  summary:
    'Begin to connect your account at an identity provider: open the address in a browser where you are signed in',
  permission: 'self',
  body: z.strictObject({ connectionId: Id.describe('where') }),
  response: z.object({
    /** Good once, for ten minutes and for nobody else: it leads to the provider. */
    url: z.string().meta({ secret: true }),
  }),
  examples: ['claviger identity start --connection Okta'],
})

export const identityDelete = operation({
  name: 'identityDelete',
  method: 'DELETE',
  path: '/v1/identities/{identityId}',
  summary:
    "Disconnect an account at an identity provider, your own or somebody else's. It signs out what signed in with it",
  permission: 'user:reset',
  params: { identityId: Id },
  examples: ['claviger identity delete idn_01JD…'],
})
