import { z } from 'zod'
import { baseUrlProblem } from '../domain/base-url.ts'
import { PROVIDER_KINDS } from '../domain/providers.ts'
import { Id, page, pageQuery, Slug, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

const BaseUrl = z
  .string()
  .max(500)
  .superRefine((text, refinement) => {
    const problem = baseUrlProblem(text)
    if (problem) refinement.addIssue({ code: 'custom', message: problem })
  })

/** A provider's secret as it is pasted: it has to fit into a header. */
export const ProviderSecret = z
  .string()
  .max(8192)
  .regex(/^[\x21-\x7e]+$/, 'expected a secret in ASCII without blanks')
  .meta({ secret: true })

export const Provider = z
  .object({
    id: Id,
    /** The handle in `provider/model` names and in policies. It never changes. */
    name: Slug,
    kind: z.enum(PROVIDER_KINDS),
    baseUrl: z.string(),
    createdAt: Timestamp,
    archivedAt: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'Provider' })

const providerParams = { providerId: Id }

export const providerCreate = operation({
  name: 'providerCreate',
  method: 'POST',
  path: '/v1/providers',
  summary: 'Connect a provider. Its name is used in model names and policies and never changes',
  permission: 'provider:create',
  body: z.strictObject({
    name: Slug,
    kind: z.enum(PROVIDER_KINDS),
    baseUrl: BaseUrl.optional().describe("needed where the kind has no address of its own, such as Azure's"),
  }),
  response: Provider,
  examples: [
    'claviger provider create --name openai --kind openai',
    'claviger provider create --name ollama --kind openai_compatible --base-url http://localhost:11434/v1',
  ],
})

export const providerList = operation({
  name: 'providerList',
  method: 'GET',
  path: '/v1/providers',
  summary: 'List providers',
  permission: 'provider:read',
  query: pageQuery,
  response: page(Provider),
  examples: ['claviger provider list'],
})

export const providerView = operation({
  name: 'providerView',
  method: 'GET',
  path: '/v1/providers/{providerId}',
  summary: 'Show a provider',
  permission: 'provider:read',
  params: providerParams,
  response: Provider,
  examples: ['claviger provider get openai'],
})

export const providerUpdate = operation({
  name: 'providerUpdate',
  method: 'PATCH',
  path: '/v1/providers/{providerId}',
  summary: 'Change where a provider is reached. Its credentials ask for their secrets again',
  permission: 'provider:update',
  params: providerParams,
  body: z.strictObject({
    baseUrl: BaseUrl.optional(),
    credentials: z
      .array(z.strictObject({ credentialId: Id, secret: ProviderSecret }))
      .max(100)
      .default([])
      .describe('secrets to use at the new address; credentials left out are disabled'),
  }),
  response: Provider,
  examples: ['claviger provider update ollama --base-url http://gpu-2.internal:11434/v1'],
})

export const providerDelete = operation({
  name: 'providerDelete',
  method: 'DELETE',
  path: '/v1/providers/{providerId}',
  summary: 'Archive a provider that has no credentials and no models left',
  permission: 'provider:update',
  params: providerParams,
  examples: ['claviger provider delete ollama'],
})
