import { z } from 'zod'
import { Id, Name, Timestamp, TimeZone } from './fields.ts'
import { operation } from './operation.ts'

export const Organization = z
  .object({ id: Id, name: Name, timeZone: TimeZone, createdAt: Timestamp, version: z.int() })
  .meta({ id: 'Organization' })

export const organizationView = operation({
  name: 'organizationView',
  method: 'GET',
  path: '/v1/organization',
  summary: 'Show the organization',
  permission: 'organization:read',
  response: Organization,
  examples: ['claviger organization get'],
})

export const organizationUpdate = operation({
  name: 'organizationUpdate',
  method: 'PATCH',
  path: '/v1/organization',
  summary: 'Rename the organization or change its time zone',
  permission: 'organization:update',
  body: z.strictObject({ name: Name.optional(), timeZone: TimeZone.optional() }),
  response: Organization,
  examples: ['claviger organization update --time-zone Europe/Berlin'],
})
