import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { deliveryList } from '../../../src/contract/deliveries.ts'
import { deliveryOpen } from '../../../src/contract/key-deliveries.ts'
import { q, useAct } from '../../api.ts'
import { useFocusBack } from '../../focus-back.ts'
import { useNames } from '../../names.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Problem } from '../../ui/Region.tsx'
import { Time } from '../../ui/Time.tsx'
import type { Verdict } from '../../viewer.ts'
import { NewSecret } from '../keys/NewSecret.tsx'
import { type Delivery, standingOf } from './deliveries.ts'

/** Keys that were made for the viewer, and that they alone can open. Nothing when there are none. */
export function Waiting({ can }: { can: Verdict }) {
  const deliveries = useQuery(q(deliveryList, { query: { limit: 200 } }))
  const open = useAct(deliveryOpen)
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null)
  const focus = useFocusBack()
  const [{ delivery: named }, setAddress] = useAddress()
  const now = new Date()
  const waiting = (deliveries.data?.data ?? [])
    .filter((delivery) => standingOf(delivery, now) === 'waits')
    // What a link names is what they came for.
    .toSorted((one, other) => Number(other.id === named) - Number(one.id === named))
  const nameOf = useNames(waiting.map(({ createdBy }) => (createdBy.startsWith('usr_') ? createdBy : null)))
  const start = (delivery: Delivery) => {
    focus.remember()
    open.mutate(
      { input: { params: { deliveryId: delivery.id } } },
      {
        onSuccess: ({ key, secret }) => {
          setMade({ name: key.name, secret })
          open.reset()
          setAddress({ delivery: undefined })
        },
      },
    )
  }
  const columns: Column<Delivery>[] = [
    { id: 'key', header: 'Key', title: true, cell: ({ keyName }) => keyName },
    {
      id: 'from',
      header: 'From',
      cell: ({ createdBy }) => (createdBy.startsWith('usr_') ? nameOf(createdBy) : 'a program'),
    },
    { id: 'until', header: 'Open it', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
  ]
  return (
    <>
      {waiting.length > 0 && (
        <Section
          title="Waiting for you"
          note="The secret is made when you open it, and is shown once. Nobody else ever sees it."
        >
          <DataTable
            label="Keys that wait for you"
            rows={waiting}
            columns={columns}
            rowId={({ id }) => id}
            actions={(delivery) => (
              <ActButton can={can} loading={open.isPending} onClick={() => start(delivery)}>
                Open
              </ActButton>
            )}
          />
          <Problem error={open.error} />
        </Section>
      )}
      <NewSecret
        made={made}
        onClose={() => {
          setMade(null)
          focus.giveBack()
        }}
      />
    </>
  )
}
