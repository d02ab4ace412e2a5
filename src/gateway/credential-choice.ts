import { parkCredential } from '../db/provider-snapshots.ts'
import type { Circuits } from './circuits.ts'
import type { Gateway } from './gateway.ts'
import type { Plan } from './plan.ts'
import type { UsableCredential } from './provider-directory.ts'

/** After this time a spent account may have been filled again, and a refusal may have been a fault of the provider. */
const PARK_MS = 600_000

/** A credential that has not been tried: by weight, among those in use. Null when there is none. */
export function chooseCredential(
  circuits: Circuits,
  plan: Plan,
  tried: readonly UsableCredential[],
): UsableCredential | null {
  const now = Date.now()
  const usable = plan.credentials.filter(
    (credential) =>
      credential.parkedUntilMs <= now &&
      !tried.includes(credential) &&
      circuits.openUntil(credential.id, plan.upstreamModel, now) === 0,
  )
  if (usable.length < 2) return usable[0] ?? null
  const total = usable.reduce((sum, { weight }) => sum + weight, 0)
  let point = Math.random() * total
  for (const credential of usable) {
    point -= credential.weight
    if (point < 0) return credential
  }
  return usable[0] ?? null
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
