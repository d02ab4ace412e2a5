import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { budgetList } from '../../../src/contract/budgets.ts'
import { environmentCredentialList, MOST_BINDINGS } from '../../../src/contract/environment-credentials.ts'
import type { environmentList } from '../../../src/contract/environments.ts'
import { keyList } from '../../../src/contract/keys.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { usageReport } from '../../../src/contract/usage.ts'
import { WINDOW_WORDS } from '../../../src/domain/budget.ts'
import type { Permission } from '../../../src/domain/permission.ts'
import { q } from '../../api.ts'
import { count, usd } from '../../format.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { panel } from '../../ui/later.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { EnvironmentBadge, Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import type { Verdict } from '../../viewer.ts'
import teams from '../teams/teams.module.css'
import classes from './projects.module.css'

const BindCredentials = panel(async () => (await import('./BindCredentials.tsx')).BindCredentials)
const EnvironmentSettings = panel(async () => (await import('./EnvironmentSettings.tsx')).EnvironmentSettings)

export type Environment = Output<typeof environmentList>['data'][number]

const MOST_KEYS = 200

type Props = {
  environment: Environment
  can: (permission: Permission, id: string) => Verdict
  /** Of this month. Undefined while it is not known, null for nothing. */
  spend: Output<typeof usageReport>['data'][number] | null | undefined
}

/** One environment: what it may call with, who calls, and what it has spent. */
export function EnvironmentCard({ environment, can, spend }: Props) {
  const { id, name, kind, archivedAt } = environment
  const [open, setOpen] = useState<'credentials' | 'settings' | null>(null)
  const bound = useQuery(
    q(environmentCredentialList, { params: { environmentId: id }, query: { limit: MOST_BINDINGS } }),
  )
  const keys = useQuery(q(keyList, { query: { environmentId: id, state: 'active', limit: MOST_KEYS } }))
  const budgets = useQuery(q(budgetList, { query: { scopeType: 'environment', scopeId: id } }))
  const own = budgets.data?.data.filter(({ memberOf }) => memberOf === null) ?? []
  return (
    <article className={`${classes.environment} ${classes[kind]}`} aria-label={`${name}, ${kind}`}>
      <div className={classes.head}>
        <h3>{name}</h3>
        <span className={teams.acts}>
          {archivedAt !== null && <Status tone="warn">archived</Status>}
          <EnvironmentBadge kind={kind} />
        </span>
      </div>
      <dl className={classes.facts}>
        <dt>Active keys</dt>
        <dd>
          <To to="/keys" search={{ project: environment.projectId, kind }}>
            {keys.data
              ? `${count(keys.data.data.length)}${keys.data.nextCursor === null ? '' : ' and more'}`
              : '–'}
          </To>
        </dd>
        <dt>Calls this month</dt>
        <dd>{spend === undefined ? '–' : count(spend?.calls ?? 0)}</dd>
        <dt>Spent this month</dt>
        <dd>{spend === undefined ? '–' : usd(spend?.costUsd ?? '0')}</dd>
      </dl>
      {bound.data?.data.length === 0 && (
        <div className={classes.warning}>
          <TriangleAlert size={15} aria-hidden />
          <span>No credential is bound: its keys can call nothing.</span>
        </div>
      )}
      {bound.data && bound.data.data.length > 0 && (
        <div>
          <span className="muted">Calls with</span>
          <ul className={classes.list}>
            {bound.data.data.map(({ credentialId, name, providerName }) => (
              <li key={credentialId}>
                {providerName}/{name}
              </li>
            ))}
          </ul>
        </div>
      )}
      {own.map(({ id, name, period, window }) => (
        <div key={id}>
          <To to="/budgets/$budgetId" params={{ budgetId: id }}>
            {name}
          </To>{' '}
          <span className="muted">{WINDOW_WORDS[period]}</span>
          <Meter label={`Spent of ${name}`} used={window.spentUsd} limit={window.limitUsd} />
        </div>
      ))}
      <div className={teams.acts}>
        <ActButton
          size="xs"
          variant="default"
          can={can('credential:update', id)}
          onClick={() => setOpen('credentials')}
        >
          Credentials<span className="unseen"> of {name}</span>
        </ActButton>
        <ActButton
          size="xs"
          variant="default"
          can={can('environment:update', id)}
          onClick={() => setOpen('settings')}
        >
          Settings<span className="unseen"> of {name}</span>
        </ActButton>
      </div>
      {open === 'credentials' && bound.data && (
        <BindCredentials environment={environment} bindings={bound.data} onClose={() => setOpen(null)} />
      )}
      {open === 'settings' && <EnvironmentSettings environment={environment} onClose={() => setOpen(null)} />}
    </article>
  )
}
