import { z } from 'zod'
import { Id, Name, page, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

/** Bytes as browsers write them in JSON: base64url without padding. */
const Bytes = z
  .string()
  .max(16_384)
  .regex(/^[A-Za-z0-9_-]*$/)

/** What `navigator.credentials.create()` gives, as `toJSON()` writes it (WebAuthn Level 3, section 5.1.8). */
export const PasskeyCreated = z.object({
  id: Bytes,
  rawId: Bytes,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: Bytes,
    attestationObject: Bytes,
    transports: z.array(z.string().max(32)).max(10).optional(),
  }),
})

/** What `navigator.credentials.get()` gives, in the same way. */
export const PasskeyAnswer = z.object({
  id: Bytes,
  rawId: Bytes,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: Bytes,
    authenticatorData: Bytes,
    signature: Bytes,
    userHandle: Bytes.nullish(),
  }),
})

/** The `publicKey` of an ask to the browser, for `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON`. */
export const PasskeyOptions = z.record(z.string(), z.unknown())

export const Passkey = z
  .object({
    id: Id,
    name: Name,
    /** A password manager or a cloud keeps it: it is not lost with one device. */
    backedUp: z.boolean(),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Passkey' })

export const passkeyStart = operation({
  name: 'passkeyStart',
  method: 'POST',
  path: '/v1/profile/passkeys/start',
  summary: 'Begin to add a passkey: what your browser is to make. It takes five minutes at most',
  permission: 'self',
  response: z.object({ options: PasskeyOptions }),
})

export const passkeyCreate = operation({
  name: 'passkeyCreate',
  method: 'POST',
  path: '/v1/profile/passkeys',
  summary: 'Add the passkey that your browser made. In a browser, use your profile for it',
  permission: 'self',
  body: z.strictObject({
    name: Name.describe('what you call it, such as "Laptop"'),
    response: PasskeyCreated.describe('what the browser answered'),
  }),
  response: z.object({
    passkey: Passkey,
    /** With your first second factor: for when it is gone. Each is good once; shown in this answer only. */
    recoveryCodes: z.array(z.string()).meta({ secret: true }),
  }),
})

export const passkeyList = operation({
  name: 'passkeyList',
  method: 'GET',
  path: '/v1/profile/passkeys',
  summary: 'List your own passkeys',
  permission: 'self',
  response: page(Passkey),
  examples: ['claviger passkey list'],
})

export const passkeyDelete = operation({
  name: 'passkeyDelete',
  method: 'DELETE',
  path: '/v1/profile/passkeys/{passkeyId}',
  summary: 'Remove one of your passkeys',
  permission: 'self',
  params: { passkeyId: Id },
  examples: ['claviger passkey delete pky_01JD…'],
})
