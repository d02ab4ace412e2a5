import { z } from 'zod'
import { ASKED_ROLES, problemsOf, REQUEST_KINDS, REQUEST_STATES } from '../domain/access-request.ts'
import { Id, Name, page, pageQuery, Timestamp, Usd, Verdict } from './fields.ts'
import { operation } from './operation.ts'
import { ModelPattern } from './policies.ts'

const Reason = z.string().trim().min(1).max(1000)
const Comment = z.string().trim().min(1).max(1000)
const Rate = z.int().min(1).max(1_000_000_000)

/** What an approver may make smaller. */
const narrowable = {
  role: z.enum(ASKED_ROLES).optional().describe('what you will be able to do'),
  models: z.array(ModelPattern).min(1).max(50).optional().describe('models beside those that are allowed'),
  addUsd: Usd.optional().describe('how much more, in USD, for each of the budget’s periods'),
  addRequestsPerMinute: Rate.optional().describe('how many calls a minute more'),
  addTokensPerMinute: Rate.optional().describe('how many tokens a minute more'),
  expiresAt: Timestamp.optional().describe('the new end of the key'),
  until: Timestamp.optional().describe('when it is taken back, by itself'),
}

const terms = {
  name: Name.optional().describe('how the new key is called'),
  purpose: z.string().min(1).max(500).optional().describe('what the new key is for'),
  serviceAccountId: Id.optional().describe(
    'whose key it is to be, if a program’s: of one that you answer for',
  ),
  ...narrowable,
}

const Terms = z.object(terms)

const Effect = z.discriminatedUnion('type', [
  z.object({ type: z.literal('grant'), id: Id }),
  z.object({ type: z.literal('key'), id: Id, deliveryId: Id }),
  z.object({ type: z.literal('allowance'), id: Id }),
  z.object({ type: z.literal('raise'), id: Id, budgetId: Id, addedUsd: Usd }),
  /** What requests did before budgets had raises: added to the limit, and subtracted at the end. */
  z.object({ type: z.literal('budget'), id: Id, addedUsd: Usd }),
  z.object({
    type: z.literal('rate'),
    id: Id,
    requestsPerMinute: z.int(),
    tokensPerMinute: z.int(),
  }),
  z.object({ type: z.literal('expiry'), id: Id, before: Timestamp, after: Timestamp }),
])

export const AccessRequest = z
  .object({
    id: Id,
    requesterId: Id,
    requester: z.object({ name: z.string(), email: z.string() }),
    kind: z.enum(REQUEST_KINDS),
    teamId: Id,
    projectId: Id.nullable(),
    production: z.boolean(),
    targetId: Id,
    /** What was asked for. */
    terms: Terms,
    /** What an approver left of it; null while nobody made it smaller. */
    narrowed: Terms.nullable(),
    reason: z.string(),
    state: z.enum(REQUEST_STATES),
    approvals: z.object({ needed: z.int(), given: z.int() }),
    /** What approval did. */
    effects: z.array(Effect).nullable(),
    createdAt: Timestamp,
    decidedAt: Timestamp.nullable(),
    /** When what it gave is taken back. */
    until: Timestamp.nullable(),
    endedAt: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'AccessRequest' })

const AccessRequestEvent = z.object({
  id: Id,
  /** Null: it happened by itself. */
  userId: Id.nullable(),
  kind: z.enum(['comment', 'approve', 'deny', 'narrow', 'withdraw', 'lapse', 'end']),
  text: z.string().nullable(),
  terms: Terms.nullable(),
  at: Timestamp,
  /** An approval that no longer counts. */
  voidedAt: Timestamp.nullable(),
})

const params = { accessRequestId: Id }

export const accessRequestCreate = operation({
  name: 'accessRequestCreate',
  method: 'POST',
  path: '/v1/access-requests',
  summary:
    'Ask for a key, a model, more budget or rate, a role in a team or in production, or a longer life of a key',
  permission: 'access-request:create',
  body: z
    .strictObject({
      kind: z.enum(REQUEST_KINDS),
      reason: Reason.describe('why, for who decides about it'),
      teamId: Id.optional(),
      projectId: Id.optional(),
      environmentId: Id.optional(),
      keyId: Id.optional(),
      budgetId: Id.optional(),
      rateLimitId: Id.optional(),
      ...terms,
    })
    .superRefine((body, check) => {
      for (const { field, message } of problemsOf(body.kind, body)) {
        check.addIssue({ code: 'custom', path: [field], message })
      }
    }),
  response: AccessRequest,
  examples: [
    'claviger access-request create --kind key --environment Search/Site/production --name nightly --until 30d --reason "the nightly report"',
    'claviger access-request create --kind model --project Search/Site --model "claude-*" --until 7d --reason "compare answers"',
    'claviger access-request create --kind budget --budget bud_01JD… --add-usd 50 --until 14d --reason "the launch"',
  ],
})

export const accessRequestList = operation({
  name: 'accessRequestList',
  method: 'GET',
  path: '/v1/access-requests',
  summary: 'List requests: your own, those that wait for you, or all that you may see',
  permission: 'self',
  query: {
    ...pageQuery,
    view: z.enum(['mine', 'inbox', 'all']).default('all').describe('inbox: what waits for your decision'),
    state: z.enum(REQUEST_STATES).optional(),
    kind: z.enum(REQUEST_KINDS).optional(),
    teamId: Id.optional(),
  },
  response: page(AccessRequest),
  examples: ['claviger access-request list --view inbox', 'claviger access-request list --view mine'],
})

export const accessRequestView = operation({
  name: 'accessRequestView',
  method: 'GET',
  path: '/v1/access-requests/{accessRequestId}',
  summary: 'Show a request and what was said about it; your own always',
  permission: 'access-request:read',
  params,
  response: z.object({
    request: AccessRequest,
    events: z.array(AccessRequestEvent),
    /** What whoever asks may do with it: `decide` is to approve or deny it. */
    can: z.object({ decide: Verdict, withdraw: Verdict, end: Verdict }),
  }),
  examples: ['claviger access-request get acr_01JD…'],
})

export const accessRequestApprove = operation({
  name: 'accessRequestApprove',
  method: 'POST',
  path: '/v1/access-requests/{accessRequestId}/approve',
  summary: 'Approve a request of somebody else, or less of it: earlier approvals then no longer count',
  permission: 'access-request:decide',
  params,
  body: z.strictObject({ comment: Comment.optional(), ...narrowable }),
  response: AccessRequest,
  examples: [
    'claviger access-request approve acr_01JD…',
    'claviger access-request approve acr_01JD… --until 3d --comment "enough for the test"',
  ],
})

export const accessRequestDeny = operation({
  name: 'accessRequestDeny',
  method: 'POST',
  path: '/v1/access-requests/{accessRequestId}/deny',
  summary: 'Deny a request, and say why',
  permission: 'access-request:decide',
  params,
  body: z.strictObject({ reason: Reason }),
  response: AccessRequest,
  examples: ['claviger access-request deny acr_01JD… --reason "use the staging key"'],
})

export const accessRequestComment = operation({
  name: 'accessRequestComment',
  method: 'POST',
  path: '/v1/access-requests/{accessRequestId}/comment',
  summary: 'Say something about a request',
  permission: 'access-request:read',
  params,
  body: z.strictObject({ text: Comment }),
  response: AccessRequest,
  examples: ['claviger access-request comment acr_01JD… --text "For how many users?"'],
})

export const accessRequestWithdraw = operation({
  name: 'accessRequestWithdraw',
  method: 'POST',
  path: '/v1/access-requests/{accessRequestId}/withdraw',
  summary: 'Take back your own request',
  permission: 'access-request:create',
  params,
  response: AccessRequest,
  examples: ['claviger access-request withdraw acr_01JD…'],
})

export const accessRequestEnd = operation({
  name: 'accessRequestEnd',
  method: 'POST',
  path: '/v1/access-requests/{accessRequestId}/end',
  summary: 'Take back now what an approved request gave, or give back what you got by your own',
  permission: 'access-request:decide',
  params,
  body: z.strictObject({ reason: Reason }),
  response: AccessRequest,
  examples: ['claviger access-request end acr_01JD… --reason "the test is over"'],
})
