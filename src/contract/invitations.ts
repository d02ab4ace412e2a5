import { z } from 'zod'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { RoleRef } from './roles.ts'
import { Email } from './users.ts'

/** A role that somebody will get: never more than who invited them has when they accept. */
const OfferedRole = z.object({
  role: z.string(),
  teamId: Id.nullable(),
  projectId: Id.nullable(),
  production: z.boolean(),
  /** When the role ends. */
  expiresAt: Timestamp.nullable(),
})

export const Invitation = z
  .object({
    id: Id,
    email: z.string(),
    name: Name.nullable(),
    roles: z.array(OfferedRole),
    invitedBy: Id,
    createdAt: Timestamp,
    /** Until when it can be accepted. */
    expiresAt: Timestamp,
    acceptedAt: Timestamp.nullable(),
    acceptedBy: Id.nullable(),
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Invitation' })

const Sent = z.object({
  invitation: Invitation,
  /** For you to hand over, where no mail is sent. Whoever has it can accept. */
  link: z.string().nullable().meta({ secret: true }),
})

const where = {
  teamId: Id.optional().describe('in this team; in the whole organization when neither is given'),
  projectId: Id.optional().describe('in this project only'),
  production: z.boolean().default(false).describe('the role reaches production too'),
}
const ONE_OF_BOTH = {
  path: ['projectId'],
  message: 'a project says which team it is in: give one of both',
}
const isOneOfBoth = (body: { teamId?: string | undefined; projectId?: string | undefined }) =>
  body.teamId === undefined || body.projectId === undefined

export const invitationCreate = operation({
  name: 'invitationCreate',
  method: 'POST',
  path: '/v1/invitations',
  summary: 'Ask somebody in, with the roles that they will get. You give nothing that you lack',
  permission: 'invitation:create',
  body: z
    .strictObject({
      email: Email,
      name: Name.optional(),
      role: RoleRef.default('developer'),
      ...where,
      grantExpiresAt: Timestamp.optional().describe('when the role ends'),
      more: z
        .array(
          z
            .strictObject({ role: RoleRef, ...where, expiresAt: Timestamp.optional() })
            .refine(isOneOfBoth, ONE_OF_BOTH),
        )
        .max(9)
        .default([])
        .describe('further roles, in other places'),
    })
    .refine(isOneOfBoth, ONE_OF_BOTH),
  response: Sent,
  examples: [
    'claviger invitation create --email bob@example.com',
    'claviger invitation create --email bob@example.com --role builder --project Search/Site',
    'claviger invitation create --email bob@example.com --more \'[{"role":"viewer","teamId":"team_01JD…"}]\'',
  ],
})

export const invitationList = operation({
  name: 'invitationList',
  method: 'GET',
  path: '/v1/invitations',
  summary: 'List who was asked in',
  permission: 'invitation:read',
  query: { ...pageQuery },
  response: page(Invitation),
  examples: ['claviger invitation list'],
})

export const invitationView = operation({
  name: 'invitationView',
  method: 'GET',
  path: '/v1/invitations/{invitationId}',
  summary: 'Show an invitation, never its link',
  permission: 'invitation:read',
  params: { invitationId: Id },
  response: Invitation,
  examples: ['claviger invitation get inv_01JD…'],
})

export const invitationRenew = operation({
  name: 'invitationRenew',
  method: 'POST',
  path: '/v1/invitations/{invitationId}/renew',
  summary: 'Send an invitation once more, from you. The link from before stops working',
  permission: 'invitation:create',
  params: { invitationId: Id },
  response: Sent,
  examples: ['claviger invitation renew inv_01JD…'],
})

export const invitationRevoke = operation({
  name: 'invitationRevoke',
  method: 'POST',
  path: '/v1/invitations/{invitationId}/revoke',
  summary: 'Take an invitation back that was not accepted yet',
  permission: 'invitation:revoke',
  params: { invitationId: Id },
  response: Invitation,
  examples: ['claviger invitation revoke inv_01JD…'],
})
