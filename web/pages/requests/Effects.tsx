import type { ReactNode } from 'react'
import { count, moment, usd } from '../../format.ts'
import { useNames } from '../../names.ts'
import { To } from '../../ui/To.tsx'
import classes from './requests.module.css'
import type { Request } from './words.ts'

type Effect = NonNullable<Request['effects']>[number]

/** What an approval did, each with a link to where it is seen. */
export function Effects({ request, own }: { request: Request; own: boolean }) {
  const effects = request.effects ?? []
  const nameOf = useNames([
    request.requesterId,
    request.teamId,
    request.projectId,
    ...effects.flatMap(({ type, id }) => (type === 'key' || type === 'expiry' ? [id] : [])),
  ])
  const place = nameOf(request.projectId ?? request.teamId)
  const said: { [Type in Effect['type']]: (effect: Extract<Effect, { type: Type }>) => ReactNode } = {
    grant: () => (
      <>
        A role of {request.requester.name} in{' '}
        {request.projectId === null ? (
          <To to="/teams/$teamId" params={{ teamId: request.teamId }}>
            {place}
          </To>
        ) : (
          <To to="/projects/$projectId" params={{ projectId: request.projectId }}>
            {place}
          </To>
        )}
        .
      </>
    ),
    key: ({ id, deliveryId }) => (
      <>
        The key{' '}
        <To to="/keys/$keyId" params={{ keyId: id }}>
          {nameOf(id)}
        </To>
        .{' '}
        {own && request.state === 'approved' && (
          <To to="/my-keys" search={{ delivery: deliveryId }}>
            Open its secret, once
          </To>
        )}
      </>
    ),
    allowance: () => <>Models beside those that the rules allow in {place}.</>,
    raise: ({ budgetId, addedUsd }) => (
      <>
        {usd(addedUsd)} more for{' '}
        <To to="/budgets/$budgetId" params={{ budgetId }}>
          the budget
        </To>
        .
      </>
    ),
    budget: ({ id, addedUsd }) => (
      <>
        {usd(addedUsd)} more for{' '}
        <To to="/budgets/$budgetId" params={{ budgetId: id }}>
          the budget
        </To>
        .
      </>
    ),
    rate: ({ requestsPerMinute, tokensPerMinute }) => (
      <>
        {count(requestsPerMinute)} calls and {count(tokensPerMinute)} tokens a minute more.
      </>
    ),
    expiry: ({ id, before, after }) => (
      <>
        The key{' '}
        <To to="/keys/$keyId" params={{ keyId: id }}>
          {nameOf(id)}
        </To>{' '}
        ends on {moment(after)} instead of {moment(before)}.
      </>
    ),
  }
  return (
    <ul className={classes.points}>
      {effects.map((effect) => (
        <li key={effect.id}>
          {/* Each is given its own kind. */}
          <span>{said[effect.type](effect as never)}</span>
        </li>
      ))}
    </ul>
  )
}
