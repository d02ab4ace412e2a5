import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { budgetDelete, budgetForecast, budgetView } from '../../src/contract/budgets.ts'
import { q, useAct } from '../api.ts'
import { ago, day, usd } from '../format.ts'
import { BudgetEdit, BudgetRaise, ConfirmDialog } from '../forms/panels.ts'
import { useNames } from '../names.ts'
import { levelWord, ScopeLink, useScopeNames } from '../scopes.tsx'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { toast } from '../ui/announce.tsx'
import { Details } from '../ui/Details.tsx'
import { Card, Page, Section } from '../ui/Page.tsx'
import { Empty, Region } from '../ui/Region.tsx'
import { Stat, Stats } from '../ui/Stat.tsx'
import { To, useGo } from '../ui/To.tsx'
import { useCan } from '../viewer.ts'
import { Alerts } from './budgets/AlertsTab.tsx'
import { BudgetState } from './budgets/BudgetsTab.tsx'
import { Burn } from './budgets/Burn.tsx'
import { History } from './budgets/History.tsx'
import { Members } from './budgets/Members.tsx'
import { Raises } from './budgets/Raises.tsx'
import { type Budget, linesOf, periodWords, sentenceOf } from './budgets/standing.ts'
import { UsedBy } from './budgets/UsedBy.tsx'

const ABOVE = [{ title: 'Budgets and alerts', to: '/budgets' as const }]

export default function BudgetPage() {
  const { budgetId = '' } = useParams({ strict: false })
  const budget = useQuery(q(budgetView, { params: { budgetId } }))
  if (budget.data) return <Shown budget={budget.data} />
  return (
    <Page title="Budget" passing above={ABOVE}>
      <Region of={budget} rows={10}>
        {() => null}
      </Region>
    </Page>
  )
}

function Shown({ budget }: { budget: Budget }) {
  const [address, setAddress] = useAddress()
  const [deleting, setDeleting] = useState(false)
  const { scope } = budget
  const verdict = useCan([scope])
  const can = verdict('budget:update', scope.id)
  const forecast = useQuery(q(budgetForecast, { params: { budgetId: budget.id } }))
  const pace = forecast.data?.pace ?? null
  const close = () => setAddress({ do: undefined })
  const usage = verdict('usage:read', scope.id) === true
  return (
    <Page
      title={budget.name}
      above={ABOVE}
      badge={<BudgetState budget={budget} />}
      lead={sentenceOf(budget, pace)}
      actions={
        <>
          {!budget.perMember && budget.period !== 'credits' && (
            <ActButton can={can} onClick={() => setAddress({ do: 'raise' }, false)}>
              Raise for a while
            </ActButton>
          )}
          <ActButton variant="default" can={can} onClick={() => setAddress({ do: 'edit' }, false)}>
            Change
          </ActButton>
          {budget.memberOf === null && (
            <ActButton variant="default" can={can} onClick={() => setDeleting(true)}>
              Delete
            </ActButton>
          )}
        </>
      }
    >
      {!budget.perMember && <Figures budget={budget} />}
      {budget.perMember && <Members budget={budget} can={can} />}
      {usage && !budget.perMember && (
        <Section title="How it is spent">
          <Burn budget={budget} pace={pace} />
        </Section>
      )}
      {usage && <UsedBy budget={budget} />}
      <Raises budget={budget} can={can} />
      <Rules budget={budget} />
      {!budget.perMember && (
        <Section title="Alerts">
          <Alerts
            filter={{ budgetId: budget.id }}
            empty={
              <Empty title="No alerts">
                <p>It has reached none of its thresholds.</p>
              </Empty>
            }
          />
        </Section>
      )}
      {verdict('audit:read', scope.id) === true && <History targetId={budget.id} />}
      {address.do === 'edit' && <BudgetEdit budget={budget} onClose={close} />}
      {address.do === 'raise' && <BudgetRaise budget={budget} onClose={close} />}
      <Delete budget={budget} opened={deleting} onClose={() => setDeleting(false)} />
    </Page>
  )
}

function Figures({ budget }: { budget: Budget }) {
  const { window, timeZone, period } = budget
  const raised = budget.raises.length > 0 ? ', raises included' : ''
  return (
    <Stats>
      <Stat label="Left" value={usd(window.remainingUsd)} note={`of ${usd(window.limitUsd)}${raised}`} />
      <Stat
        label="Spent"
        value={usd(window.spentUsd)}
        note={window.startedAt ? `since ${day(window.startedAt, timeZone)}` : 'in total'}
      />
      <Stat label="Set aside" value={usd(window.leasedUsd)} note="by gateways, for calls under way" />
      {window.resetsAt ? (
        <Stat
          label={period === 'rolling_24h' ? 'Some comes back' : 'Starts anew'}
          value={ago(window.resetsAt)}
          note={`${day(window.resetsAt, timeZone)}, ${timeZone}`}
        />
      ) : (
        <Stat
          label="Starts anew"
          value="never"
          note={period === 'credits' ? 'credits add to it' : 'it is a total'}
        />
      )}
    </Stats>
  )
}

/** What it says, in words. */
function Rules({ budget }: { budget: Budget }) {
  const { scope, kind, onShort, providerId, modelPattern, perMember, memberOf, userId } = budget
  const scopeName = useScopeNames([scope])
  const nameOf = useNames([providerId, userId])
  const only = [providerId && `to ${nameOf(providerId)}`, modelPattern && `of models ${modelPattern}`]
  const facts: [string, React.ReactNode][] = [
    [
      'Whose',
      <>
        the {levelWord(scope.type)} <ScopeLink scope={scope} name={scopeName(scope)} />
        {memberOf && (
          <>
            , for {nameOf(userId)} as a part of{' '}
            <To to="/budgets/$budgetId" params={{ budgetId: memberOf }}>
              the budget for each member
            </To>
          </>
        )}
      </>,
    ],
    ['Limit', `${usd(budget.limitUsd)} ${periodWords(budget)}${perMember ? ', for each member' : ''}`],
    [
      'When it is spent',
      kind === 'soft'
        ? 'it warns, and calls go on'
        : `calls are refused; with little left, ${onShort === 'clamp' ? 'their output is cut to it' : 'they are refused, too'}`,
    ],
    ['Before that', linesOf(budget).join('; ')],
    [
      'Counts',
      only.filter(Boolean).length === 0 ? 'all calls there' : `only calls ${only.filter(Boolean).join(' ')}`,
    ],
  ]
  return (
    <Section title="What it says">
      <Card>
        <Details of={facts} />
      </Card>
    </Section>
  )
}

function Delete({ budget, opened, onClose }: { budget: Budget; opened: boolean; onClose: () => void }) {
  const remove = useAct(budgetDelete)
  const go = useGo()
  const spent = Number(budget.window.spentUsd) > 0
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Delete ${budget.name}?`}
      act="Delete budget"
      danger
      {...(spent || budget.perMember ? { typed: budget.name } : {})}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate(
          { input: { params: { budgetId: budget.id } }, ifMatch: budget.version },
          {
            onSuccess: () => {
              toast(`${budget.name} was deleted.`)
              go({ to: '/budgets' })
            },
          },
        )
      }
    >
      <p>
        Within two seconds its calls are held by the other budgets alone.
        {budget.kind === 'hard' &&
          ` What is left of it, ${usd(budget.window.remainingUsd)}, is no longer the most they may spend.`}
        {budget.perMember && ' The parts of all members end with it, their own limits included.'}
        {budget.period === 'credits' && ' All that is in the account is closed with it.'}
      </p>
      <p>
        What it counted stays in the usage, its alerts in the list. To have it back, make a new one; that
        begins at nothing spent.
      </p>
    </ConfirmDialog>
  )
}
