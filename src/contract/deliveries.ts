import { z } from 'zod'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

/** A key that waits for its owner. It has no secret that anybody could see: opening makes it. */
export const Delivery = z
  .object({
    id: Id,
    keyId: Id,
    keyName: Name,
    /** Who may open it. */
    userId: Id,
    createdBy: z.string(),
    createdAt: Timestamp,
    expiresAt: Timestamp,
    openedAt: Timestamp.nullable(),
    /** It can no longer be opened: the key was revoked, or there is a newer delivery. */
    voidedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Delivery' })

export const deliveryList = operation({
  name: 'deliveryList',
  method: 'GET',
  path: '/v1/deliveries',
  summary: 'List the keys that wait for you, and those that you opened',
  permission: 'self',
  query: { ...pageQuery },
  response: page(Delivery),
  examples: ['claviger delivery list'],
})

export const deliveryView = operation({
  name: 'deliveryView',
  method: 'GET',
  path: '/v1/deliveries/{deliveryId}',
  summary: 'Show a key that waits for you, or that you opened, never its secret',
  permission: 'self',
  params: { deliveryId: Id },
  response: Delivery,
  examples: ['claviger delivery get dlv_01JD…'],
})
