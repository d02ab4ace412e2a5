import { z } from 'zod'
import { Id, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

export const Session = z
  .object({
    id: Id,
    userId: Id,
    kind: z.enum(['browser', 'cli']),
    methods: z.array(z.string()),
    mfa: z.boolean(),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    createdAt: Timestamp,
    /** To the minute. */
    lastSeenAt: Timestamp,
    expiresAt: Timestamp,
    /** Whether it is the one that asks. */
    current: z.boolean(),
  })
  .meta({ id: 'Session' })

export const sessionList = operation({
  name: 'sessionList',
  method: 'GET',
  path: '/v1/sessions',
  summary: 'List where you, or somebody else, is signed in',
  permission: 'session:read',
  query: { ...pageQuery, userId: Id.optional().describe('somebody else; you when not given') },
  response: page(Session),
  examples: ['claviger session list', 'claviger session list --user ada@example.com'],
})

export const sessionRevoke = operation({
  name: 'sessionRevoke',
  method: 'POST',
  path: '/v1/sessions/{sessionId}/revoke',
  summary: 'Sign a browser or a command line out. Your own, or somebody else’s',
  permission: 'session:revoke',
  params: { sessionId: Id },
  examples: ['claviger session revoke ses_01JD…'],
})

export const sessionClear = operation({
  name: 'sessionClear',
  method: 'POST',
  path: '/v1/sessions/clear',
  summary: 'Sign out everywhere: you, or somebody else',
  permission: 'session:revoke',
  body: z.strictObject({
    userId: Id.optional().describe('somebody else; you when not given'),
    keepThis: z.boolean().default(false).describe('but not the session that asks'),
  }),
  response: z.object({ ended: z.int() }),
  examples: ['claviger session clear', 'claviger session clear --user ada@example.com'],
})
