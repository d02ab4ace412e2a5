import type { KeySnapshot } from '../db/key-snapshots.ts'
import { parkCredential } from '../db/provider-snapshots.ts'
import type { Gateway } from './gateway.ts'
import type { Plan } from './plan.ts'
import type { UsableCredential } from './provider-directory.ts'

/** After this time a spent account may have been filled again, and a refusal may have been a fault of the provider. */
const PARK_MS = 600_000

/** A credential that has not been tried: by weight, among those that may be used now. Null when there is none. */
export function chooseCredential(
  gateway: Gateway,
  plan: Plan,
  key: KeySnapshot,
  tried: readonly string[],
): UsableCredential | null {
  const now = Date.now()
  const usable: UsableCredential[] = []
  for (const { id } of plan.credentials) {
    if (tried.includes(id) || gateway.circuits.openUntil(id, plan.upstreamModel, now) !== 0) continue
    const credential = mayUse(gateway, key, id)
    if (credential) usable.push(credential)
  }
  if (usable.length < 2) return usable[0] ?? null
  const total = usable.reduce((sum, { weight }) => sum + weight, 0)
  let point = Math.random() * total
  for (const credential of usable) {
    point -= credential.weight
    if (point < 0) return credential
  }
  return usable[0] ?? null
}

/** The credential as it is now: a plan may be older. Null when it is out of use, or not the key's to use any more. */
export function mayUse(
  { providers }: Gateway,
  { credentialIds }: KeySnapshot,
  id: string,
): UsableCredential | null {
  const credential = providers.view.credentials.get(id)
  if (!credential || credential.parkedUntilMs > Date.now() || !credentialIds.includes(id)) return null
  return credential
}

/** Takes a credential out of use at once, here, and for everybody as soon as it is written down. */
export function parkFaulty(
  { app }: Gateway,
  credential: UsableCredential,
  reason: 'spent' | 'refused',
  requestId: string,
): void {
  const until = new Date(Date.now() + PARK_MS)
  credential.parkedUntilMs = until.getTime()
  const credentialId = credential.id
  app.log.error({ credentialId, reason, until }, 'a credential is parked: its provider does not serve it')
  parkCredential(app.gatewayDb, credential, { reason, until, requestId }).catch((err) => {
    app.log.error({ err, credentialId }, 'parking a credential was not written down')
  })
}
