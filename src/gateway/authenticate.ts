import type { KeySnapshot } from '../db/key-snapshots.ts'
import { AppError, type ErrorCode } from '../domain/errors.ts'
import { type IpRange, ipAllowed, parseIpAllowlist } from '../domain/ip-allowlist.ts'
import { isToken, keyKind } from '../domain/key-format.ts'
import { keyRefusal } from '../domain/key-state.ts'
import { looksLikeProviderSecret } from '../domain/provider-secret.ts'
import type { Gateway } from './gateway.ts'

export type Authenticated = { hash: string; key: KeySnapshot }

/** Whose call this is. Throws when the secret is not one that may be used, from this address, now. */
export function authenticate(
  gateway: Gateway,
  secret: string | null,
  ip: string | null,
): Authenticated | Promise<Authenticated> {
  if (secret === null || keyKind(secret) === null) throw notAKey(gateway, secret ?? '')
  const hash = gateway.app.keyring.hashSecret(secret)
  const key = usableKey(gateway, hash, ip)
  return key instanceof Promise
    ? key.then((key) => letIn(gateway, hash, key, ip))
    : letIn(gateway, hash, key, ip)
}

function letIn(gateway: Gateway, hash: string, key: KeySnapshot, ip: string | null): Authenticated {
  for (const { ranges, enforced, scope } of allowlistsOf(key)) {
    if (enforced || isListed(ranges, ip)) continue
    gateway.app.log.info(
      { keyId: key.keyId, ip, scope },
      'a key was used from outside its address list, which only watches',
    )
  }
  return { hash, key }
}

/** The key with this hash, as it is now. Throws when it may not be used, or not from this address. */
export function usableKey(
  gateway: Gateway,
  hash: string,
  ip: string | null,
): KeySnapshot | Promise<KeySnapshot> {
  const found = gateway.keys.find(hash)
  return found instanceof Promise ? found.then((key) => usable(gateway, key, ip)) : usable(gateway, found, ip)
}

function usable(gateway: Gateway, key: KeySnapshot | null, ip: string | null): KeySnapshot {
  if (key === null) throw new AppError('invalid_api_key', 'This key is not known.')
  const refusal = refusalOf(gateway, key, ip)
  if (refusal) throw refusal
  return key
}

/** Why a call with this key may not go on, or null when it may. Also asked of calls that are under way. */
export function refusalOf(gateway: Gateway, key: KeySnapshot, ip: string | null): AppError | null {
  if (key.closedParent !== null) {
    return new AppError('key_suspended', `The ${key.closedParent} of this key is not active any more.`)
  }
  const now = gateway.app.ledger.now()
  // What is said of the key itself comes first: one that was given for a while ends together with its owner's role.
  const refused = keyRefusal(key, now)
  if (refused) return new AppError(refused, STATE_MESSAGES[refused] ?? 'This key may not be used.')
  if (key.access === 'none' || (key.access !== null && key.access <= now)) {
    return new AppError('key_suspended', 'The owner of this key has no access to this project any more.')
  }
  if (key.secretExpiresAt && key.secretExpiresAt <= now) {
    return new AppError(
      'key_expired',
      'This secret was replaced, and its grace period is over. Use the new one.',
    )
  }
  for (const { ranges, enforced, scope } of allowlistsOf(key)) {
    if (!enforced || isListed(ranges, ip)) continue
    return new AppError('ip_not_allowed', `This key may not be used from ${ip ?? 'an unknown address'}.`, {
      rule: { limit: 'policy', scope: scope.type, scope_id: scope.id },
    })
  }
  return null
}

function isListed(ranges: readonly IpRange[], ip: string | null): boolean {
  return ip !== null && ipAllowed(ranges, ip)
}

const STATE_MESSAGES: Partial<Record<ErrorCode, string>> = {
  key_suspended: 'This key is suspended.',
  key_revoked: 'This key was revoked.',
  key_expired: 'This key has expired.',
  key_not_yet_valid: 'This key is not valid yet.',
}

type Allowlist = { ranges: IpRange[]; enforced: boolean; scope: KeySnapshot['policies'][number]['scope'] }

const NO_LISTS: Allowlist[] = []
const allowlists = new WeakMap<KeySnapshot, Allowlist[]>()

function allowlistsOf(key: KeySnapshot): Allowlist[] {
  let known = allowlists.get(key)
  if (!known) {
    known = key.policies.flatMap(({ ipAllowlist, ipMode, scope }) =>
      ipAllowlist ? [{ ranges: parseIpAllowlist(ipAllowlist), enforced: ipMode === 'enforce', scope }] : [],
    )
    allowlists.set(key, known.length > 0 ? known : NO_LISTS)
  }
  return known
}

function notAKey(gateway: Gateway, secret: string): AppError {
  if (secret === '') {
    return new AppError('invalid_api_key', 'Send a key, as "Authorization: Bearer …" or "x-api-key: …".')
  }
  const provider = looksLikeProviderSecret(secret)
  if (provider) {
    gateway.metrics.providerSecretsPresented++
    gateway.app.log.warn({ provider }, "a provider's own secret was presented as a key")
    return new AppError(
      'provider_secret_presented',
      `This looks like a secret of ${provider} itself. Whoever sent it should replace it there, and use a key of Claviger here.`,
    )
  }
  if (isToken(secret)) {
    return new AppError(
      'invalid_api_key',
      'This is an API token: it works on the control plane only. Use a key here.',
    )
  }
  return new AppError(
    'invalid_api_key',
    'This is not a key, or it was not copied whole: its checksum is wrong.',
  )
}
