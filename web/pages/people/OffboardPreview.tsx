import type { userReach } from '../../../src/contract/offboarding.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { Card } from '../../ui/Page.tsx'
import { Time } from '../../ui/Time.tsx'
import teams from '../teams/teams.module.css'

const MOST_NAMED = 10

/** What ends, what passes on, and what somebody has to replace afterwards. */
export function OffboardPreview({
  reach,
  keys,
}: {
  reach: Output<typeof userReach>
  keys: 'revoke' | 'transfer'
}) {
  const tokens = reach.tokens.filter(({ revokedAt }) => revokedAt === null)
  const known = reach.credentials.filter(({ rotate }) => rotate)
  return (
    <Card className={teams.effect ?? ''}>
      <strong>Ends at once</strong>
      <ul className={teams.lines}>
        <li>Roles: {reach.grants.length}</li>
        <li>Sessions: {reach.sessions.length}</li>
        <li>API tokens: {tokens.length}</li>
        {keys === 'revoke' && <Keys reach={reach} />}
      </ul>
      <p>
        <strong>Passes on</strong>
      </p>
      <ul className={teams.lines}>
        <li>
          Programs: {reach.serviceAccounts.length}
          {reach.serviceAccounts.length > 0 &&
            ` (${reach.serviceAccounts
              .slice(0, MOST_NAMED)
              .map(({ name }) => name)
              .join(', ')})`}
        </li>
        {keys === 'transfer' && <Keys reach={reach} />}
      </ul>
      {known.length > 0 && (
        <p>
          To be replaced afterwards, since they may know the secret:{' '}
          {known.map(({ name, providerName }) => `${providerName}/${name}`).join(', ')}.
        </p>
      )}
    </Card>
  )
}

function Keys({ reach }: { reach: Output<typeof userReach> }) {
  return (
    <li>
      Keys: {reach.keys.length}
      {reach.keys.length > 0 && (
        <ul>
          {reach.keys.slice(0, MOST_NAMED).map(({ id, name, lastUsedAt }) => (
            <li key={id}>
              {name}{' '}
              <span className="muted">
                last used <Time at={lastUsedAt} />
              </span>
            </li>
          ))}
          {reach.keys.length > MOST_NAMED && <li>and {reach.keys.length - MOST_NAMED} more</li>}
        </ul>
      )}
    </li>
  )
}
