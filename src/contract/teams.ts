import { z } from 'zod'
import { Id, Name, page, pageQuery, search, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

export const Team = z
  .object({
    id: Id,
    name: Name,
    createdAt: Timestamp,
    archivedAt: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'Team' })

export const teamCreate = operation({
  name: 'teamCreate',
  method: 'POST',
  path: '/v1/teams',
  summary: 'Create a team',
  permission: 'team:create',
  body: z.strictObject({ name: Name }),
  response: Team,
  examples: ['claviger team create --name Search'],
})

export const teamList = operation({
  name: 'teamList',
  method: 'GET',
  path: '/v1/teams',
  summary: 'List teams',
  permission: 'team:read',
  query: { ...pageQuery, q: search('part of its name, or id') },
  response: page(Team),
  examples: ['claviger team list', 'claviger team list --json'],
})

export const teamView = operation({
  name: 'teamView',
  method: 'GET',
  path: '/v1/teams/{teamId}',
  summary: 'Show a team',
  permission: 'team:read',
  params: { teamId: Id },
  response: Team,
  examples: ['claviger team get team_01JD…'],
})

export const teamUpdate = operation({
  name: 'teamUpdate',
  method: 'PATCH',
  path: '/v1/teams/{teamId}',
  summary: 'Rename or archive a team',
  permission: 'team:update',
  params: { teamId: Id },
  body: z.strictObject({ name: Name.optional(), archived: z.boolean().optional() }),
  response: Team,
  examples: ['claviger team update team_01JD… --name "Search and ranking"'],
})
