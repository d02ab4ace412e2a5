import type { Input, Output } from '../../../src/contract/operation.ts'
import type { requestList } from '../../../src/contract/requests.ts'
import type { Search } from '../../search.ts'

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

/** The filters as `requestList` takes them. Days are those of the reader's own time zone. */
export function queryOfCalls(search: Search): Query {
  const { team, project, key, secret, user, model, outcome, priced, status, ip, request } = search
  return {
    ...timesOf(search),
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

function timesOf({ range = DEFAULT_RANGE, from, to }: Search): Query {
  if (range !== 'custom') return { from: range }
  const begin = from ? new Date(`${from}T00:00:00`) : null
  const end = to ? new Date(`${to}T00:00:00`) : null
  // By the calendar: a day in which the clocks change has not 24 hours.
  end?.setDate(end.getDate() + 1)
  return {
    ...(begin && !Number.isNaN(begin.getTime()) ? { from: begin.toISOString() } : {}),
    ...(end && !Number.isNaN(end.getTime()) ? { to: end.toISOString() } : {}),
  }
}
