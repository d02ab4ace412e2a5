import { Box, Button } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { budgetDelete, budgetList, budgetView } from '../../../src/contract/budgets.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { pages, q, useAct } from '../../api.ts'
import { usd } from '../../format.ts'
import { BudgetCreate, BudgetEdit, ConfirmDialog } from '../../forms/panels.ts'
import { whoseOwn } from '../../scopes.tsx'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { moreOf, ShowMore } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Problem, Region } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import { useCan } from '../../viewer.ts'
import { BudgetCards } from './BudgetCards.tsx'

const PAGE = 50

/** The budgets of one place, person or key. What is open is in the address: `new=budget`, or `edit` with the id of one. */
export function PlaceBudgets({
  scope,
  title = 'Budgets',
  note,
}: {
  scope: Scope
  title?: string
  note?: ReactNode
}) {
  const list = useInfiniteQuery(
    pages(budgetList, { query: { scopeType: scope.type, scopeId: scope.id, limit: PAGE } }),
  )
  const can = useCan([scope])
  const [address, setAddress] = useAddress()
  const [endingId, setEnding] = useState<string | null>(null)
  const remove = useAct(budgetDelete)
  const change = can('budget:update', scope.id)
  // That of credits is below, with what is in it.
  const budgets =
    list.data?.pages.flatMap(({ data }) => data).filter(({ period }) => period !== 'credits') ?? []
  const listed = budgets.find(({ id }) => id === address.edit)
  // It may be further down than what is listed yet, or gone.
  const named = address.edit?.startsWith('bud_') === true && list.isSuccess && !listed
  const found = useQuery({ ...q(budgetView, { params: { budgetId: address.edit ?? '' } }), enabled: named })
  const unlisted = named && found.data?.scope.id === scope.id ? found.data : undefined
  const editing = listed ?? unlisted
  const ending = budgets.find(({ id }) => id === endingId)
  const close = () => setAddress({ new: undefined, edit: undefined })
  return (
    <Section
      title={title}
      note={note}
      actions={
        <ActButton
          variant="default"
          can={can('budget:create', scope.id)}
          onClick={() => setAddress({ new: 'budget' }, false)}
        >
          New budget
        </ActButton>
      }
    >
      <Region of={list} rows={2}>
        {() =>
          budgets.length === 0 && !list.hasNextPage ? (
            <Empty title={`No budget of ${whoseOwn(scope)} own`}>
              <p>Budgets of other levels may still bound what is spent here.</p>
            </Empty>
          ) : (
            <>
              <BudgetCards
                budgets={budgets}
                actions={({ id, name, perMember }) => (
                  <>
                    {perMember && (
                      <Button
                        size="compact-sm"
                        variant="default"
                        component={To}
                        to="/budgets/$budgetId"
                        params={{ budgetId: id }}
                      >
                        Members<span className="unseen"> of {name}</span>
                      </Button>
                    )}
                    <ActButton
                      size="compact-sm"
                      variant="default"
                      can={change}
                      onClick={() => setAddress({ edit: id }, false)}
                    >
                      Change<span className="unseen"> {name}</span>
                    </ActButton>
                    <ActButton
                      size="compact-sm"
                      variant="default"
                      can={change}
                      onClick={() => {
                        remove.reset()
                        setEnding(id)
                      }}
                    >
                      Delete<span className="unseen"> {name}</span>
                    </ActButton>
                  </>
                )}
              />
              <ShowMore more={moreOf(list)} />
            </>
          )
        }
      </Region>
      {named && found.error && (
        <Box mt="sm">
          <Problem error={found.error} />
        </Box>
      )}
      {address.new === 'budget' && <BudgetCreate scope={scope} onClose={close} onMade={close} />}
      {editing && <BudgetEdit key={editing.id} budget={editing} onClose={close} />}
      {ending && (
        <ConfirmDialog
          opened
          onClose={() => setEnding(null)}
          title={`Delete the budget ${ending.name}?`}
          act="Delete budget"
          danger
          {...(Number(ending.window.spentUsd) > 0 || ending.perMember ? { typed: ending.name } : {})}
          pending={remove.isPending}
          error={remove.error}
          onConfirm={() =>
            remove.mutate(
              { input: { params: { budgetId: ending.id } }, ifMatch: ending.version },
              {
                onSuccess: () => {
                  toast(`The budget ${ending.name} is deleted.`)
                  setEnding(null)
                },
              },
            )
          }
        >
          Within two seconds it bounds nothing any more. {usd(ending.window.spentUsd)} of{' '}
          {usd(ending.window.limitUsd)} are spent; what it counted stays in the usage.
          {ending.perMember && ' The parts of all members end with it, their own limits included.'}
        </ConfirmDialog>
      )}
    </Section>
  )
}
