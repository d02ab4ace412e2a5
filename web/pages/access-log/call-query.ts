import type { Input, Output } from '../../../src/contract/operation.ts'
import type { requestList } from '../../../src/contract/requests.ts'
import type { Search } from '../../search.ts'
import { addDays, isDay, startOfDay } from '../../zoned.ts'

export type Attempt = Output<typeof requestList>['data'][number]
export type Query = NonNullable<Input<typeof requestList>['query']>

/** How far back the log goes, as people choose it; `custom` is between two days. */
export const RANGES = [
  { value: '-1h', label: 'Last hour' },
  { value: '-24h', label: 'Last 24 hours' },
  { value: '-7d', label: 'Last 7 days' },
  { value: '-30d', label: 'Last 30 days' },
  { value: 'custom', label: 'Between two days' },
]
export const DEFAULT_RANGE = '-24h'

/** What the log is filtered by, in its address. */
export const CALL_FILTERS = [
  'range',
  'from',
  'to',
  'team',
  'project',
  'key',
  'secret',
  'user',
  'model',
  'outcome',
  'priced',
  'status',
  'ip',
  'request',
] as const

/** The filters as `requestList` takes them. Days are those of `timeZone`, the organization's, as where calls are counted. */
export function queryOfCalls(search: Search, timeZone: string): Query {
  const { team, project, key, secret, user, model, outcome, priced, status, ip, request } = search
  return {
    ...timesOf(search, timeZone),
    ...(team ? { teamId: team } : {}),
    ...(project ? { projectId: project } : {}),
    ...(key ? { keyId: key } : {}),
    ...(secret ? { secretId: secret } : {}),
    ...(user?.startsWith('svc_') ? { serviceAccountId: user } : user ? { userId: user } : {}),
    ...(model ? { modelPrefix: model } : {}),
    ...(outcome === 'failed' ? { failed: 'true' } : outcome === 'ok' ? { failed: 'false' } : {}),
    ...(priced === 'no' ? { priced: 'false' } : {}),
    ...(status ? { status } : {}),
    ...(ip ? { ip } : {}),
    ...(request ? { requestId: request } : {}),
  }
}

function timesOf({ range = DEFAULT_RANGE, from, to }: Search, timeZone: string): Query {
  if (range !== 'custom') return { from: range }
  const begin = (day: string) => startOfDay(day, timeZone).toISOString()
  return {
    ...(isDay(from) ? { from: begin(from) } : {}),
    ...(isDay(to) ? { to: begin(addDays(to, 1)) } : {}),
  }
}
