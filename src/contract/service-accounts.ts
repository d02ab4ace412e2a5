import { z } from 'zod'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

export const ServiceAccount = z
  .object({
    id: Id,
    projectId: Id,
    teamId: Id,
    name: Name,
    /** The person who answers for it. */
    ownerUserId: Id.nullable(),
    createdAt: Timestamp,
    deactivatedAt: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'ServiceAccount' })

export const serviceAccountCreate = operation({
  name: 'serviceAccountCreate',
  method: 'POST',
  path: '/v1/service-accounts',
  summary: 'Create a service account: a program of a project that owns keys',
  permission: 'service-account:create',
  body: z.strictObject({
    projectId: Id,
    name: Name,
    ownerUserId: Id.optional().describe('the person who answers for it; you, when it is not given'),
  }),
  response: ServiceAccount,
  examples: ['claviger service-account create --project Search/Checkout --name nightly-batch'],
})

export const serviceAccountList = operation({
  name: 'serviceAccountList',
  method: 'GET',
  path: '/v1/service-accounts',
  summary: 'List service accounts',
  permission: 'service-account:read',
  query: { ...pageQuery, teamId: Id.optional(), projectId: Id.optional() },
  response: page(ServiceAccount),
  examples: ['claviger service-account list --project Search/Checkout'],
})

export const serviceAccountView = operation({
  name: 'serviceAccountView',
  method: 'GET',
  path: '/v1/service-accounts/{serviceAccountId}',
  summary: 'Show a service account',
  permission: 'service-account:read',
  params: { serviceAccountId: Id },
  response: ServiceAccount,
  examples: ['claviger service-account get svc_01JD…'],
})

export const serviceAccountUpdate = operation({
  name: 'serviceAccountUpdate',
  method: 'PATCH',
  path: '/v1/service-accounts/{serviceAccountId}',
  summary:
    'Rename a service account, hand it to another person or deactivate it. The keys of a deactivated one stop working',
  permission: 'service-account:update',
  params: { serviceAccountId: Id },
  body: z.strictObject({
    name: Name.optional(),
    ownerUserId: Id.nullable().optional(),
    deactivated: z.boolean().optional(),
  }),
  response: ServiceAccount,
  examples: ['claviger service-account update svc_01JD… --deactivated true'],
})
