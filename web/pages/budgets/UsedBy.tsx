import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { usageReport } from '../../../src/contract/usage.ts'
import { q } from '../../api.ts'
import { count, countShort, usd } from '../../format.ts'
import { useAddress } from '../../search.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Share } from '../../ui/Share.tsx'
import { type Target, To } from '../../ui/To.tsx'
import type { Budget } from './standing.ts'
import { callsOf, rangeOf } from './window.ts'

const BY = ['key', 'user', 'model'] as const
type By = (typeof BY)[number]

const TITLES: Record<By, { title: string; nobody: string }> = {
  key: { title: 'Key', nobody: 'no key' },
  user: { title: 'Person', nobody: 'programs' },
  model: { title: 'Model', nobody: 'no model' },
}
const MOST = 20

/** Who spent it: the dearest keys, people or models of the window. */
export function UsedBy({ budget }: { budget: Budget }) {
  const [address, setAddress] = useAddress()
  const by = BY.find((one) => one === address.by) ?? 'key'
  const { from, words } = rangeOf(budget)
  const report = useQuery(q(usageReport, { query: { ...callsOf(budget), from, by, limit: MOST } }))
  const all = { ...callsOf(budget), from, by }
  return (
    <Section
      title="Who used it"
      note={`All calls there ${words}, dearest first${budget.modelPattern ? `, of all models, not only ${budget.modelPattern}` : ''}.`}
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Group by"
          data={BY.map((value) => ({ value, label: TITLES[value].title }))}
          value={by}
          onChange={(next) => setAddress({ by: next })}
        />
      }
    >
      <Region of={report}>
        {({ data, total, names, truncated }) =>
          data.length === 0 ? (
            <Empty title="No calls yet" />
          ) : (
            <>
              <DataTable
                label={`Spend by ${by}`}
                rows={data}
                rowId={({ group }) => group[by] ?? ''}
                columns={[
                  {
                    id: 'name',
                    header: TITLES[by].title,
                    title: true,
                    cell: ({ group }) => {
                      const id = group[by] ?? null
                      if (id === null) return <span className="muted">{TITLES[by].nobody}</span>
                      const target = pageOf(by, id)
                      const name = names[id] ?? id
                      return target ? <To {...target}>{name}</To> : name
                    },
                  },
                  {
                    id: 'share',
                    header: 'Of the whole',
                    cell: ({ costUsd }) => <Share part={costUsd} whole={total.costUsd} />,
                  },
                  {
                    id: 'calls',
                    header: 'Calls',
                    numeric: true,
                    sort: ({ calls }) => calls,
                    cell: ({ calls }) => count(calls),
                  },
                  {
                    id: 'tokens',
                    header: 'Tokens in / out',
                    numeric: true,
                    cell: ({ inputTokens, outputTokens }) =>
                      `${countShort(inputTokens)} / ${countShort(outputTokens)}`,
                  },
                  {
                    id: 'cost',
                    header: 'Cost',
                    numeric: true,
                    sort: ({ costUsd }) => Number(costUsd),
                    cell: ({ costUsd }) => usd(costUsd),
                  },
                ]}
              />
              <p>
                <To to="/usage" search={all}>
                  {truncated ? 'See all in usage and cost' : 'Look closer in usage and cost'}
                </To>
              </p>
            </>
          )
        }
      </Region>
    </Section>
  )
}

function pageOf(by: By, id: string): Target | null {
  switch (by) {
    case 'key':
      return { to: '/keys/$keyId', params: { keyId: id } }
    case 'user':
      return { to: '/people/$userId', params: { userId: id } }
    case 'model':
      return { to: '/models', search: { search: id } }
  }
}
