import { ago, count, countShort } from '../../format.ts'
import { useAddress } from '../../search.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { ageOf, type Credential, dueWords, type Provider, stateOf } from './health.ts'
import classes from './Providers.module.css'

/** The credentials of one provider. Each opens beside the page. */
export function Credentials({ provider, credentials }: { provider: Provider; credentials: Credential[] }) {
  const demo = provider.kind === 'demo'
  const columns: Column<Credential>[] = [
    {
      id: 'name',
      header: 'Credential',
      title: true,
      cell: (credential) => <Name credential={credential} />,
    },
    {
      id: 'state',
      header: 'State',
      cell: (credential) => <CredentialState credential={credential} />,
    },
    {
      id: 'secret',
      header: 'Secret',
      cell: (credential) =>
        demo ? <span className="muted">none needed</span> : <Age credential={credential} />,
    },
    {
      id: 'left',
      header: 'Left at the provider',
      cell: (credential) =>
        demo ? <span className="muted">no limit</span> : <Left credential={credential} />,
    },
    {
      id: 'called',
      header: 'Last call',
      cell: ({ health: { calledAt, failed } }) => (
        <div>
          <Time at={calledAt} />
          {failed && (
            <div className={classes.note}>
              error {failed.status} {ago(failed.at)}
            </div>
          )}
        </div>
      ),
    },
    {
      id: 'environments',
      header: 'Environments',
      numeric: true,
      cell: ({ environmentIds }) =>
        environmentIds.length === 0 ? <span className="muted">none</span> : count(environmentIds.length),
    },
    { id: 'weight', header: 'Weight', numeric: true, cell: ({ weight }) => count(weight) },
  ]
  return (
    <div className={classes.group}>
      <DataTable
        label={`Credentials of ${provider.name}`}
        rows={credentials}
        columns={columns}
        rowId={({ id }) => id}
      />
    </div>
  )
}

function Name({ credential: { id, name, hint } }: { credential: Credential }) {
  const [, setAddress] = useAddress()
  return (
    <div>
      <button type="button" className={classes.open} onClick={() => setAddress({ credential: id }, false)}>
        {name}
      </button>
      <div className={`${classes.note} mono`}>{hint}</div>
    </div>
  )
}

export function CredentialState({ credential }: { credential: Credential }) {
  const { tone, text, paused = false } = stateOf(credential)
  return (
    <Status tone={tone} paused={paused}>
      {text}
    </Status>
  )
}

export function Age({ credential }: { credential: Credential }) {
  const age = ageOf(credential, Date.now())
  const [old, due] = dueWords(age)
  return (
    <div>
      {old}
      <div className={classes.note}>
        {age.tone === 'quiet' ? due : <Status tone={age.tone}>{due}</Status>}
      </div>
    </div>
  )
}

export const LIMIT_WORDS = {
  requests: 'calls',
  tokens: 'tokens',
  inputTokens: 'input tokens',
  outputTokens: 'output tokens',
}

function Left({ credential: { health } }: { credential: Credential }) {
  if (health.limits === null) return <span className="muted">not said yet</span>
  return (
    <div>
      {health.limits.data.map(({ what, remaining, limit }) => (
        <div key={what}>
          {countShort(remaining)}
          {limit !== null && <span className="muted"> of {countShort(limit)}</span>} {LIMIT_WORDS[what]}
        </div>
      ))}
      <div className={classes.note}>as said {ago(health.limits.at)}</div>
    </div>
  )
}
