import { useQuery } from '@tanstack/react-query'
import { usageReport } from '../../../src/contract/usage.ts'
import { q } from '../../api.ts'
import { useViewer } from '../../viewer.ts'
import { startOfLast } from '../../zoned.ts'

export const DAYS = 30

/** What a key did on each of the last days, and in all, where the organization counts days. */
export function useMonth(keyId: string) {
  const { timeZone } = useViewer().organization
  const from = startOfLast(DAYS, timeZone)
  return { from, timeZone, asked: useQuery(q(usageReport, { query: { keyId, by: 'day', from, timeZone } })) }
}
