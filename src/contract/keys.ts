import { z } from 'zod'
import { KEY_STATES } from '../domain/key-state.ts'
import { BudgetTerms } from './budgets.ts'
import { EnvironmentKind, Id, Name, page, pageQuery, search, Tags, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { PolicyRules } from './policies.ts'
import { RateLimitTerms } from './rate-limits.ts'

const MAX_GRACE_SECONDS = 2_592_000
const DEFAULT_GRACE_SECONDS = 86_400

/** How long a secret that was replaced still works. */
export const GraceSeconds = z.int().min(0).max(MAX_GRACE_SECONDS).default(DEFAULT_GRACE_SECONDS)

const Purpose = z.string().min(1).max(500)
const Application = z.string().min(1).max(200)
const Reason = z.string().min(1).max(500)

export const KeySecret = z.object({
  id: Id,
  hint: z.string(),
  /** `grace`: replaced, but works until `expiresAt`. */
  state: z.enum(['current', 'grace', 'retired']),
  createdAt: Timestamp,
  expiresAt: Timestamp.nullable(),
  lastUsedAt: Timestamp.nullable(),
})

export const Key = z
  .object({
    id: Id,
    name: Name,
    purpose: Purpose.nullable(),
    /** The program or product that uses it. */
    application: Application.nullable(),
    tags: Tags,
    environmentId: Id,
    environmentKind: EnvironmentKind,
    projectId: Id,
    teamId: Id,
    /** Its owner is one of these two. */
    userId: Id.nullable(),
    serviceAccountId: Id.nullable(),
    state: z.enum(KEY_STATES),
    /** `by`: a person where there is one, else a job or a token by its id; so for `createdBy`. */
    suspension: z.object({ reason: Reason, by: z.string(), resumeAt: Timestamp.nullable() }).nullable(),
    notBefore: Timestamp.nullable(),
    expiresAt: Timestamp.nullable(),
    createdBy: z.string(),
    createdAt: Timestamp,
    revokedAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable(),
    /** Newest first. */
    secrets: z.array(KeySecret),
    version: z.int(),
  })
  .meta({ id: 'Key' })

/** A key with its new secret, which is in this one answer only. */
const KeyWithSecret = z.object({ key: Key, secret: z.string().meta({ secret: true }) })

/** What is said of a key when it is made. */
export const newKey = {
  environmentId: Id.describe('where it works: decides which credentials and limits apply'),
  name: Name.describe('how you will refer to it; each name once per environment'),
  userId: Id.optional().describe('the person who owns it; you, when no owner is given'),
  serviceAccountId: Id.optional().describe('the program that owns it, of the same project'),
  purpose: Purpose.optional().describe('what it is for, for those who find it later'),
  application: Application.optional().describe('the program or product that uses it'),
  tags: Tags.default({}).describe('labels by which usage can be grouped'),
  notBefore: Timestamp.optional().describe('works from then on; at once when not given'),
  expiresAt: Timestamp.optional().describe('works until then; without an end when not given'),
  policy: PolicyRules.optional(),
  rateLimit: RateLimitTerms.optional(),
  budgets: z.array(BudgetTerms).max(10).default([]),
}

const keyParams = { keyId: Id }

export const keyCreate = operation({
  name: 'keyCreate',
  method: 'POST',
  path: '/v1/keys',
  summary: 'Create a key',
  permission: 'key:create',
  body: z.strictObject(newKey).refine((key) => !(key.userId && key.serviceAccountId), {
    path: ['serviceAccountId'],
    message: 'a key has one owner: a user or a service account',
  }),
  response: KeyWithSecret,
  examples: [
    'claviger key create --environment Search/Site/staging --name site-bot --service-account Search/Site/bot',
    'claviger key create --environment Search/Site/staging --name site-bot --budget 5/month --rpm 60 --model "gpt-5*"',
    'claviger key create --environment Search/Site/production --name nightly --expires 90d --tag cost-center=42',
  ],
})

export const keyList = operation({
  name: 'keyList',
  method: 'GET',
  path: '/v1/keys',
  summary: 'List keys',
  permission: 'key:read',
  query: {
    ...pageQuery,
    teamId: Id.optional(),
    projectId: Id.optional(),
    environmentId: Id.optional(),
    userId: Id.optional(),
    serviceAccountId: Id.optional(),
    environmentKind: EnvironmentKind.optional(),
    state: z.enum(KEY_STATES).optional(),
    used: z
      .stringbool({ truthy: ['true'], falsy: ['false'] })
      .optional()
      .describe('only what was ever called with, or only what never was'),
    expiresBefore: Timestamp.optional().describe('only what works now and ends before then'),
    q: search('part of its name, end of its hint, or id'),
  },
  response: page(Key),
  examples: [
    'claviger key list --team Search',
    'claviger key list --state suspended --json',
    'claviger key list --environment-kind production --used false',
  ],
})

export const keyView = operation({
  name: 'keyView',
  method: 'GET',
  path: '/v1/keys/{keyId}',
  summary: 'Show a key',
  permission: 'key:read',
  params: keyParams,
  response: Key,
  examples: ['claviger key get key_01JD…'],
})

export const keyUpdate = operation({
  name: 'keyUpdate',
  method: 'PATCH',
  path: '/v1/keys/{keyId}',
  summary: 'Change a key’s name, purpose, application, tags or expiry',
  permission: 'key:update',
  params: keyParams,
  body: z.strictObject({
    name: Name.optional(),
    purpose: Purpose.nullable().optional(),
    application: Application.nullable().optional(),
    tags: Tags.optional(),
    expiresAt: Timestamp.nullable().optional(),
  }),
  response: Key,
  examples: ['claviger key update key_01JD… --expires 30d', 'claviger key update key_01JD… --expires none'],
})

export const keyRotate = operation({
  name: 'keyRotate',
  method: 'POST',
  path: '/v1/keys/{keyId}/rotate',
  summary: 'Give a key a new secret; the old one works on for a grace period',
  permission: 'key:rotate',
  params: keyParams,
  body: z.strictObject({
    graceSeconds: GraceSeconds.describe(
      'how long the old secret still works; 0, when it leaked, ends every older one at once',
    ),
  }),
  response: KeyWithSecret,
  examples: ['claviger key rotate key_01JD… --grace 7d', 'claviger key rotate key_01JD… --grace 0'],
})

export const keySuspend = operation({
  name: 'keySuspend',
  method: 'POST',
  path: '/v1/keys/{keyId}/suspend',
  summary: 'Stop a key for now',
  permission: 'key:suspend',
  params: keyParams,
  body: z.strictObject({
    reason: Reason,
    resumeAt: Timestamp.optional().describe('works again from then on'),
  }),
  response: Key,
  examples: ['claviger key suspend key_01JD… --reason "odd traffic at night" --resume 24h'],
})

export const keyResume = operation({
  name: 'keyResume',
  method: 'POST',
  path: '/v1/keys/{keyId}/resume',
  summary: 'Let a suspended key work again',
  permission: 'key:suspend',
  params: keyParams,
  response: Key,
  examples: ['claviger key resume key_01JD…'],
})

export const keyRevoke = operation({
  name: 'keyRevoke',
  method: 'POST',
  path: '/v1/keys/{keyId}/revoke',
  summary: 'Stop a key for good',
  permission: 'key:revoke',
  params: keyParams,
  body: z.strictObject({ reason: Reason.optional() }),
  response: Key,
  examples: ['claviger key revoke key_01JD… --reason "leaked in a log"'],
})
