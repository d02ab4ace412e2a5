import { useInfiniteQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { budgetDelete, budgetList } from '../../../src/contract/budgets.ts'
import { rateLimitDelete, rateLimitList } from '../../../src/contract/rate-limits.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { pages, useAct } from '../../api.ts'
import { usd } from '../../format.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { DataTable } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { useCan } from '../../viewer.ts'
import { Allowed } from './Allowed.tsx'
import { type Budget, BudgetCards } from './BudgetCards.tsx'
import { BudgetForm } from './BudgetForm.tsx'
import { BudgetMembers } from './BudgetMembers.tsx'
import { Credits } from './Credits.tsx'
import { type RateLimit, RateLimitForm } from './RateLimitForm.tsx'
import { ratesOf } from './rule-texts.ts'
import classes from './teams.module.css'

/** The budgets, rate limits and credits of a place. */
export function LimitsPanel({ scope, inherited }: { scope: Scope; inherited: ReactNode }) {
  const can = useCan([scope])
  return (
    <Allowed verdict={can('budget:read', scope.id)}>
      {() => (
        <>
          <Budgets scope={scope} inherited={inherited} />
          <RateLimits scope={scope} />
          <Credits scope={scope} />
        </>
      )}
    </Allowed>
  )
}

function Budgets({ scope, inherited }: { scope: Scope; inherited: ReactNode }) {
  const list = useInfiniteQuery(
    pages(budgetList, { query: { scopeType: scope.type, scopeId: scope.id, limit: 100 } }),
  )
  const can = useCan([scope])
  const [form, setForm] = useState<{ budget: Budget | null } | null>(null)
  const [members, setMembers] = useState<Budget | null>(null)
  const [ending, setEnding] = useState<Budget | null>(null)
  const remove = useAct(budgetDelete)
  const change = can('budget:update', scope.id)
  return (
    <Section
      title="Budgets"
      note={inherited}
      actions={
        <ActButton
          variant="default"
          can={can('budget:create', scope.id)}
          onClick={() => setForm({ budget: null })}
        >
          New budget
        </ActButton>
      }
    >
      <Region of={list} rows={2}>
        {({ pages }) => {
          // Those of credits are below, with what is in them; a member's part is beside the budget it follows.
          const budgets = pages
            .flatMap(({ data }) => data)
            .filter(({ period, memberOf }) => period !== 'credits' && memberOf === null)
          if (budgets.length === 0) {
            return (
              <Empty title="No budget of its own">
                <p>Only the budgets around it bound what is spent here.</p>
              </Empty>
            )
          }
          return (
            <BudgetCards
              budgets={budgets}
              actions={(budget) => (
                <>
                  {budget.perMember && (
                    <ActButton size="compact-sm" variant="default" onClick={() => setMembers(budget)}>
                      Members<span className="unseen"> of {budget.name}</span>
                    </ActButton>
                  )}
                  <ActButton
                    size="compact-sm"
                    variant="default"
                    can={change}
                    onClick={() => setForm({ budget })}
                  >
                    Change<span className="unseen"> {budget.name}</span>
                  </ActButton>
                  <ActButton
                    size="compact-sm"
                    variant="default"
                    can={change}
                    onClick={() => {
                      remove.reset()
                      setEnding(budget)
                    }}
                  >
                    Delete<span className="unseen"> {budget.name}</span>
                  </ActButton>
                </>
              )}
            />
          )
        }}
      </Region>
      {form && <BudgetForm scope={scope} budget={form.budget} onClose={() => setForm(null)} />}
      {members && <BudgetMembers budget={members} onClose={() => setMembers(null)} />}
      {ending && (
        <ConfirmDialog
          opened
          onClose={() => setEnding(null)}
          title={`Delete the budget ${ending.name}?`}
          act="Delete"
          danger
          {...(Number(ending.window.spentUsd) > 0 ? { typed: ending.name } : {})}
          pending={remove.isPending}
          error={remove.error}
          onConfirm={() =>
            remove.mutate(
              { input: { params: { budgetId: ending.id } } },
              {
                onSuccess: () => {
                  toast(`The budget ${ending.name} is deleted.`)
                  setEnding(null)
                },
              },
            )
          }
        >
          It bounds nothing any more, at once. {usd(ending.window.spentUsd)} of {usd(ending.window.limitUsd)}{' '}
          are spent; what it counted stays in the usage.
        </ConfirmDialog>
      )}
    </Section>
  )
}

function RateLimits({ scope }: { scope: Scope }) {
  const list = useInfiniteQuery(
    pages(rateLimitList, { query: { scopeType: scope.type, scopeId: scope.id, limit: 100 } }),
  )
  const can = useCan([scope])
  const [form, setForm] = useState<{ limit: RateLimit | null } | null>(null)
  const [ending, setEnding] = useState<RateLimit | null>(null)
  const remove = useAct(rateLimitDelete)
  const change = can('rate-limit:update', scope.id)
  return (
    <Section
      title="Rate limits"
      note="How fast its keys may call, over all gateways together."
      actions={
        <ActButton
          variant="default"
          can={can('rate-limit:create', scope.id)}
          onClick={() => setForm({ limit: null })}
        >
          New rate limit
        </ActButton>
      }
    >
      <Allowed verdict={can('rate-limit:read', scope.id)}>
        {() => (
          <Region of={list} rows={2}>
            {({ pages }) => {
              const limits = pages.flatMap(({ data }) => data).filter(({ memberOf }) => memberOf === null)
              if (limits.length === 0) {
                return (
                  <Empty title="No rate limit of its own">
                    <p>Only those around it and those of its keys hold.</p>
                  </Empty>
                )
              }
              return (
                <DataTable
                  label="Rate limits"
                  rows={limits}
                  rowId={({ id }) => id}
                  columns={[
                    { id: 'rates', header: 'At most', title: true, cell: ratesOf },
                    {
                      id: 'of',
                      header: 'Of',
                      cell: ({ modelPattern, providerId }) =>
                        modelPattern ?? (providerId === null ? 'all calls' : 'one provider'),
                    },
                    {
                      id: 'who',
                      header: 'For',
                      cell: ({ perMember }) => (perMember ? 'each member' : 'all together'),
                    },
                  ]}
                  actions={(limit) => (
                    <span className={classes.rowActs}>
                      <ActButton
                        size="compact-sm"
                        variant="default"
                        can={change}
                        onClick={() => setForm({ limit })}
                      >
                        Change<span className="unseen"> {ratesOf(limit)}</span>
                      </ActButton>
                      <ActButton
                        size="compact-sm"
                        variant="default"
                        can={change}
                        onClick={() => {
                          remove.reset()
                          setEnding(limit)
                        }}
                      >
                        Delete<span className="unseen"> {ratesOf(limit)}</span>
                      </ActButton>
                    </span>
                  )}
                />
              )
            }}
          </Region>
        )}
      </Allowed>
      {form && <RateLimitForm scope={scope} limit={form.limit} onClose={() => setForm(null)} />}
      {ending && (
        <ConfirmDialog
          opened
          onClose={() => setEnding(null)}
          title="Delete this rate limit?"
          act="Delete"
          danger
          pending={remove.isPending}
          error={remove.error}
          onConfirm={() =>
            remove.mutate(
              { input: { params: { rateLimitId: ending.id } } },
              {
                onSuccess: () => {
                  toast('The rate limit is deleted.')
                  setEnding(null)
                },
              },
            )
          }
        >
          {ratesOf(ending)}: it bounds nothing any more, at once.
        </ConfirmDialog>
      )}
    </Section>
  )
}
