import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { creditEnd, creditList } from '../../../src/contract/credits.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { pages, useAct } from '../../api.ts'
import { usd } from '../../format.ts'
import { ConfirmDialog, CreditGrant } from '../../forms/panels.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { useCan } from '../../viewer.ts'

type Credit = Output<typeof creditList>['data'][number]

/** Money that was granted to a place or a person to be spent once. `new=credit` in the address grants more. */
export function PlaceCredits({ scope }: { scope: Scope }) {
  const list = useInfiniteQuery(
    pages(creditList, { query: { scopeType: scope.type, scopeId: scope.id, limit: 50 } }),
  )
  const can = useCan([scope])
  const [address, setAddress] = useAddress()
  const [ending, setEnding] = useState<Credit | null>(null)
  const end = useAct(creditEnd)
  return (
    <Section
      title="Credits"
      note="Money that is spent once; what ends sooner is spent first."
      actions={
        <ActButton
          variant="default"
          can={can('budget:create', scope.id)}
          onClick={() => setAddress({ new: 'credit' }, false)}
        >
          Grant a credit
        </ActButton>
      }
    >
      <Region of={list} rows={2}>
        {({ pages }) => {
          const credits = pages.flatMap(({ data }) => data)
          if (credits.length === 0) return <Empty title="No credits" />
          return (
            <DataTable
              label="Credits"
              rows={credits}
              rowId={({ id }) => id}
              columns={[
                { id: 'reason', header: 'For', title: true, cell: ({ reason }) => reason },
                {
                  id: 'used',
                  header: 'Spent',
                  cell: ({ reason, usedUsd, amountUsd }) => (
                    <Meter label={`Spent of ${reason}`} used={usedUsd} limit={amountUsd} />
                  ),
                },
                {
                  id: 'state',
                  header: 'State',
                  cell: ({ state }) => (
                    <Status tone={state === 'active' ? 'good' : 'quiet'}>
                      {state === 'ended' ? 'taken back' : state}
                    </Status>
                  ),
                },
                {
                  id: 'until',
                  header: 'Lapses',
                  cell: ({ expiresAt }) => <Time at={expiresAt} never="never" />,
                },
              ]}
              actions={(credit) =>
                credit.state === 'active' && (
                  <ActButton
                    size="compact-sm"
                    variant="default"
                    can={can('budget:update', scope.id)}
                    onClick={() => {
                      end.reset()
                      setEnding(credit)
                    }}
                  >
                    Take back<span className="unseen"> {credit.reason}</span>
                  </ActButton>
                )
              }
              more={moreOf(list)}
            />
          )
        }}
      </Region>
      {address.new === 'credit' && (
        <CreditGrant scope={scope} onClose={() => setAddress({ new: undefined })} />
      )}
      {ending && (
        <ConfirmDialog
          opened
          onClose={() => setEnding(null)}
          title="Take back what is left of it?"
          act="Take back"
          danger
          reason="required"
          pending={end.isPending}
          error={end.error}
          onConfirm={(reason) =>
            end.mutate(
              { input: { params: { creditId: ending.id }, body: { reason } } },
              {
                onSuccess: () => {
                  toast('The credit is taken back.')
                  setEnding(null)
                },
              },
            )
          }
        >
          {usd(ending.remainingUsd)} of {usd(ending.amountUsd)} are left; calls can spend them no more.
        </ConfirmDialog>
      )}
    </Section>
  )
}
