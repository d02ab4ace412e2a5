import { z } from 'zod'
import { BUDGET_PERIODS, BUDGET_STAGES } from '../domain/budget.ts'
import { parseIp } from '../domain/ip-address.ts'
import { KEY_STATES } from '../domain/key-state.ts'
import { HOSTED_TOOLS, MODEL_OPERATION_NAMES, OPERATIONS } from '../domain/operations.ts'
import { MAX_COUNT } from '../domain/usage.ts'
import { Id, ScopeSchema, Timestamp, Usd } from './fields.ts'
import { operation } from './operation.ts'

const MAX_CHOICES = 128

const supposed = {
  model: z
    .string()
    .max(200)
    .regex(/^[\x21-\x7e]+$/, 'expected a model name such as "gpt-5", in ASCII without blanks')
    .optional()
    .describe('as a caller would name it; without one, how the key stands'),
  operation: z.enum(MODEL_OPERATION_NAMES).default('chat.completions').describe('what would be called'),
  inputTokens: z
    .int()
    .min(0)
    .max(MAX_COUNT)
    .default(1000)
    .describe(
      'size of the input, 1000 when not given; where bytes are what is held for, give the bytes of the body',
    ),
  maxOutputTokens: z.int().min(1).max(MAX_COUNT).optional().describe("the caller's own cap on the output"),
  choices: z.int().min(1).max(MAX_CHOICES).default(1).describe('answers asked for ("n")'),
  hostedTools: z
    .array(z.enum(HOSTED_TOOLS))
    .max(HOSTED_TOOLS.length)
    .default([])
    .describe(
      'tools the provider would run itself, held for as in a call that says no more of them: a container of 1 GB, 20 uses',
    ),
  serviceTier: z
    .string()
    .regex(/^[\w.:+-]{1,200}$/, 'expected a tier such as "priority"')
    .optional()
    .describe('the tier that the call would ask for'),
  ip: z
    .string()
    .refine((text) => parseIp(text) !== null, 'expected an address such as 203.0.113.7 or 2001:db8::7')
    .optional()
    .describe('from where it would be called'),
}

const names = z.array(z.string()).nullable()
const most = z.int().nullable()
const narrowing = { providerId: Id.nullable(), modelPattern: z.string().nullable() }

/** One rule that applies. Of a rule that one may not read, what it holds is null: only its level and answer are there. */
const Rule = z.object({
  kind: z.enum(['policy', 'budget', 'rate-limit']),
  /** Null for policies, of which a scope has one at most. */
  id: Id.nullable(),
  scope: ScopeSchema,
  /** Null where it is not known: without a call, for money when it goes nowhere, for what of a rate is used. */
  allows: z.boolean().nullable(),
  /** What a caller whom this rule refuses is told. */
  code: z.string().nullable(),
  /** It is the one that refuses; or, where nothing does, the one that will first. */
  binds: z.boolean(),
  readable: z.boolean(),
  policy: z
    .object({
      models: names,
      operations: z.array(z.enum(OPERATIONS)).nullable(),
      providers: names,
      hostedTools: z.array(z.enum(HOSTED_TOOLS)).nullable(),
      maxOutputTokens: most,
      ipAllowlist: names,
      ipMode: z.enum(['enforce', 'monitor']),
    })
    .nullable(),
  budget: z
    .object({
      name: z.string(),
      kind: z.enum(['hard', 'soft']),
      period: z.enum(BUDGET_PERIODS),
      onShort: z.enum(['clamp', 'deny']),
      /** What it allows now, with raises and proration. */
      limitUsd: Usd,
      spentUsd: Usd,
      /** What of the rest the gateways have set aside for calls, those under way included. */
      leasedUsd: Usd,
      /** The limit without what is spent. */
      remainingUsd: Usd,
      /** When there is more; null when that is never. */
      resetsAt: Timestamp.nullable(),
      /** Whether it slows calls down or stops them, by what is spent. */
      stage: z.enum(BUDGET_STAGES),
      ...narrowing,
    })
    .nullable(),
  rateLimit: z
    .object({
      requestsPerMinute: most,
      tokensPerMinute: most,
      concurrentCalls: most,
      /**
       * What the gateway that answers this could still let through now. Null where the limit says nothing, and where
       * that gateway does not know, since no call came under this limit there lately. Nothing is kept of it in tables.
       */
      left: z.object({
        requests: most,
        tokens: most,
        concurrent: most,
        /** There is no other gateway, so that this is all there is; else others may have more. */
        inAll: z.boolean(),
      }),
      ...narrowing,
    })
    .nullable(),
})

export const KeyExplanation = z
  .object({
    keyId: Id,
    /** The database's time when the tables were read. What gateways have not booked yet is not in them. */
    asOf: Timestamp,
    allowed: z.boolean(),
    /** What a caller would be told; null where the call would pass. */
    refusal: z.object({ code: z.string(), message: z.string(), status: z.int() }).nullable(),
    key: z.object({
      state: z.enum(KEY_STATES),
      notBefore: Timestamp.nullable(),
      expiresAt: Timestamp.nullable(),
      resumeAt: Timestamp.nullable(),
      /** When its owner's role, and so the key, ends by itself. */
      ownerAccessEndsAt: Timestamp.nullable(),
    }),
    /** Null without a model. */
    call: z
      .object({
        model: z.string(),
        operation: z.enum(OPERATIONS),
        /** Where it goes; null when it goes nowhere. */
        route: z
          .object({
            providerId: Id,
            provider: z.string(),
            upstreamModel: z.string(),
            /** Credentials that the environment may use there, and those of them that are not parked now. */
            credentials: z.int(),
            credentialsInUse: z.int(),
            /** Null when nobody knows what the model costs. */
            priceVersion: z.string().nullable(),
          })
          .nullable(),
        /** The worst case, which would be held in every budget; null when it goes nowhere. */
        hold: z
          .object({
            usd: z.string(),
            inputTokens: z.int(),
            outputTokens: z.int(),
            /** Counted against tokens per minute. */
            rateTokens: z.int(),
            /** What the output would be cut to. */
            outputCutTo: most,
          })
          .nullable(),
      })
      .nullable(),
    /**
     * Documents that whoever answers for the key has to acknowledge before it gets another secret. They stop no call.
     * Null when that is not yours to know.
     */
    trainingOverdue: z.array(z.string()).nullable(),
    /** Policies, then budgets, then rate limits, each widest first. */
    rules: z.array(Rule),
  })
  .meta({ id: 'KeyExplanation' })

export const keyExplain = operation({
  name: 'keyExplain',
  method: 'POST',
  path: '/v1/keys/{keyId}/explain',
  summary: 'Say what a key may do now: which rules apply, what is left, and whether a call would pass',
  permission: 'key:read',
  params: { keyId: Id },
  body: z.strictObject(supposed),
  response: KeyExplanation,
  examples: [
    'claviger key explain site-bot',
    'claviger key explain site-bot --model gpt-5.4 --input-tokens 20000 --max-output-tokens 2000',
    'claviger key explain site-bot --model gpt-5.4 --operation responses --hosted-tool web_search --ip 203.0.113.7',
  ],
})
