import { useQuery } from '@tanstack/react-query'
import { usageReport } from '../../../src/contract/usage.ts'
import { q } from '../../api.ts'
import { useViewer } from '../../viewer.ts'
import { startOfLast } from '../../zoned.ts'

export const DAYS = 30

export function monthOf(keyId: string, timeZone: string) {
  return q(usageReport, { query: { keyId, by: 'day', from: startOfLast(DAYS, timeZone), timeZone } })
}

/** What a key did on each of the last days, and in all, where the organization counts days. */
export function useMonth(keyId: string) {
  const { timeZone } = useViewer().organization
  return { from: startOfLast(DAYS, timeZone), timeZone, asked: useQuery(monthOf(keyId, timeZone)) }
}
