import { z } from 'zod'
import { MAX_BYTES, MIN_CHARACTERS } from '../domain/password.ts'
import { Id, Name, Verdict } from './fields.ts'
import { operation } from './operation.ts'
import { Email, User } from './users.ts'

/** A new password. Whether it is one of the common ones is looked at later. */
export const NewPassword = z
  .string()
  .max(MAX_BYTES)
  .describe(`at least ${MIN_CHARACTERS} characters`)
  .meta({ secret: true })
/** A code of six digits, or a recovery code. People type blanks and dashes into both. */
export const Code = z.string().max(32)

export const profileView = operation({
  name: 'profileView',
  method: 'GET',
  path: '/v1/profile',
  summary: 'Show your own account, and with what you sign in',
  permission: 'self',
  response: z.object({
    user: User,
    factors: z.object({
      password: z.boolean(),
      totp: z.boolean(),
      /** How many there are, as with recovery codes. */
      passkeys: z.int(),
      recoveryCodes: z.int(),
    }),
    /** Whether the organization requires a second factor of you. */
    mfaRequired: z.boolean(),
    /** Whether only a passkey is one. */
    passkeyRequired: z.boolean(),
    /** What can be done about all this now, by the name of the operation. `passkeyDelete`: to one of the passkeys. */
    can: z.object({
      totpStart: Verdict,
      totpDelete: Verdict,
      passkeyStart: Verdict,
      passkeyDelete: Verdict,
      emailChange: Verdict,
    }),
    /** Where you could sign in as well, once you connected your account there. */
    connections: z.array(z.object({ id: Id, name: z.string() })),
  }),
  examples: ['claviger profile get'],
})

export const profileUpdate = operation({
  name: 'profileUpdate',
  method: 'PATCH',
  path: '/v1/profile',
  summary: 'Change your own name',
  permission: 'self',
  body: z.strictObject({ name: Name }),
  response: User,
  examples: ['claviger profile update --name "Ada Lovelace"'],
})

export const passwordChange = operation({
  name: 'passwordChange',
  method: 'PUT',
  path: '/v1/profile/password',
  summary: 'Change your own password. Your other sessions end',
  permission: 'self',
  body: z.strictObject({
    current: z
      .string()
      .max(MAX_BYTES)
      .optional()
      .describe('your present one, when you have one')
      .meta({ secret: true }),
    password: NewPassword,
  }),
  examples: ['claviger password change'],
})

export const emailChange = operation({
  name: 'emailChange',
  method: 'POST',
  path: '/v1/profile/email',
  summary: 'Change your own e-mail address: a link goes to the new one, and it changes once you open that',
  permission: 'self',
  body: z.strictObject({ email: Email }),
  examples: ['claviger email change --email ada@new.example.com'],
})

export const totpStart = operation({
  name: 'totpStart',
  method: 'POST',
  path: '/v1/profile/totp',
  summary: 'Begin to add an authenticator app. It counts once you confirm it with a code',
  permission: 'self',
  response: z.object({
    /** In base32, for who cannot scan. */
    secret: z.string().meta({ secret: true }),
    /** What the QR code says. */
    uri: z.string().meta({ secret: true }),
  }),
  examples: ['claviger totp start'],
})

export const totpConfirm = operation({
  name: 'totpConfirm',
  method: 'POST',
  path: '/v1/profile/totp/confirm',
  summary: 'Confirm your authenticator app with the code that it shows',
  permission: 'self',
  body: z.strictObject({ code: Code }),
  response: z.object({
    /** For when the phone is gone. Each is good once; they are shown in this answer only. */
    recoveryCodes: z.array(z.string()).meta({ secret: true }),
  }),
  examples: ['claviger totp confirm --code 123456'],
})

export const totpDelete = operation({
  name: 'totpDelete',
  method: 'DELETE',
  path: '/v1/profile/totp',
  summary: 'Remove your authenticator app, and with the last second factor its recovery codes',
  permission: 'self',
  examples: ['claviger totp delete'],
})

export const recoveryCodeCreate = operation({
  name: 'recoveryCodeCreate',
  method: 'POST',
  path: '/v1/profile/recovery-codes',
  summary: 'Make new recovery codes. Those from before stop working',
  permission: 'self',
  response: z.object({ codes: z.array(z.string()).meta({ secret: true }) }),
  examples: ['claviger recovery-code create'],
})
