import { useQuery } from '@tanstack/react-query'
import { usageReport } from '../../../src/contract/usage.ts'
import { q } from '../../api.ts'
import { count, percent } from '../../format.ts'
import { askHealth } from '../../health.ts'
import { Stat } from '../../ui/Stat.tsx'
import { Status } from '../../ui/Status.tsx'
import { useViewer } from '../../viewer.ts'
import classes from './home.module.css'

const HEALTH_MS = 15_000

/** Whether all works: calls and failures of the last day, and the server. Each fails alone. */
export function Vitals() {
  const { somewhere } = useViewer()
  return (
    <>
      {somewhere('usage:read') && <Calls />}
      <Server />
    </>
  )
}

function Calls() {
  const { data, error } = useQuery(q(usageReport, { query: { by: 'operation', from: '-24h', limit: 1 } }))
  const failed = error && data === undefined ? 'not looked up' : null
  const total = data?.total
  const rate = total && total.attempts > 0 ? total.errors / total.attempts : 0
  return (
    <div className={classes.pair}>
      <Stat
        label="Calls, last 24 hours"
        value={total ? count(total.calls) : '–'}
        note={failed}
        target={{ to: '/access-log' }}
      />
      <Stat
        label="Failed or refused"
        value={total ? percentOf(rate) : '–'}
        note={failed ?? (total ? `${count(total.errors)} of ${count(total.attempts)} attempts` : null)}
        target={{ to: '/access-log', search: { failed: 'true' } }}
      />
    </div>
  )
}

/** Never 0 % for what is more than nothing. */
function percentOf(rate: number): string {
  return rate > 0 && rate < 0.01 ? `<${percent(0.01)}` : percent(rate)
}

function Server() {
  const { data, error } = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => askHealth(signal),
    refetchInterval: HEALTH_MS,
    retry: false,
  })
  if (error) return <Stat label="This server" value={<Status tone="bad">does not answer</Status>} />
  if (!data) return <Stat label="This server" value="–" />
  return (
    <Stat
      label="This server"
      value={<Status tone={data.ready ? 'good' : 'bad'}>{data.ready ? 'ready' : 'not ready'}</Status>}
      note={data.ready ? 'It takes calls, and its database answers.' : data.detail.join('; ')}
    />
  )
}
