import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { budgetView } from '../../../src/contract/budgets.ts'
import { keyView } from '../../../src/contract/keys.ts'
import { rateLimitView } from '../../../src/contract/rate-limits.ts'
import { q } from '../../api.ts'
import { count, moment, percent, usd } from '../../format.ts'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import classes from './requests.module.css'
import { type Request, termsInForce } from './words.ts'

/** What an approver should have thought of: how far it reaches, and how much more it is than there is now. */
export function WhatItChanges({ request }: { request: Request }) {
  const { kind, production, until } = request
  const { role, models } = termsInForce(request)
  return (
    <ul className={classes.points}>
      {production && (
        <Point warn>
          It reaches production. That takes a person who may decide there, signed in with a second factor
          where that is asked.
        </Point>
      )}
      {kind === 'budget' && <MoreBudget request={request} />}
      {kind === 'rate' && <MoreRate request={request} />}
      {kind === 'expiry' && <LongerLife request={request} />}
      {kind === 'key' && <Point>A new key, whose secret only who asked can open.</Point>}
      {role === 'builder' && <Point warn>A builder creates keys and programs there.</Point>}
      {role === 'viewer' && <Point>A viewer sees what is there and uses keys; it creates none.</Point>}
      {models?.some((model) => model.includes('*')) && (
        <Point warn>A name with * also means models that come later, whatever they cost.</Point>
      )}
      {until === null ? (
        <Point warn>It has no end: it stays until somebody takes it back.</Point>
      ) : (
        <Point>It ends by itself on {moment(until)}.</Point>
      )}
    </ul>
  )
}

function Point({ warn = false, children }: { warn?: boolean; children: ReactNode }) {
  return (
    <li>
      {warn && <Status tone="warn">look at this</Status>}
      <span>{children}</span>
    </li>
  )
}

const MUCH_MORE = 0.5

function MoreBudget({ request }: { request: Request }) {
  const budgetId = request.targetId
  const { data: budget } = useQuery({ ...q(budgetView, { params: { budgetId } }), retry: false })
  const { addUsd = '0' } = termsInForce(request)
  if (!budget) return null
  // For the share alone: amounts themselves are shown as the API writes them.
  const share = Number(addUsd) / Number(budget.limitUsd)
  return (
    <Point warn={share >= MUCH_MORE}>
      {usd(addUsd)} more is {percent(share)} of the limit of{' '}
      <To to="/budgets/$budgetId" params={{ budgetId }}>
        {budget.name}
      </To>
      , which is {usd(budget.limitUsd)}. Of its current window {usd(budget.window.spentUsd)} is spent.
    </Point>
  )
}

function MoreRate({ request }: { request: Request }) {
  const { data } = useQuery({
    ...q(rateLimitView, { params: { rateLimitId: request.targetId } }),
    retry: false,
  })
  const { addRequestsPerMinute: calls, addTokensPerMinute: tokens } = termsInForce(request)
  if (!data) return null
  const parts = [
    more(data.requestsPerMinute, calls, 'calls'),
    more(data.tokensPerMinute, tokens, 'tokens'),
  ].filter((part) => part !== null)
  return parts.length === 0 ? null : <Point>{parts.join(' ')}</Point>
}

function more(now: number | null, added: number | undefined, what: string): string | null {
  if (added === undefined) return null
  if (now === null) return `There is no limit of ${what} to raise.`
  return `From ${count(now)} to ${count(now + added)} ${what} a minute.`
}

function LongerLife({ request }: { request: Request }) {
  const { data: key } = useQuery({ ...q(keyView, { params: { keyId: request.targetId } }), retry: false })
  if (!key) return null
  const ends = key.expiresAt === null ? 'has no end now' : `ends on ${moment(key.expiresAt)} now`
  return (
    <Point>
      The key{' '}
      <To to="/keys/$keyId" params={{ keyId: key.id }}>
        {key.name}
      </To>{' '}
      {ends}.
    </Point>
  )
}
