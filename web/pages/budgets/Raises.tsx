import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { budgetRaiseEnd, budgetRaiseList } from '../../../src/contract/budget-raises.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { pages, useAct } from '../../api.ts'
import { usd } from '../../format.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import type { Verdict } from '../../viewer.ts'
import type { Budget } from './standing.ts'

type Raise = Output<typeof budgetRaiseList>['data'][number]

/** What was added to a budget for a while, and what holds now. Nothing is shown where there never was a raise. */
export function Raises({ budget, can }: { budget: Budget; can: Verdict }) {
  const raises = useInfiniteQuery(pages(budgetRaiseList, { query: { budgetId: budget.id, limit: 200 } }))
  const [ending, setEnding] = useState<Raise | null>(null)
  const rows = (raises.data?.pages.flatMap(({ data }) => data) ?? []).reverse()
  if (raises.isSuccess && rows.length === 0) return null
  return (
    <Section title="Raises" note="More for a while, beside the limit.">
      <Region of={raises} rows={2}>
        {() => (
          <DataTable
            label="Raises"
            rows={rows}
            rowId={({ id }) => id}
            columns={[
              { id: 'reason', header: 'Reason', title: true, cell: ({ reason }) => reason },
              { id: 'add', header: 'More', numeric: true, cell: ({ addUsd }) => usd(addUsd) },
              { id: 'given', header: 'Given', cell: ({ createdAt }) => <Time at={createdAt} /> },
              { id: 'until', header: 'Until', cell: ({ until, endedAt }) => <Time at={endedAt ?? until} /> },
              {
                id: 'request',
                header: 'Request',
                cell: ({ accessRequestId }) =>
                  accessRequestId === null ? (
                    <span className="muted">none</span>
                  ) : (
                    <To to="/requests/$accessRequestId" params={{ accessRequestId }}>
                      approved there
                    </To>
                  ),
              },
              {
                id: 'state',
                header: 'State',
                cell: ({ active, endedAt }) =>
                  active ? (
                    <Status tone="good">holds</Status>
                  ) : (
                    <Status tone="quiet">{endedAt ? 'ended early' : 'over'}</Status>
                  ),
              },
            ]}
            actions={(raise) =>
              raise.active && (
                <ActButton size="compact-sm" variant="default" can={can} onClick={() => setEnding(raise)}>
                  End now
                </ActButton>
              )
            }
            more={moreOf(raises)}
          />
        )}
      </Region>
      <EndRaise raise={ending} budget={budget} onClose={() => setEnding(null)} />
    </Section>
  )
}

function EndRaise({ raise, budget, onClose }: { raise: Raise | null; budget: Budget; onClose: () => void }) {
  const end = useAct(budgetRaiseEnd)
  return (
    <ConfirmDialog
      opened={raise !== null}
      onClose={onClose}
      title="End this raise now?"
      act="End it"
      danger
      pending={end.isPending}
      error={end.error}
      onConfirm={() => {
        if (raise === null) return
        end.mutate(
          { input: { params: { budgetRaiseId: raise.id } } },
          {
            onSuccess: () => {
              toast('The raise is over.')
              onClose()
            },
          },
        )
      }}
    >
      {raise && (
        <p>
          {budget.name} allows {usd(raise.addUsd)} less at once: {usd(budget.window.limitUsd)} now, of which{' '}
          {usd(budget.window.spentUsd)} are spent. Calls under way go on.
        </p>
      )}
    </ConfirmDialog>
  )
}
