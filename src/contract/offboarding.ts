import { z } from 'zod'
import { KEY_STATES } from '../domain/key-state.ts'
import { EnvironmentKind, Id, Name, Timestamp } from './fields.ts'
import { Grant } from './grants.ts'
import { operation } from './operation.ts'
import { Token } from './tokens.ts'
import { User } from './users.ts'

const userParams = { userId: Id }

/** What somebody holds and what it lets them reach. Never a secret. */
const Reach = z
  .object({
    user: User,
    grants: z.array(Grant),
    /** Where they may call models, or make something that does. */
    environments: z.array(z.object({ id: Id, name: Name, kind: EnvironmentKind, projectId: Id, teamId: Id })),
    credentials: z.array(
      z.object({
        id: Id,
        name: Name,
        hint: z.string(),
        providerName: z.string(),
        /** Through which of the environments above they use it. */
        environmentIds: z.array(Id),
        /** They were let type it in, so they may know it: replace it. */
        rotate: z.boolean(),
      }),
    ),
    keys: z.array(
      z.object({
        id: Id,
        name: Name,
        environmentId: Id,
        state: z.enum(KEY_STATES),
        hint: z.string().nullable(),
        lastUsedAt: Timestamp.nullable(),
      }),
    ),
    tokens: z.array(Token),
    sessions: z.array(
      z.object({
        id: Id,
        kind: z.enum(['browser', 'cli']),
        ip: z.string().nullable(),
        lastSeenAt: Timestamp,
      }),
    ),
    /** Programs that they answer for. */
    serviceAccounts: z.array(z.object({ id: Id, name: Name, projectId: Id })),
  })
  .meta({ id: 'Reach' })

export const userReach = operation({
  name: 'userReach',
  method: 'GET',
  path: '/v1/users/{userId}/reach',
  summary: 'Show all that a person holds and can reach: before they leave, or after an incident',
  permission: 'user:read',
  params: userParams,
  response: Reach,
  examples: ['claviger user reach ada@example.com --json'],
})

export const userOffboard = operation({
  name: 'userOffboard',
  method: 'POST',
  path: '/v1/users/{userId}/offboard',
  summary:
    'End all that a person holds, in one step: roles, sessions, tokens, keys. Their service accounts pass on to a successor',
  permission: 'user:offboard',
  params: userParams,
  body: z.strictObject({
    successorId: Id.optional().describe('who gets their service accounts, and keys that are handed on'),
    keys: z
      .enum(['revoke', 'transfer'])
      .default('revoke')
      .describe('transfer: their keys go on working for the successor; rotate them soon'),
    reason: z.string().min(1).max(500),
  }),
  response: z.object({
    /** What they held and could reach until now. */
    reach: Reach,
    revokedKeyIds: z.array(Id),
    /** They work on, and who left may know their secrets: rotate them. */
    transferredKeyIds: z.array(Id),
    serviceAccountIds: z.array(Id),
  }),
  examples: [
    'claviger user offboard ada@example.com --successor bob@example.com --reason "left the company"',
    'claviger user offboard ada@example.com --successor bob@example.com --keys transfer --reason "moved on"',
  ],
})
