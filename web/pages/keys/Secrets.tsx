import { count, usd } from '../../format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Empty, Problem } from '../../ui/Region.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import classes from './keys.module.css'
import type { Key } from './Place.tsx'
import { useTraffic } from './use-traffic.ts'

type Secret = Key['secrets'][number]
type Traffic = ReturnType<typeof useTraffic>
type Stretch = 'lastHour' | 'lastDay' | 'lastWeek'

const STATES: Record<Secret['state'], { tone: Tone; text: string }> = {
  current: { tone: 'good', text: 'current' },
  grace: { tone: 'waiting', text: 'replaced, still works' },
  retired: { tone: 'quiet', text: 'ended' },
}

const FIRST: Column<Secret>[] = [
  { id: 'hint', header: 'Secret', title: true, cell: ({ hint }) => <span className="mono">{hint}</span> },
  {
    id: 'state',
    header: 'State',
    cell: ({ state }) => <Status tone={STATES[state].tone}>{STATES[state].text}</Status>,
  },
]
const LAST: Column<Secret>[] = [
  { id: 'used', header: 'Last used', cell: ({ lastUsedAt }) => <Once at={lastUsedAt} /> },
  { id: 'made', header: 'Made', cell: ({ createdAt }) => <Once at={createdAt} /> },
  { id: 'ends', header: 'Ends', cell: ({ expiresAt }) => <Once at={expiresAt} /> },
]
const TIMES: { id: Stretch; header: string; range: string }[] = [
  { id: 'lastHour', header: 'Last hour', range: '-1h' },
  { id: 'lastDay', header: '24 hours', range: '-24h' },
  { id: 'lastWeek', header: '7 days', range: '-7d' },
]

/** What a key can be presented by, newest first, and how much each is: whether the old one has drained is seen here. */
export function Secrets({ of: key }: { of: Key }) {
  const traffic = useTraffic(key)
  if (key.secrets.length === 0) {
    return (
      <Empty title="No secret yet">
        <p>It is made when whoever this key is for opens it, and they alone see it.</p>
      </Empty>
    )
  }
  const calls = TIMES.map(
    ({ id, header, range }): Column<Secret> => ({
      id,
      header,
      numeric: true,
      cell: (secret) => (
        <Calls keyId={key.id} secretId={secret.id} range={range} of={traffic.of(secret.id)?.[id]} />
      ),
    }),
  )
  return (
    <>
      <Problem error={traffic.error} />
      <DataTable
        label="Secrets"
        rows={key.secrets}
        columns={traffic.shown ? [...FIRST, ...calls, ...LAST] : [...FIRST, ...LAST]}
        rowId={({ id }) => id}
      />
    </>
  )
}

/** So many calls, what they cost, and the way to them. */
function Calls({
  keyId,
  secretId,
  range,
  of,
}: {
  keyId: string
  secretId: string
  range: string
  /** Not known yet when undefined. */
  of: NonNullable<ReturnType<Traffic['of']>>[Stretch] | undefined
}) {
  if (of === undefined) return <span className="muted">–</span>
  if (of.calls === 0) return <span className="muted">no calls</span>
  return (
    <span className={classes.calls}>
      <To to="/keys/$keyId" params={{ keyId }} search={{ tab: 'log', secret: secretId, range }}>
        {count(of.calls)} {of.calls === 1 ? 'call' : 'calls'}
      </To>
      <span className={classes.cost}>{usd(of.costUsd)}</span>
    </span>
  )
}

function Once({ at }: { at: string | null }) {
  return (
    <span className={classes.once}>
      <Time at={at} />
    </span>
  )
}
