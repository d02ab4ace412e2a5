import { z } from 'zod'
import { isIssuer } from '../domain/issuer.ts'
import { problemOf } from '../domain/trust-rule.ts'
import { BudgetTerms } from './budgets.ts'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { PolicyRules } from './policies.ts'
import { RateLimitTerms } from './rate-limits.ts'

const Text = z.string().min(1).max(500)

const Claims = z
  .record(Text, Text)
  .refine((claims) => Object.keys(claims).length <= 20, 'at most 20 claims')
  .superRefine((claims, context) => {
    const problem = problemOf(claims)
    if (problem !== null) context.addIssue({ code: 'custom', message: problem })
  })

/** Public keys (RFC 7517, 5). Whoever sends a private or a shared one is told, and it is not kept. */
const Jwks = z
  .strictObject({
    keys: z
      .array(z.looseObject({ kty: z.string() }))
      .min(1)
      .max(20),
  })
  .refine(
    ({ keys }) => keys.every((key) => key.kty !== 'oct' && !('d' in key) && !('k' in key)),
    'public keys only: this one holds a secret, so replace it where it is used',
  )

const TtlSeconds = z.int().min(60).max(3600)

const fields = {
  name: Name.describe('how you will refer to it; each name once per service account'),
  audience: Text.describe('whom the token must be for (aud), such as the address of this installation'),
  claims: Claims.describe('what its claims must be; * is anything within one part between : and /'),
}

export const TrustRule = z
  .object({
    id: Id,
    serviceAccountId: Id,
    /** The key whose secrets an exchange answers: what it may do is set there. */
    keyId: Id,
    environmentId: Id,
    projectId: Id,
    teamId: Id,
    name: Name,
    issuer: Text,
    audience: Text,
    claims: z.record(z.string(), z.string()),
    jwks: z.object({ keys: z.array(z.looseObject({ kty: z.string() })) }).nullable(),
    ttlSeconds: TtlSeconds,
    createdBy: z.string(),
    createdAt: Timestamp,
    disabledAt: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'TrustRule' })

const params = { trustRuleId: Id }

export const trustRuleCreate = operation({
  name: 'trustRuleCreate',
  method: 'POST',
  path: '/v1/trust-rules',
  summary: 'Let a workload exchange a token of its platform for short-lived secrets of a key of its own',
  permission: 'trust-rule:create',
  body: z
    .strictObject({
      serviceAccountId: Id.describe('the program that the workload is'),
      environmentId: Id.describe('where its key works; in the project of the service account'),
      ...fields,
      issuer: Text.describe('who signs the token (iss), exactly as it says'),
      jwks: Jwks.optional().describe('the public keys of an issuer that cannot be asked for them'),
      ttlSeconds: TtlSeconds.default(900).describe('how long a secret works'),
      policy: PolicyRules.optional(),
      rateLimit: RateLimitTerms.optional(),
      budgets: z.array(BudgetTerms).max(10).default([]),
    })
    .refine(({ issuer, jwks }) => jwks !== undefined || isIssuer(issuer), {
      path: ['issuer'],
      message: 'expected an https address, at which its keys are found; or give its keys (jwks)',
    }),
  response: TrustRule,
  examples: [
    'claviger trust-rule create --service-account Shop/Site/checkout --environment Shop/Site/production --name cluster --issuer https://cluster.example.com --audience https://claviger.example.com --claim sub=system:serviceaccount:shop:checkout --model "gpt-5*" --budget 5/month',
    'claviger trust-rule create --service-account Shop/Site/ci --environment Shop/Site/staging --name github --issuer https://token.actions.githubusercontent.com --audience https://claviger.example.com --claim "sub=repo:acme/shop:ref:refs/heads/*"',
  ],
})

export const trustRuleList = operation({
  name: 'trustRuleList',
  method: 'GET',
  path: '/v1/trust-rules',
  summary: 'List trust rules',
  permission: 'trust-rule:read',
  query: {
    ...pageQuery,
    teamId: Id.optional(),
    projectId: Id.optional(),
    serviceAccountId: Id.optional(),
  },
  response: page(TrustRule),
  examples: ['claviger trust-rule list --team Shop'],
})

export const trustRuleView = operation({
  name: 'trustRuleView',
  method: 'GET',
  path: '/v1/trust-rules/{trustRuleId}',
  summary: 'Show a trust rule',
  permission: 'trust-rule:read',
  params,
  response: TrustRule,
  examples: ['claviger trust-rule get trl_01JD…'],
})

export const trustRuleUpdate = operation({
  name: 'trustRuleUpdate',
  method: 'PATCH',
  path: '/v1/trust-rules/{trustRuleId}',
  summary: 'Change or disable a trust rule. Secrets of it end at once when it trusts others, or nobody',
  permission: 'trust-rule:update',
  params,
  body: z.strictObject({
    name: Name.optional(),
    audience: Text.optional(),
    claims: Claims.optional(),
    jwks: Jwks.optional(),
    ttlSeconds: TtlSeconds.optional(),
    disabled: z.boolean().optional(),
  }),
  response: TrustRule,
  examples: ['claviger trust-rule update trl_01JD… --disabled true'],
})

export const trustRuleDelete = operation({
  name: 'trustRuleDelete',
  method: 'DELETE',
  path: '/v1/trust-rules/{trustRuleId}',
  summary: 'Delete a trust rule and revoke its key',
  permission: 'trust-rule:update',
  params,
  examples: ['claviger trust-rule delete trl_01JD…'],
})
