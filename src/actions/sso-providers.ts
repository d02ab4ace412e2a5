import type { Visit } from '../app.ts'
import { openClientSecret } from '../connection-secret.ts'
import type { ConnectionRow } from '../db/connections.ts'
import type { Egress } from '../egress.ts'
import { type IssuerKeys, issuerKeys } from '../jwt.ts'
import { type Discovered, discover } from '../oidc.ts'
import { outboundFetch } from '../outbound-fetch.ts'

type Kept = { version: number; at: number; discovered: Promise<Discovered> }

const KEPT_MS = 600_000
/** What failed is asked again this soon, however many try to sign in meanwhile. */
const RETRY_MS = 5_000

const keysBy = new WeakMap<Egress, IssuerKeys>()
const keptBy = new WeakMap<Egress, Map<string, Kept>>()

/** What a connection's provider says of itself: asked once in ten minutes, and when the connection was changed. */
export function providerOf(
  { egress, clock, keyring }: Visit,
  connection: ConnectionRow,
): Promise<Discovered> {
  const kept = keptBy.get(egress) ?? new Map<string, Kept>()
  keptBy.set(egress, kept)
  const { id, version, issuer, clientId, scopes } = connection
  const now = clock().getTime()
  const known = kept.get(id)
  if (known?.version === version && now - known.at < KEPT_MS) return known.discovered
  const secret = openClientSecret(keyring, connection)
  const discovered = discover({ issuer, clientId, secret, scopes }, outboundFetch(egress))
  const entry = { version, at: now, discovered }
  kept.set(id, entry)
  discovered.catch(() => {
    entry.at = now - KEPT_MS + RETRY_MS
  })
  return discovered
}

/** The keys of issuers, for what they say outside of a sign-in: read once for the whole process. */
export function issuerKeysOf({ egress, clock }: Visit): IssuerKeys {
  const known = keysBy.get(egress)
  if (known) return known
  const keys = issuerKeys(outboundFetch(egress), clock)
  keysBy.set(egress, keys)
  return keys
}
