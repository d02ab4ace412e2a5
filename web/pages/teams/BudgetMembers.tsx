import { Drawer } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { budgetMemberList, budgetMemberSet } from '../../../src/contract/budget-members.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { pages, useAct } from '../../api.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import { useCan } from '../../viewer.ts'
import type { Budget } from './BudgetCards.tsx'
import { NameForm } from './NameForm.tsx'
import classes from './teams.module.css'

type Member = Output<typeof budgetMemberList>['data'][number]

/** What each member has spent and left of a budget for each member; one may have a limit of their own. */
export function BudgetMembers({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const params = { budgetId: budget.id }
  const list = useInfiniteQuery(pages(budgetMemberList, { params }))
  const can = useCan([budget.scope])
  const [changing, setChanging] = useState<Member | null>(null)
  const set = useAct(budgetMemberSet)
  const setLimit = (member: Member, limitUsd: string | null) =>
    set.mutate(
      { input: { params: { ...params, userId: member.userId }, body: { limitUsd } } },
      {
        onSuccess: () => {
          toast(`The limit of ${member.name} is set.`)
          setChanging(null)
        },
      },
    )
  const verdict = can('budget:update', budget.scope.id)
  return (
    <>
      <Drawer
        opened
        onClose={onClose}
        title={`${budget.name}: each member’s part`}
        position="right"
        size="xl"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Region of={list}>
          {({ pages }) => {
            const rows = pages.flatMap(({ data }) => data)
            if (rows.length === 0) {
              return (
                <Empty title="Nobody has a part of it yet">
                  <p>Whoever owns a key here gets one, as large as the budget says.</p>
                </Empty>
              )
            }
            return (
              <DataTable
                label="Members and their parts"
                rows={rows}
                rowId={({ userId }) => userId}
                columns={[
                  {
                    id: 'name',
                    header: 'Who',
                    title: true,
                    cell: ({ userId, name }) => (
                      <To to="/people/$userId" params={{ userId }}>
                        {name}
                      </To>
                    ),
                    sort: ({ name }) => name.toLowerCase(),
                  },
                  {
                    id: 'spent',
                    header: 'Spent',
                    cell: ({ name, spentUsd, limitUsd }) => (
                      <Meter label={`Spent by ${name}`} used={spentUsd} limit={limitUsd} />
                    ),
                  },
                  {
                    id: 'own',
                    header: 'Limit',
                    cell: ({ ownLimit }) =>
                      ownLimit ? (
                        <Status tone="accent">their own</Status>
                      ) : (
                        <span className="muted">as all</span>
                      ),
                  },
                ]}
                actions={(member) => (
                  <span className={classes.rowActs}>
                    <ActButton
                      size="compact-sm"
                      variant="default"
                      can={verdict}
                      onClick={() => setChanging(member)}
                    >
                      Change<span className="unseen"> the limit of {member.name}</span>
                    </ActButton>
                    {member.ownLimit && (
                      <ActButton
                        size="compact-sm"
                        variant="subtle"
                        can={verdict}
                        onClick={() => setLimit(member, null)}
                      >
                        As all<span className="unseen">, for {member.name}</span>
                      </ActButton>
                    )}
                  </span>
                )}
                more={moreOf(list)}
              />
            )
          }}
        </Region>
      </Drawer>
      {changing && (
        <NameForm
          onClose={() => setChanging(null)}
          title={`How much ${changing.name} has`}
          act="Save"
          label="Limit, in USD"
          description="Instead of the limit that all have."
          name={changing.limitUsd}
          pending={set.isPending}
          error={set.error}
          onSubmit={(limitUsd) => setLimit(changing, limitUsd)}
        />
      )}
    </>
  )
}
