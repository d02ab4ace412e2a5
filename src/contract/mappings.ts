import { z } from 'zod'
import { Id, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { RoleRef } from './roles.ts'

const Claim = z.string().min(1).max(200)
const Value = z.string().min(1).max(500)

export const Mapping = z
  .object({
    id: Id,
    connectionId: Id,
    claim: Claim,
    value: Value,
    role: z.string(),
    teamId: Id.nullable(),
    projectId: Id.nullable(),
    production: z.boolean(),
    createdBy: z.string(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Mapping' })

export const mappingCreate = operation({
  name: 'mappingCreate',
  method: 'POST',
  path: '/v1/mappings',
  summary: 'Give a role to whoever is in a group at an identity provider, from their next sign-in on',
  permission: 'connection:update',
  body: z
    .strictObject({
      connectionId: Id,
      claim: Claim.default('groups').describe('what the provider says it in'),
      value: Value.describe('the group: the claim is this text, or a list that holds it'),
      role: RoleRef.refine((role) => role !== 'owner', 'an owner is made by hand'),
      teamId: Id.optional().describe('in this team; in the whole organization when neither is given'),
      projectId: Id.optional().describe('in this project only'),
      production: z.boolean().default(false).describe('the role reaches production too'),
    })
    .refine((body) => body.teamId === undefined || body.projectId === undefined, {
      path: ['projectId'],
      message: 'a project says which team it is in: give one of both',
    }),
  response: Mapping,
  examples: [
    'claviger mapping create --connection Okta --value search-developers --role builder --team Search',
    'claviger mapping create --connection Okta --claim department --value Platform --role admin --production true',
  ],
})

export const mappingList = operation({
  name: 'mappingList',
  method: 'GET',
  path: '/v1/mappings',
  summary: 'List which groups get which roles',
  permission: 'connection:read',
  query: { ...pageQuery, connectionId: Id.optional() },
  response: page(Mapping),
  examples: ['claviger mapping list --connection Okta'],
})

export const mappingDelete = operation({
  name: 'mappingDelete',
  method: 'DELETE',
  path: '/v1/mappings/{mappingId}',
  summary: 'Delete a mapping. Its role is taken back from each person at their next sign-in',
  permission: 'connection:update',
  params: { mappingId: Id },
  examples: ['claviger mapping delete map_01JD…'],
})
