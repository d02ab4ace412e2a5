import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Empty } from '../../ui/Region.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import classes from './keys.module.css'
import type { Key } from './Place.tsx'

type Secret = Key['secrets'][number]

const STATES: Record<Secret['state'], { tone: Tone; text: string }> = {
  current: { tone: 'good', text: 'current' },
  grace: { tone: 'accent', text: 'replaced, still works' },
  retired: { tone: 'quiet', text: 'ended' },
}

const COLUMNS: Column<Secret>[] = [
  { id: 'hint', header: 'Secret', title: true, cell: ({ hint }) => <span className="mono">{hint}</span> },
  {
    id: 'state',
    header: 'State',
    cell: ({ state }) => <Status tone={STATES[state].tone}>{STATES[state].text}</Status>,
  },
  { id: 'made', header: 'Made', cell: ({ createdAt }) => <Once at={createdAt} /> },
  { id: 'used', header: 'Last used', cell: ({ lastUsedAt }) => <Once at={lastUsedAt} /> },
  { id: 'ends', header: 'Ends', cell: ({ expiresAt }) => <Once at={expiresAt} /> },
]

/** What a key can be presented by, newest first: whether the old one has drained is seen here. */
export function Secrets({ of: key }: { of: Key }) {
  if (key.secrets.length === 0) {
    return (
      <Empty title="No secret yet">
        <p>It is made when whoever this key is for opens it, and they alone see it.</p>
      </Empty>
    )
  }
  return <DataTable label="Secrets" rows={key.secrets} columns={COLUMNS} rowId={({ id }) => id} />
}

function Once({ at }: { at: string | null }) {
  return (
    <span className={classes.once}>
      <Time at={at} />
    </span>
  )
}
