import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { z } from 'zod'
import { type BudgetMember, budgetMemberList, budgetMemberSet } from '../../../src/contract/budget-members.ts'
import { parseUsd } from '../../../src/domain/money.ts'
import { pages, useAct } from '../../api.ts'
import { AsOpened, type Draft } from '../../as-opened.tsx'
import { usd } from '../../format.ts'
import { UsdInput } from '../../forms/fields.tsx'
import { FormPanel } from '../../forms/panels.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import type { Verdict } from '../../viewer.ts'
import classes from './Budgets.module.css'
import { type Budget, periodWords } from './standing.ts'

type Member = z.output<typeof BudgetMember>

/** Each member's part of a budget for each member. */
export function Members({ budget, can }: { budget: Budget; can: Verdict }) {
  const members = useInfiniteQuery(
    pages(budgetMemberList, { params: { budgetId: budget.id }, query: { limit: 200 } }),
  )
  const [changingId, setChanging] = useState<string | null>(null)
  const rows = members.data?.pages.flatMap(({ data }) => data) ?? []
  const changing = rows.find(({ userId }) => userId === changingId)
  return (
    <Section title="Members" note="Everybody who owns a key there, or has a limit of their own.">
      <Region of={members}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No members yet">
              <p>Whoever owns a key there appears here with what they have spent.</p>
            </Empty>
          ) : (
            <DataTable
              label="Members"
              rows={rows}
              rowId={({ userId }) => userId}
              sortedBy={{ id: 'spent', desc: true }}
              columns={[
                {
                  id: 'name',
                  header: 'Member',
                  title: true,
                  sort: ({ name }) => name.toLowerCase(),
                  cell: ({ userId, name, email }) => (
                    <div>
                      <To to="/people/$userId" params={{ userId }}>
                        {name}
                      </To>
                      <div className={classes.note}>{email}</div>
                    </div>
                  ),
                },
                {
                  id: 'spent',
                  header: 'Spent',
                  sort: ({ spentUsd, limitUsd }) => Number(spentUsd) / Math.max(Number(limitUsd), 1e-9),
                  cell: ({ spentUsd, limitUsd, name }) => (
                    <Meter used={spentUsd} limit={limitUsd} label={`Spent by ${name}`} />
                  ),
                },
                {
                  id: 'left',
                  header: 'Left',
                  numeric: true,
                  sort: ({ remainingUsd }) => Number(remainingUsd),
                  cell: ({ remainingUsd }) => usd(remainingUsd),
                },
                {
                  id: 'limit',
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
                <ActButton
                  size="compact-sm"
                  variant="default"
                  can={can}
                  onClick={() => setChanging(member.userId)}
                >
                  Set limit
                </ActButton>
              )}
              more={moreOf(members)}
            />
          )
        }
      </Region>
      {changing && (
        <AsOpened now={changing} fields={limitOf} labels={LABELS} key={changing.userId}>
          {(form) => <SetLimit budget={budget} form={form} onClose={() => setChanging(null)} />}
        </AsOpened>
      )}
    </Section>
  )
}

/** Empty for who has what all have. */
function limitOf({ ownLimit, limitUsd }: Member) {
  return { limitUsd: ownLimit ? limitUsd : '' }
}

const LABELS = { limitUsd: 'Their own limit' }

type SetLimitProps = {
  budget: Budget
  form: Draft<Member, ReturnType<typeof limitOf>>
  onClose: () => void
}

function SetLimit({ budget, form, onClose }: SetLimitProps) {
  const set = useAct(budgetMemberSet)
  const { thing: member, changed } = form
  const { limitUsd } = form.fields
  const submit = () =>
    set.mutate(
      {
        input: {
          params: { budgetId: budget.id, userId: member.userId },
          body: { limitUsd: limitUsd === '' ? null : limitUsd },
        },
        ifMatch: member.version,
      },
      {
        onSuccess: () => {
          toast(
            `${member.name} has ${usd(limitUsd === '' ? budget.limitUsd : limitUsd)} ${periodWords(budget)}.`,
          )
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Limit of ${member.name}`}
      act="Save"
      pending={set.isPending}
      error={set.error}
      disabled={!changed || (limitUsd !== '' && parseUsd(limitUsd) === null)}
      onSubmit={submit}
    >
      <UsdInput
        label={LABELS.limitUsd}
        description={`Leave it empty for the ${usd(budget.limitUsd)} that all have. ${usd(member.spentUsd)} are spent, and stay spent.`}
        required={false}
        value={limitUsd}
        onChange={(next) => form.set({ limitUsd: next })}
      />
    </FormPanel>
  )
}
