import { useQuery } from '@tanstack/react-query'
import { usageReport } from '../../../src/contract/usage.ts'
import { q } from '../../api.ts'
import { usd } from '../../format.ts'
import { Chart } from '../../ui/Chart.tsx'
import { ChartSpace } from '../../ui/ChartSpace.tsx'
import { Region } from '../../ui/Region.tsx'
import { useViewer } from '../../viewer.ts'
import { addDays, dayIn, daysBetween, startOfLast } from '../../zoned.ts'
import { dailyCost, sayDailyCost } from './daily-cost.ts'
import type { Key } from './Place.tsx'

const DAYS = 30
const SERIES = [{ id: 'cost', name: 'Cost' }]

/** What a key cost on each of the last days, where the organization counts them. */
export function KeyCost({ of: key }: { of: Key }) {
  const { organization } = useViewer()
  const { timeZone } = organization
  const last = dayIn(timeZone, new Date())
  const days = daysBetween(addDays(last, 1 - DAYS), last)
  const from = startOfLast(DAYS, timeZone)
  const report = useQuery(q(usageReport, { query: { keyId: key.id, by: 'day', from, timeZone } }))
  if (report.isPending) return <ChartSpace />
  return (
    <Region of={report}>
      {({ data }) => (
        <Chart
          name="cost"
          label="Cost each day"
          figcaption={sayDailyCost(data, DAYS)}
          series={SERIES}
          points={dailyCost(data, days)}
          say={usd}
          per="Day"
        />
      )}
    </Region>
  )
}
