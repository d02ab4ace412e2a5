import { z } from 'zod'
import { parseIpRange } from '../domain/ip-allowlist.ts'
import { HOSTED_TOOLS, OPERATIONS } from '../domain/operations.ts'
import { Id, page, pageQuery, ScopeSchema, ScopeType, Slug, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

/** A model name as callers write it, in which `*` stands for any run of characters but `/`. */
export const ModelPattern = z
  .string()
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'expected a model name such as "gpt-5" or "openai/*", in ASCII without blanks')

/** `203.0.113.7`, `10.0.0.0/8` or `2001:db8::/32`. */
export const IpRangeText = z
  .string()
  .max(60)
  .superRefine((text, refinement) => {
    const range = parseIpRange(text)
    if ('problem' in range) refinement.addIssue({ code: 'custom', message: range.problem })
  })

function rule<Item extends z.ZodType>(item: Item, most: number) {
  return z.array(item).max(most).nullable().default(null)
}

/** Null says nothing about a matter; an empty list allows nothing. */
export const PolicyRules = z.strictObject({
  models: rule(ModelPattern, 200).describe('models that may be used, such as gpt-5 or "claude-*"'),
  operations: rule(z.enum(OPERATIONS), OPERATIONS.length).describe('operations that may be called'),
  providers: rule(Slug, 100).describe('names of providers that may be used'),
  hostedTools: rule(z.enum(HOSTED_TOOLS), HOSTED_TOOLS.length).describe('tools the provider may run itself'),
  maxOutputTokens: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .nullable()
    .default(null)
    .describe('most output per call'),
  ipAllowlist: rule(IpRangeText, 200).describe('addresses that may call, such as 10.0.0.0/8'),
  ipMode: z
    .enum(['enforce', 'monitor'])
    .default('enforce')
    .describe('refuse other addresses, or only record them'),
})

export const Policy = PolicyRules.extend({
  scope: ScopeSchema,
  /** Null, with version 0, where nobody has set a policy. */
  updatedAt: Timestamp.nullable(),
  version: z.int(),
}).meta({ id: 'Policy' })

const scopeParams = { scopeType: ScopeType, scopeId: Id }

export const policyList = operation({
  name: 'policyList',
  method: 'GET',
  path: '/v1/policies',
  summary: 'List policies',
  permission: 'policy:read',
  query: {
    ...pageQuery,
    scopeType: ScopeType.optional(),
    exceptScopeType: ScopeType.optional().describe('all but those of this level'),
  },
  response: page(Policy),
  examples: ['claviger policy list'],
})

export const policyView = operation({
  name: 'policyView',
  method: 'GET',
  path: '/v1/policies/{scopeType}/{scopeId}',
  summary: 'Show what a scope allows',
  permission: 'policy:read',
  params: scopeParams,
  response: Policy,
  examples: ['claviger policy get team Search'],
})

export const policySet = operation({
  name: 'policySet',
  method: 'PUT',
  path: '/v1/policies/{scopeType}/{scopeId}',
  summary: 'Set what a scope allows, as a whole',
  permission: 'policy:update',
  params: scopeParams,
  body: PolicyRules,
  response: Policy,
  examples: [
    'claviger policy set team Search --model "gpt-5*" --model "claude-*"',
    'claviger policy set key site-bot --operation chat.completions --ip-allowlist 203.0.113.0/24',
  ],
})
