import { z } from 'zod'
import { MAX_BYTES } from '../domain/password.ts'
import { Id, Timestamp } from './fields.ts'
import { operation } from './operation.ts'
import { PasskeyAnswer, PasskeyOptions } from './passkeys.ts'
import { Code } from './profile.ts'

/**
 * How a person can confirm: a passkey, a code of their app, a recovery code, their password. None: by signing in
 * again.
 */
const Methods = z.array(z.enum(['passkey', 'otp', 'recovery', 'pwd']))

export const stepUpCreate = operation({
  name: 'stepUpCreate',
  method: 'POST',
  path: '/v1/step-ups',
  summary: 'Ask to confirm one exact request, which was answered with step_up_required',
  permission: 'self',
  body: z.strictObject({
    operation: z.string().min(1).max(80),
    requestHash: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/)
      .describe('SHA-256 as base64url of: METHOD, blank, path and query, line feed, body'),
  }),
  response: z.object({
    id: Id,
    methods: Methods,
    /** For a browser to ask for the passkey with; null without one. */
    passkeyOptions: PasskeyOptions.nullable(),
    /** Where it can be confirmed in a browser. Then send the request again with `x-step-up: <id>`. */
    url: z.string(),
  }),
})

export const stepUpView = operation({
  name: 'stepUpView',
  method: 'GET',
  path: '/v1/step-ups/{stepUpId}',
  summary: 'Show whether a request was confirmed',
  permission: 'self',
  params: { stepUpId: Id },
  response: z.object({
    id: Id,
    operation: z.string(),
    methods: Methods,
    expiresAt: Timestamp,
    confirmedAt: Timestamp.nullable(),
  }),
})

export const stepUpConfirm = operation({
  name: 'stepUpConfirm',
  method: 'POST',
  path: '/v1/step-ups/{stepUpId}/confirm',
  summary: 'Confirm a request with a passkey or a code or, without a second factor, with your password',
  permission: 'self',
  params: { stepUpId: Id },
  body: z.strictObject({
    passkey: PasskeyAnswer.optional(),
    code: Code.optional().meta({ secret: true }),
    password: z.string().max(MAX_BYTES).optional().meta({ secret: true }),
  }),
})
