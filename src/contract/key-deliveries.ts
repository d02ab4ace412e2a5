import { z } from 'zod'
import { Delivery } from './deliveries.ts'
import { Id } from './fields.ts'
import { GraceSeconds, Key, newKey } from './keys.ts'
import { operation } from './operation.ts'

const { serviceAccountId: _, ...ofPerson } = newKey

export const deliveryCreate = operation({
  name: 'deliveryCreate',
  method: 'POST',
  path: '/v1/deliveries',
  summary: 'Create a key that only its owner ever sees: its secret is made when they open it',
  permission: 'key:create',
  body: z.strictObject({ ...ofPerson, userId: Id.describe('the person who owns it and opens it') }),
  response: z.object({ key: Key, delivery: Delivery }),
  examples: [
    'claviger delivery create --environment Search/Site/staging --name bob --user bob@example.com --expires 90d',
  ],
})

export const keyDeliver = operation({
  name: 'keyDeliver',
  method: 'POST',
  path: '/v1/keys/{keyId}/deliver',
  summary: 'Let the owner of a key open a new secret of it, which nobody else ever sees',
  permission: 'key:rotate',
  params: { keyId: Id },
  body: z.strictObject({
    graceSeconds: GraceSeconds.describe('how long the old secret works on once the new one is opened'),
  }),
  response: Delivery,
  examples: ['claviger key deliver key_01JD…'],
})

export const deliveryOpen = operation({
  name: 'deliveryOpen',
  method: 'POST',
  path: '/v1/deliveries/{deliveryId}/open',
  summary: 'Open a key that waits for you: its secret is made now, and is in this answer only',
  permission: 'self',
  params: { deliveryId: Id },
  response: z.object({ key: Key, secret: z.string().meta({ secret: true }) }),
  examples: ['claviger delivery open dlv_01JD… --output-file key.txt'],
})
