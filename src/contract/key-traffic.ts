import { z } from 'zod'
import { Id, Timestamp } from './fields.ts'
import { KeySecret } from './keys.ts'
import { operation } from './operation.ts'

const Traffic = z.object({
  /** Refused ones as well: somebody still presents the secret. A call that was retried is one call. */
  calls: z.int(),
  costUsd: z.string(),
})

/** A secret of a key, and how much it was used until `asOf`. */
export const SecretTraffic = KeySecret.extend({
  lastHour: Traffic,
  /** 24 hours. */
  lastDay: Traffic,
  /** Seven times 24 hours. */
  lastWeek: Traffic,
}).meta({ id: 'SecretTraffic' })

export const keyTraffic = operation({
  name: 'keyTraffic',
  method: 'GET',
  path: '/v1/keys/{keyId}/traffic',
  summary: 'Show how much each secret of a key is used: whether the old one still is, after a rotation',
  permission: 'usage:read',
  params: { keyId: Id },
  response: z.object({
    keyId: Id,
    asOf: Timestamp,
    /** The secrets that the key shows, newest first. */
    data: z.array(SecretTraffic),
  }),
  examples: ['claviger key traffic Search/Site/production/nightly', 'claviger key traffic key_01JD… --json'],
})
