import { z } from 'zod'
import { Id, Name, page, pageQuery, search, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

export const Project = z
  .object({
    id: Id,
    teamId: Id,
    name: Name,
    createdAt: Timestamp,
    archivedAt: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'Project' })

export const projectCreate = operation({
  name: 'projectCreate',
  method: 'POST',
  path: '/v1/projects',
  summary: 'Create a project in a team',
  permission: 'project:create',
  body: z.strictObject({ teamId: Id, name: Name }),
  response: Project,
  examples: ['claviger project create --team Search --name Checkout'],
})

export const projectList = operation({
  name: 'projectList',
  method: 'GET',
  path: '/v1/projects',
  summary: 'List projects',
  permission: 'project:read',
  query: { ...pageQuery, teamId: Id.optional(), q: search('part of its name, or id') },
  response: page(Project),
  examples: ['claviger project list', 'claviger project list --team Search'],
})

export const projectView = operation({
  name: 'projectView',
  method: 'GET',
  path: '/v1/projects/{projectId}',
  summary: 'Show a project',
  permission: 'project:read',
  params: { projectId: Id },
  response: Project,
  examples: ['claviger project get prj_01JD…'],
})

export const projectUpdate = operation({
  name: 'projectUpdate',
  method: 'PATCH',
  path: '/v1/projects/{projectId}',
  summary: 'Rename or archive a project',
  permission: 'project:update',
  params: { projectId: Id },
  body: z.strictObject({ name: Name.optional(), archived: z.boolean().optional() }),
  response: Project,
  examples: ['claviger project update prj_01JD… --archived true'],
})
