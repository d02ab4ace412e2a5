import { createHmac, randomBytes } from 'node:crypto'
import type { Egress } from '../egress.ts'
import { post } from './post.ts'

/** Never none: without a secret everybody could sign. */
export type WebhookSecrets = readonly [current: string, ...previous: string[]]

const PREFIX = 'whsec_'
const SECRET_BYTES = 32

/** A secret as Standard Webhooks writes it: the prefix and 32 random bytes as base64. */
export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`
}

type Webhook = {
  url: string
  secrets: WebhookSecrets
  id: string
  at: Date
  body: string
  contentType?: string
}

/**
 * Sends one signed message (https://www.standardwebhooks.com). While a secret is being replaced, both sign. A message
 * that is sent again has the same id. Throws `PostError`.
 */
export async function sendWebhook(
  egress: Egress,
  { url, secrets, id, at, body, contentType }: Webhook,
): Promise<void> {
  const timestamp = Math.floor(at.getTime() / 1000)
  await post(egress, url, body, {
    'content-type': contentType ?? 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': secrets.map((secret) => signatureOf(secret, `${id}.${timestamp}.${body}`)).join(' '),
  })
}

function signatureOf(secret: string, content: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`
}
