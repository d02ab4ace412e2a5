import { z } from 'zod'
import { Id, Name, page, pageQuery, Slug } from './fields.ts'
import { operation } from './operation.ts'

/** The most credentials that an environment may use: one page of the longest holds them all. */
export const MOST_BINDINGS = 200

/** What an environment's keys may call providers with. */
const Binding = z.object({ credentialId: Id, name: Name, providerId: Id, providerName: Slug })

/** Says which set of credentials it is: the same set, the same number. It is no count of changes. */
const version = z.int()

export const environmentCredentialList = operation({
  name: 'environmentCredentialList',
  method: 'GET',
  path: '/v1/environments/{environmentId}/credentials',
  summary: 'List the credentials an environment may use',
  permission: 'environment:read',
  params: { environmentId: Id },
  query: pageQuery,
  response: page(Binding).extend({ version }),
  examples: ['claviger environment-credential list Search/Site/staging'],
})

export const environmentCredentialSet = operation({
  name: 'environmentCredentialSet',
  method: 'PUT',
  path: '/v1/environments/{environmentId}/credentials',
  summary: 'Set the credentials an environment may use, all of them',
  permission: 'credential:update',
  params: { environmentId: Id },
  body: z.strictObject({ credentialIds: z.array(Id).max(MOST_BINDINGS) }),
  response: z.object({ data: z.array(Binding), version }),
  examples: ['claviger environment-credential set Search/Site/staging --credential openai/main'],
})
