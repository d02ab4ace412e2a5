import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { budgetList } from '../../../src/contract/budgets.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { policyView } from '../../../src/contract/policies.ts'
import { rateLimitDelete, rateLimitList } from '../../../src/contract/rate-limits.ts'
import { q, useAct } from '../../api.ts'
import { useFocusBack } from '../../focus-back.ts'
import { count } from '../../format.ts'
import { KeyBudget } from '../../forms/key-budget.tsx'
import { KeyPolicy } from '../../forms/key-policy.tsx'
import { KeyRateLimit } from '../../forms/key-rate-limit.tsx'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { Card, Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import { useCan } from '../../viewer.ts'
import classes from './keys.module.css'
import type { Key, NameOf } from './Place.tsx'
import { wordsOfPolicy } from './rule-words.ts'
import { WhatIsLeft } from './WhatIsLeft.tsx'

type RateLimit = Output<typeof rateLimitList>['data'][number]
type Budget = Output<typeof budgetList>['data'][number]

/** What this key itself is held to, to change it; and what the levels above it say besides. */
export function KeyLimits({ of: key, nameOf }: { of: Key; nameOf: NameOf }) {
  const [search, change] = useAddress()
  const scope = { type: 'key' as const, id: key.id }
  const can = useCan([scope])
  const policy = useQuery(q(policyView, { params: { scopeType: 'key', scopeId: key.id } }))
  const budgets = useQuery(q(budgetList, { query: { scopeType: 'key', scopeId: key.id } }))
  const rates = useQuery(q(rateLimitList, { query: { scopeType: 'key', scopeId: key.id } }))
  const [ended, setEnded] = useState<RateLimit | null>(null)
  const remove = useAct(rateLimitDelete)
  const focus = useFocusBack()
  const open = (form: string) => {
    focus.remember()
    change({ form }, false)
  }
  const close = () => {
    change({ form: undefined })
    focus.giveBack()
  }
  return (
    <>
      <Section
        title="Policy of this key"
        note="What it may do, within what the levels above it allow."
        actions={
          <ActButton variant="default" can={can('policy:update', key.id)} onClick={() => open('policy')}>
            Change policy
          </ActButton>
        }
      >
        <Region of={policy} rows={2}>
          {(policy) => {
            const words = wordsOfPolicy(policy)
            return (
              <Card>
                {words.length > 0 ? (
                  <span className={classes.limit}>
                    {words.map((text) => (
                      <span key={text}>{text}</span>
                    ))}
                  </span>
                ) : (
                  <span className="muted">It has none of its own: what is above it decides.</span>
                )}
              </Card>
            )
          }}
        </Region>
        {policy.data && (
          <KeyPolicy
            key={policy.data.version}
            of={key}
            policy={policy.data}
            opened={search.form === 'policy'}
            onClose={close}
          />
        )}
      </Section>
      <Section
        title="Budgets of this key"
        actions={
          <ActButton variant="default" can={can('budget:create', key.id)} onClick={() => open('budget')}>
            Add budget
          </ActButton>
        }
      >
        <Region of={budgets} rows={2}>
          {({ data }) =>
            data.length > 0 ? (
              <DataTable label="Budgets of this key" rows={data} columns={BUDGETS} rowId={({ id }) => id} />
            ) : (
              <Empty title="No budget of its own">
                <p>It spends from the budgets above it.</p>
              </Empty>
            )
          }
        </Region>
        <KeyBudget of={key} opened={search.form === 'budget'} onClose={close} />
      </Section>
      <Section
        title="Rate limits of this key"
        actions={
          <ActButton variant="default" can={can('rate-limit:create', key.id)} onClick={() => open('rate')}>
            Add rate limit
          </ActButton>
        }
      >
        <Region of={rates} rows={2}>
          {({ data }) =>
            data.length > 0 ? (
              <DataTable
                label="Rate limits of this key"
                rows={data}
                columns={RATES}
                rowId={({ id }) => id}
                actions={(limit) => (
                  <ActButton
                    variant="default"
                    size="compact-sm"
                    can={can('rate-limit:update', key.id)}
                    onClick={() => {
                      focus.remember()
                      setEnded(limit)
                    }}
                  >
                    Delete
                  </ActButton>
                )}
              />
            ) : (
              <Empty title="No rate limit of its own">
                <p>It shares in the rate limits above it.</p>
              </Empty>
            )
          }
        </Region>
        <KeyRateLimit of={key} opened={search.form === 'rate'} onClose={close} />
      </Section>
      <Section title="With all that is above it" note="Each level that says something, widest first.">
        <WhatIsLeft of={key} nameOf={nameOf} />
      </Section>
      <ConfirmDialog
        opened={ended !== null}
        onClose={() => {
          setEnded(null)
          remove.reset()
          focus.giveBack()
        }}
        title="Delete this rate limit?"
        act="Delete"
        danger
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          ended &&
          remove.mutate(
            { input: { params: { rateLimitId: ended.id } } },
            {
              onSuccess: () => {
                toast('The rate limit is deleted.')
                setEnded(null)
              },
            },
          )
        }
      >
        Calls are no longer held to it, from about two seconds on. The limits above this key still apply.
      </ConfirmDialog>
    </>
  )
}

const BUDGETS: Column<Budget>[] = [
  {
    id: 'name',
    header: 'Budget',
    title: true,
    cell: ({ id, name }) => (
      <To to="/budgets/$budgetId" params={{ budgetId: id }}>
        {name}
      </To>
    ),
  },
  { id: 'kind', header: 'Kind', cell: ({ kind }) => (kind === 'hard' ? 'refuses' : 'only warns') },
  {
    id: 'used',
    header: 'Used',
    cell: ({ name, window }) => (
      <Meter used={window.spentUsd} limit={window.limitUsd} label={`Used of ${name}`} />
    ),
  },
  { id: 'resets', header: 'Resets', cell: ({ window }) => <Time at={window.resetsAt} /> },
]

const most = (value: number | null) => (value === null ? '–' : count(value))

const RATES: Column<RateLimit>[] = [
  {
    id: 'what',
    header: 'For',
    title: true,
    cell: ({ modelPattern }) => (modelPattern === null ? 'All calls' : `Calls of ${modelPattern}`),
  },
  { id: 'rpm', header: 'Calls a minute', numeric: true, cell: (limit) => most(limit.requestsPerMinute) },
  { id: 'tpm', header: 'Tokens a minute', numeric: true, cell: (limit) => most(limit.tokensPerMinute) },
  { id: 'at', header: 'At the same time', numeric: true, cell: (limit) => most(limit.concurrentCalls) },
]
