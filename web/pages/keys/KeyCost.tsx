import { usd } from '../../format.ts'
import { Chart } from '../../ui/Chart.tsx'
import { ChartSpace } from '../../ui/ChartSpace.tsx'
import { Region } from '../../ui/Region.tsx'
import { addDays, dayIn, daysBetween } from '../../zoned.ts'
import { dailyCost, sayDailyCost } from './daily-cost.ts'
import type { Key } from './Place.tsx'
import { DAYS, useMonth } from './use-month.ts'

const SERIES = [{ id: 'cost', name: 'Cost' }]

/** What a key cost on each of the last days, where the organization counts them. */
export function KeyCost({ of: key }: { of: Key }) {
  const { asked: report, timeZone } = useMonth(key.id)
  const last = dayIn(timeZone, new Date())
  const days = daysBetween(addDays(last, 1 - DAYS), last)
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
