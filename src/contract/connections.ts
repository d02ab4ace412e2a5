import { z } from 'zod'
import { isIssuer } from '../domain/issuer.ts'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { RoleRef } from './roles.ts'

const Word = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'expected one word')

const Domain = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
    'expected a domain such as example.com',
  )

const settings = {
  name: Name.describe('what people read on the button'),
  issuer: z
    .string()
    .max(500)
    .refine(isIssuer, 'expected the https address of the provider, as it calls itself (issuer)')
    .describe('the address of the provider, exactly as it says it: no slash more or less'),
  clientId: z.string().min(1).max(500).describe('what the provider calls this installation'),
  scopes: z
    .array(Word)
    .max(20)
    .refine((scopes) => scopes.includes('openid'), 'openid has to be one of them')
    .describe('what is asked for'),
  domains: z.array(Domain).max(100).describe('of whose addresses: it signs in nobody else'),
  mfaValues: z.array(Word).max(20).describe('values of amr or acr that count as a second factor'),
  defaultRole: RoleRef.refine((role) => role !== 'owner', 'an owner is made by hand')
    .nullable()
    .describe('the role in the organization of whoever signs in here; null: only those who were invited'),
}

const ClientSecret = z
  .string()
  .min(1)
  .max(2000)
  .meta({ secret: true })
  .describe('what the provider gave with it; none for a public client')

export const Connection = z
  .object({
    id: Id,
    ...settings,
    issuer: z.string(),
    defaultRole: z.string().nullable(),
    hasSecret: z.boolean(),
    enabled: z.boolean(),
    /** People of its domains sign in here, and in no other way. */
    enforced: z.boolean(),
    /** When somebody signed in for a test since it was last changed. */
    testedAt: Timestamp.nullable(),
    testedBy: Id.nullable(),
    /** To be registered at the provider. */
    redirectUri: z.string(),
    backchannelLogoutUri: z.string(),
    /** Where signing in here begins, for a bookmark or a tile; and where an owner tries it out. */
    signInUrl: z.string(),
    testUrl: z.string(),
    createdAt: Timestamp,
    archivedAt: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'Connection' })

const params = { connectionId: Id }

export const connectionCreate = operation({
  name: 'connectionCreate',
  method: 'POST',
  path: '/v1/connections',
  summary: 'Connect an identity provider (OpenID Connect). Nobody signs in there before it is enabled',
  permission: 'connection:create',
  body: z.strictObject({
    ...settings,
    clientSecret: ClientSecret.optional(),
    scopes: settings.scopes.default(['openid', 'email', 'profile']),
    domains: settings.domains.default([]),
    mfaValues: settings.mfaValues.default(['mfa']),
    defaultRole: settings.defaultRole.default('developer'),
  }),
  response: Connection,
  examples: [
    'claviger connection create --name Okta --issuer https://acme.okta.com --client-id 0oa1 --domain acme.com --from-file client-secret.txt',
  ],
})

export const connectionList = operation({
  name: 'connectionList',
  method: 'GET',
  path: '/v1/connections',
  summary: 'List identity providers',
  permission: 'connection:read',
  query: pageQuery,
  response: page(Connection),
  examples: ['claviger connection list'],
})

export const connectionView = operation({
  name: 'connectionView',
  method: 'GET',
  path: '/v1/connections/{connectionId}',
  summary: 'Show an identity provider, and the addresses to register there',
  permission: 'connection:read',
  params,
  response: Connection,
  examples: ['claviger connection get Okta'],
})

export const connectionUpdate = operation({
  name: 'connectionUpdate',
  method: 'PATCH',
  path: '/v1/connections/{connectionId}',
  summary: 'Change, enable or enforce an identity provider. Disabling it signs out whoever signed in there',
  permission: 'connection:update',
  params,
  body: z.strictObject({
    name: settings.name.optional(),
    issuer: settings.issuer.optional(),
    clientId: settings.clientId.optional(),
    clientSecret: ClientSecret.optional(),
    scopes: settings.scopes.optional(),
    domains: settings.domains.optional(),
    mfaValues: settings.mfaValues.optional(),
    defaultRole: settings.defaultRole.optional(),
    enabled: z.boolean().optional(),
    enforced: z.boolean().optional().describe('people of its domains sign in there, and in no other way'),
  }),
  response: Connection,
  examples: [
    'claviger connection update Okta --enabled true',
    'claviger connection update Okta --enforced true',
    'claviger connection update Okta --from-file client-secret.txt',
  ],
})

export const connectionDelete = operation({
  name: 'connectionDelete',
  method: 'DELETE',
  path: '/v1/connections/{connectionId}',
  summary:
    'Archive an identity provider: its secret is erased, its roles are taken back, its people are signed out',
  permission: 'connection:update',
  params,
  examples: ['claviger connection delete Okta'],
})
