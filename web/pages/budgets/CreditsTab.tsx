import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { z } from 'zod'
import { type Credit as CreditSchema, creditEnd, creditList } from '../../../src/contract/credits.ts'
import { pages, useAct } from '../../api.ts'
import { usd } from '../../format.ts'
import { ConfirmDialog, CreditGrant } from '../../forms/panels.ts'
import { ScopeLink, useScopeNames } from '../../scopes.tsx'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { ChoiceFilter, Filters, NothingMatches } from '../../ui/Filters.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import { useCan, useViewer } from '../../viewer.ts'
import classes from './Budgets.module.css'

type Credit = z.output<typeof CreditSchema>

const SOON_MS = 14 * 86_400_000
const COMMAND =
  'claviger credit grant --scope user:ada@example.com --amount-usd 5 --expires 90d --reason trial'
const STATES = ['active', 'soon', 'lapsed', 'ended'] as const
const STATE_TEXT = { active: 'active', soon: 'ends soon', lapsed: 'lapsed', ended: 'taken back' }

/** Money that is spent once: who has it, what is left, and what will lapse. */
export function CreditsTab() {
  const [address, setAddress] = useAddress()
  const { somewhere } = useViewer()
  const credits = useInfiniteQuery(pages(creditList, { query: { limit: 200 } }))
  const [ending, setEnding] = useState<Credit | null>(null)
  const rows = credits.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useScopeNames(rows.map(({ scope }) => scope))
  const can = useCan(distinct(rows.map(({ scope }) => scope)))
  const shown = rows.filter((credit) => !address.state || stateOf(credit) === address.state).reverse()
  return (
    <>
      <Filters>
        <ChoiceFilter
          name="state"
          label="State"
          all="Any state"
          choices={STATES.map((state) => ({ value: state, label: STATE_TEXT[state] }))}
        />
        <ActButton
          variant="default"
          can={somewhere('budget:create') || { reason: 'You may grant credits nowhere.' }}
          onClick={() => setAddress({ new: 'credit' }, false)}
        >
          Grant a credit
        </ActButton>
      </Filters>
      <Region of={credits}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No credits yet">
              <p>
                A credit is an amount that is spent once, until a date or for good: a trial, or what was
                prepaid.
              </p>
              <p>
                <code>{COMMAND}</code> <CopyButton value={COMMAND} label="Copy the command" />
              </p>
            </Empty>
          ) : shown.length === 0 ? (
            <NothingMatches what="credits" names={['state']} words={{ state: STATE_TEXT }} />
          ) : (
            <DataTable
              label="Credits"
              rows={shown}
              columns={columnsOf(nameOf)}
              rowId={({ id }) => id}
              actions={(credit) =>
                credit.state === 'active' && (
                  <ActButton
                    size="compact-sm"
                    variant="default"
                    can={can('budget:update', credit.scope.id)}
                    onClick={() => setEnding(credit)}
                  >
                    Take back
                  </ActButton>
                )
              }
              more={moreOf(credits)}
            />
          )
        }
      </Region>
      {address.new === 'credit' && <CreditGrant onClose={() => setAddress({ new: undefined })} />}
      <End credit={ending} name={ending ? nameOf(ending.scope) : ''} onClose={() => setEnding(null)} />
    </>
  )
}

function columnsOf(nameOf: ReturnType<typeof useScopeNames>): Column<Credit>[] {
  return [
    {
      id: 'scope',
      header: 'Whose',
      title: true,
      sort: ({ scope }) => nameOf(scope).toLowerCase(),
      cell: ({ scope, reason, budgetId }) => (
        <div className={classes.pair}>
          <ScopeLink scope={scope} name={nameOf(scope)} />
          <div className={classes.note}>
            {reason} ·{' '}
            <To to="/budgets/$budgetId" params={{ budgetId }}>
              account
            </To>
          </div>
        </div>
      ),
    },
    {
      id: 'spent',
      header: 'Spent',
      sort: ({ usedUsd }) => Number(usedUsd),
      cell: ({ usedUsd, amountUsd, reason }) => (
        <Meter used={usedUsd} limit={amountUsd} label={`Spent of ${reason}`} />
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
      id: 'ends',
      header: 'Ends',
      sort: ({ expiresAt }) => expiresAt ?? '9',
      cell: ({ expiresAt, overAt }) => <Time at={overAt ?? expiresAt} />,
    },
    { id: 'state', header: 'State', cell: (credit) => <CreditState credit={credit} /> },
    {
      id: 'granted',
      header: 'Granted',
      sort: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
  ]
}

function stateOf({ state, expiresAt }: Credit): (typeof STATES)[number] {
  const soon = expiresAt !== null && Date.parse(expiresAt) - Date.now() < SOON_MS
  return state === 'active' && soon ? 'soon' : state
}

function CreditState({ credit }: { credit: Credit }) {
  const state = stateOf(credit)
  const tone = { active: 'good', soon: 'warn', lapsed: 'quiet', ended: 'quiet' } as const
  return <Status tone={tone[state]}>{STATE_TEXT[state]}</Status>
}

function End({ credit, name, onClose }: { credit: Credit | null; name: string; onClose: () => void }) {
  const end = useAct(creditEnd)
  return (
    <ConfirmDialog
      opened={credit !== null}
      onClose={onClose}
      title={`Take back what is left for ${name}?`}
      act="Take back"
      danger
      reason="required"
      pending={end.isPending}
      error={end.error}
      onConfirm={(reason) => {
        if (credit === null) return
        const input = { params: { creditId: credit.id }, body: { reason } }
        end.mutate(
          { input },
          {
            onSuccess: () => {
              toast('The credit was taken back.')
              onClose()
            },
          },
        )
      }}
    >
      {credit && (
        <p>
          {usd(credit.remainingUsd)} leave the account at once. The {usd(credit.usedUsd)} that are spent stay
          spent. It cannot be undone; you can grant a new credit.
        </p>
      )}
    </ConfirmDialog>
  )
}

function distinct<Thing extends { id: string }>(things: Thing[]): Thing[] {
  return [...new Map(things.map((thing) => [thing.id, thing])).values()]
}
