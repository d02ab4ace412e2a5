import type { KeySnapshot } from '../db/key-snapshots.ts'
import { AppError } from '../domain/errors.ts'
import { isToken, keyKind } from '../domain/key-format.ts'
import { addressRefusal, keyUseRefusal, watchedOutside } from '../domain/key-use.ts'
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
  for (const scope of watchedOutside(key, ip)) {
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
  return keyUseRefusal(key, gateway.app.ledger.now()) ?? addressRefusal(key, ip)
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
