import { z } from 'zod'
import { REPORTED_LIMITS } from '../domain/reported-limits.ts'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { ProviderSecret } from './providers.ts'

const Weight = z
  .int()
  .min(0)
  .max(1000)
  .describe('share of the calls, among the credentials an environment may use')

/** How many of something the provider lets through, as it said in an answer: headers such as `x-ratelimit-remaining-tokens`. */
const ReportedLimit = z.object({
  what: z.enum(REPORTED_LIMITS),
  limit: z.int().nullable(),
  remaining: z.int(),
  /** When all of it is there again; null when the provider did not say. */
  resetsAt: Timestamp.nullable(),
})

/** What the provider said last. Gateways write it down some seconds after the call. */
const Health = z.object({
  test: z.object({ at: Timestamp, works: z.boolean(), detail: z.string() }).nullable(),
  calledAt: Timestamp.nullable(),
  /** The last answer that was an error: 400 or more. */
  failed: z.object({ at: Timestamp, status: z.int() }).nullable(),
  /** Null when it named none yet. */
  limits: z.object({ at: Timestamp, data: z.array(ReportedLimit) }).nullable(),
})

/** A provider's secret that we hold. No operation answers the secret itself. */
export const Credential = z
  .object({
    id: Id,
    providerId: Id,
    name: Name,
    hint: z.string(),
    weight: Weight,
    /** `parked`: the provider refused it for now, for example because its account is spent. */
    state: z.enum(['active', 'disabled', 'parked']),
    parked: z.object({ reason: z.string(), until: Timestamp.nullable() }).nullable(),
    /** True when the provider's address changed: the secret was erased and has to be given again. */
    needsSecret: z.boolean(),
    /** Since when it has this secret: what its age counts from. */
    secretSince: Timestamp,
    /** The environments that may use it. */
    environmentIds: z.array(Id),
    health: Health,
    createdAt: Timestamp,
    version: z.int(),
  })
  .meta({ id: 'Credential' })

const credentialParams = { credentialId: Id }

export const credentialCreate = operation({
  name: 'credentialCreate',
  method: 'POST',
  path: '/v1/credentials',
  summary:
    "Store a provider's secret. An environment uses it once it is bound to it (environment-credential set)",
  permission: 'credential:create',
  body: z.strictObject({
    providerId: Id.describe('whose secret it is; it is sent to nobody else'),
    name: Name.describe('how you will refer to it: "main" of the provider "openai" is openai/main'),
    secret: ProviderSecret,
    weight: Weight.default(1),
  }),
  response: Credential,
  examples: ['claviger credential add --provider openai --name main --from-stdin < key.txt'],
})

export const credentialList = operation({
  name: 'credentialList',
  method: 'GET',
  path: '/v1/credentials',
  summary: 'List credentials',
  permission: 'credential:read',
  query: { ...pageQuery, providerId: Id.optional() },
  response: page(Credential),
  examples: ['claviger credential list --provider openai'],
})

export const credentialView = operation({
  name: 'credentialView',
  method: 'GET',
  path: '/v1/credentials/{credentialId}',
  summary: 'Show a credential',
  permission: 'credential:read',
  params: credentialParams,
  response: Credential,
  examples: ['claviger credential get openai/main'],
})

export const credentialUpdate = operation({
  name: 'credentialUpdate',
  method: 'PATCH',
  path: '/v1/credentials/{credentialId}',
  summary: 'Rename, weigh, enable or disable a credential',
  permission: 'credential:update',
  params: credentialParams,
  body: z.strictObject({
    name: Name.optional(),
    weight: Weight.optional(),
    enabled: z.boolean().optional().describe('true also ends parking'),
  }),
  response: Credential,
  examples: ['claviger credential update openai/main --enabled false'],
})

export const credentialReplaceSecret = operation({
  name: 'credentialReplaceSecret',
  method: 'PUT',
  path: '/v1/credentials/{credentialId}/secret',
  summary: "Replace a credential's secret and enable it",
  permission: 'credential:update',
  params: credentialParams,
  body: z.strictObject({ secret: ProviderSecret }),
  response: Credential,
  examples: ['claviger credential replace-secret openai/main --from-stdin < key.txt'],
})

export const credentialDelete = operation({
  name: 'credentialDelete',
  method: 'DELETE',
  path: '/v1/credentials/{credentialId}',
  summary: 'Delete a credential and its secret; environments bound to it lose it',
  permission: 'credential:update',
  params: credentialParams,
  examples: ['claviger credential delete openai/main'],
})

export const credentialTest = operation({
  name: 'credentialTest',
  method: 'POST',
  path: '/v1/credentials/{credentialId}/test',
  summary: 'Ask the provider for its models with a credential',
  permission: 'credential:update',
  params: credentialParams,
  response: z.object({
    works: z.boolean(),
    /** What the provider answered; null when it could not be reached. */
    status: z.int().nullable(),
    detail: z.string(),
    /** The provider's own message when it refused, in one line and without the secret; null when it gave none. */
    said: z.string().nullable(),
    durationMs: z.int(),
  }),
  examples: ['claviger credential test openai/main'],
  asksOutside: true,
})
