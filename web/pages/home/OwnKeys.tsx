import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { keyExplain } from '../../../src/contract/key-explain.ts'
import { keyList } from '../../../src/contract/keys.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { q } from '../../api.ts'
import { usd } from '../../format.ts'
import { useNames } from '../../names.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { KeyState } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import { type Key, namedIn, Place } from '../keys/Place.tsx'

const SHOWN = 5

/** The viewer's own keys, and what is left of each. */
export function OwnKeys() {
  const { user, inOrganization } = useViewer()
  const keys = useQuery({
    ...q(keyList, { query: { userId: user?.id, state: 'active', limit: SHOWN } }),
    enabled: user !== null,
  })
  const nameOf = useNames(namedIn(keys.data?.data ?? []))
  // Who looks after all keys need not have one; who does not is here for theirs.
  if (keys.data?.data.length === 0 && inOrganization('key:read') === true) return null
  return (
    <Section
      title="Your keys"
      actions={
        keys.data &&
        keys.data.data.length > 0 && (
          <Button component={To} to="/my-keys" variant="default">
            How to use them
          </Button>
        )
      }
    >
      <Region of={keys} rows={3}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="You have no key yet">
              <p>With a key your programs call models. My keys says how to get one.</p>
              <Button component={To} to="/my-keys" variant="default">
                Get a key
              </Button>
            </Empty>
          ) : (
            <DataTable
              label="Your keys"
              rows={data}
              rowId={({ id }) => id}
              columns={[
                {
                  id: 'name',
                  header: 'Name',
                  title: true,
                  cell: ({ id, name }) => (
                    <To to="/keys/$keyId" params={{ keyId: id }}>
                      {name}
                    </To>
                  ),
                },
                { id: 'place', header: 'Works in', cell: (key) => <Place of={key} nameOf={nameOf} /> },
                { id: 'state', header: 'State', cell: ({ state }) => <KeyState state={state} /> },
                { id: 'left', header: 'Left to spend', numeric: true, cell: (key) => <Left of={key} /> },
                { id: 'ends', header: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
              ]}
            />
          )
        }
      </Region>
    </Section>
  )
}

/** The least that any budget of a key leaves, the one that stops it first. */
function Left({ of }: { of: Key }) {
  const { data } = useQuery({
    ...q(keyExplain, { params: { keyId: of.id }, body: {} }),
    staleTime: 30_000,
  })
  if (!data) return <span className="muted">–</span>
  const least = leastLeft(data)
  return least === null ? <span className="muted">no limit</span> : usd(least)
}

export function leastLeft({ rules }: Output<typeof keyExplain>): string | null {
  const left = rules.flatMap(({ budget }) => (budget?.kind === 'hard' ? [budget.remainingUsd] : []))
  return left.toSorted((one, other) => Number(one) - Number(other))[0] ?? null
}
