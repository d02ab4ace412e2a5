import type { Ctx } from '../app.ts'
import { keyTraffic } from '../contract/key-traffic.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { sumTraffic } from '../db/key-traffic.ts'
import { findKey } from '../db/keys.ts'
import { formatUsd } from '../domain/money.ts'
import { keyPlace } from '../domain/place.ts'
import { authorize, visible } from './authorize.ts'
import { noteTrafficReading } from './note-usage-reading.ts'
import { showKey } from './present-key.ts'

/** How much each secret of a key is used: whether the one that was replaced still is. */
export async function showTraffic(
  ctx: Ctx,
  { params }: Valid<typeof keyTraffic>,
): Promise<Output<typeof keyTraffic>> {
  const row = visible(ctx.actor, 'key', await findKey(ctx.db, params.keyId), keyPlace)
  authorize(ctx.actor, keyTraffic.permission, keyPlace(row))
  const asOf = ctx.clock()
  const [{ secrets }, traffic] = await Promise.all([
    showKey(ctx, row.id),
    sumTraffic(ctx.reportDb, row.id, asOf),
    noteTrafficReading(ctx, row),
  ])
  const used = new Map(traffic.map((line) => [line.secretId, line]))
  return {
    keyId: row.id,
    asOf: asOf.toISOString(),
    data: secrets.map((secret) => {
      const of = used.get(secret.id)
      return {
        ...secret,
        lastHour: present(of?.hourCalls, of?.hourNanoUsd),
        lastDay: present(of?.dayCalls, of?.dayNanoUsd),
        lastWeek: present(of?.weekCalls, of?.weekNanoUsd),
      }
    }),
  }
}

function present(calls = 0, nanoUsd = 0n) {
  return { calls, costUsd: formatUsd(nanoUsd) }
}
