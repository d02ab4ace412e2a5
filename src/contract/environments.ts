import { z } from 'zod'
import { EnvironmentKind, Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

export const Environment = z
  .object({
    id: Id,
    projectId: Id,
    teamId: Id,
    name: Name,
    kind: EnvironmentKind,
    createdAt: Timestamp,
    archivedAt: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'Environment' })

export const environmentCreate = operation({
  name: 'environmentCreate',
  method: 'POST',
  path: '/v1/environments',
  summary: 'Create an environment in a project. Its kind is part of its keys and never changes',
  permission: 'environment:create',
  body: z.strictObject({ projectId: Id, name: Name, kind: EnvironmentKind }),
  response: Environment,
  examples: ['claviger environment create --project Search/Checkout --name staging --kind staging'],
})

export const environmentList = operation({
  name: 'environmentList',
  method: 'GET',
  path: '/v1/environments',
  summary: 'List environments',
  permission: 'environment:read',
  query: { ...pageQuery, teamId: Id.optional(), projectId: Id.optional() },
  response: page(Environment),
  examples: ['claviger environment list --project Search/Checkout'],
})

export const environmentView = operation({
  name: 'environmentView',
  method: 'GET',
  path: '/v1/environments/{environmentId}',
  summary: 'Show an environment',
  permission: 'environment:read',
  params: { environmentId: Id },
  response: Environment,
  examples: ['claviger environment get env_01JD…'],
})

export const environmentUpdate = operation({
  name: 'environmentUpdate',
  method: 'PATCH',
  path: '/v1/environments/{environmentId}',
  summary: 'Rename or archive an environment',
  permission: 'environment:update',
  params: { environmentId: Id },
  body: z.strictObject({ name: Name.optional(), archived: z.boolean().optional() }),
  response: Environment,
  examples: ['claviger environment update env_01JD… --name "Load test"'],
})
