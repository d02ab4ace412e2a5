import type { keyTraffic } from '../contract/key-traffic.ts'
import type { Output } from '../contract/operation.ts'
import { drainingSentence } from '../domain/draining.ts'
import { cell, table } from './table.ts'

const COLUMNS = ['hint', 'state', 'lastHour', 'lastDay', 'lastWeek', 'costUsd', 'lastUsedAt', 'expiresAt']

/** How much each secret of a key is used, as a table; after a rotation, how far the old one has drained. */
export function trafficTable({ data, asOf }: Output<typeof keyTraffic>): string {
  if (data.length === 0) return 'No secret yet: it is made when the owner of the key opens it.'
  const rows = data.map((secret) => ({
    ...secret,
    lastHour: secret.lastHour.calls,
    lastDay: secret.lastDay.calls,
    lastWeek: secret.lastWeek.calls,
    costUsd: secret.lastWeek.costUsd,
  }))
  const sentence = drainingSentence(data, String)
  return [
    ...(sentence === null ? [] : [sentence]),
    table(rows, COLUMNS),
    `Calls until ${cell(asOf)}; the cost is the week's.`,
  ].join('\n\n')
}
