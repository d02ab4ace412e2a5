import { MOST_EXPORTED, requestExport } from '../../../src/contract/requests.ts'
import { usageFilter, usageReport } from '../../../src/contract/usage.ts'
import { q, queryClient } from '../../api.ts'
import { count } from '../../format.ts'
import type { Wanted } from '../../ui/Download.tsx'
import type { Query } from './call-query.ts'

/** Of which there is a sum: the report knows no other filters. */
const SUMMED = new Set(['from', 'to', ...Object.keys(usageFilter)])
/** Before any call. */
const FIRST = '1970-01-01'

/** The whole of what the log shows, for the export: without a beginning that takes the last 30 days only. */
export function wholeOf(query: Query, erased: string | null): Query {
  return { ...query, from: erased ?? query.from ?? FIRST }
}

/** Each call that is meant, as a file. */
export function callsFile(name: string, query: Query): Wanted {
  const isSummed = Object.keys(query).every((filter) => SUMMED.has(filter))
  return {
    operation: requestExport,
    query,
    name,
    unit: ['call', 'calls'],
    ...(isSummed ? { total: () => countCalls(query) } : {}),
    note: (lines) =>
      lines < MOST_EXPORTED
        ? null
        : `Only the newest ${count(MOST_EXPORTED)} are in it. For the rest, choose an earlier time.`,
  }
}

/** How many lines there will be: one for each attempt. */
async function countCalls(query: Query): Promise<number> {
  const { total } = await queryClient.fetchQuery(q(usageReport, { query: { ...query, limit: 1 } }))
  return Math.min(total.attempts, MOST_EXPORTED)
}
