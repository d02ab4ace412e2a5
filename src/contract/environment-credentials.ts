import { z } from 'zod'
import { Id, Name, page, pageQuery, Slug } from './fields.ts'
import { operation } from './operation.ts'

/** What an environment's keys may call providers with. */
const Binding = z.object({ credentialId: Id, name: Name, providerId: Id, providerName: Slug })

export const environmentCredentialList = operation({
  name: 'environmentCredentialList',
  method: 'GET',
  path: '/v1/environments/{environmentId}/credentials',
  summary: 'List the credentials an environment may use',
  permission: 'environment:read',
  params: { environmentId: Id },
  query: pageQuery,
  response: page(Binding),
  examples: ['claviger environment-credential list Search/Site/staging'],
})

export const environmentCredentialSet = operation({
  name: 'environmentCredentialSet',
  method: 'PUT',
  path: '/v1/environments/{environmentId}/credentials',
  summary: 'Set the credentials an environment may use, all of them',
  permission: 'credential:update',
  params: { environmentId: Id },
  body: z.strictObject({ credentialIds: z.array(Id).max(200) }),
  response: z.object({ data: z.array(Binding) }),
  examples: ['claviger environment-credential set Search/Site/staging --credential openai/main'],
})
