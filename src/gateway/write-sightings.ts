import { type SeenCredential, setSeen } from '../db/credential-health.ts'
import { reportedLimits } from '../domain/reported-limits.ts'
import type { Gateway } from './gateway.ts'
import { nothingSeen } from './sightings.ts'

/** Writes down what was seen of each credential since the last time. */
export async function writeSightings({ app, providers }: Gateway): Promise<void> {
  const seen: SeenCredential[] = []
  for (const { id, secretVersion, seen: sighting } of providers.view.credentials.values()) {
    if (sighting.atMs === 0) continue
    const { atMs, headers, failedAtMs, failedStatus } = sighting
    Object.assign(sighting, nothingSeen())
    const calledAt = new Date(atMs)
    const limits = reportedLimits(headers, calledAt)
    seen.push({
      id,
      secretVersion,
      calledAt,
      failedAt: failedAtMs === 0 ? null : new Date(failedAtMs),
      failedStatus: failedAtMs === 0 ? null : failedStatus,
      limits: limits.length === 0 ? null : limits,
    })
  }
  if (seen.length === 0) return
  try {
    await setSeen(app.gatewayDb, seen)
  } catch (err) {
    app.log.warn({ err, credentials: seen.length }, 'what providers said of credentials was not written down')
  }
}
