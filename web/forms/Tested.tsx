import { useState } from 'react'
import type { credentialTest } from '../../src/contract/credentials.ts'
import type { Output } from '../../src/contract/operation.ts'
import { duration } from '../format.ts'
import type { Credential } from '../pages/providers/health.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Status } from '../ui/Status.tsx'
import { useBind } from './bind.ts'
import { EnvironmentChoice } from './EnvironmentChoice.tsx'
import classes from './Tested.module.css'

type Outcome = Output<typeof credentialTest>

/** What came of the test of a secret, and what the provider itself said when it refused. */
export function TestOutcome({ outcome }: { outcome: Outcome }) {
  const { works, status, detail, said, durationMs } = outcome
  return (
    <div role="status" className={classes.outcome}>
      <div>
        <Status tone={works ? 'good' : 'bad'}>{works ? 'works' : 'does not work'}</Status> {detail}{' '}
        <span className="muted">
          {status === null ? '' : `Status ${status}, `}
          {duration(durationMs)}
        </span>
      </div>
      {said !== null && (
        <figure className={classes.said}>
          <figcaption>In the provider’s own words</figcaption>
          <blockquote>{said}</blockquote>
        </figure>
      )}
    </div>
  )
}

/** After a secret was stored and tested: who may use it. */
export function Tested({
  credential,
  outcome,
  onClose,
}: {
  credential: Credential
  /** Null when it could not be tested. */
  outcome: Outcome | null
  onClose: () => void
}) {
  const { bind, error } = useBind()
  const [chosen, setChosen] = useState(credential.environmentIds)
  const [pending, setPending] = useState(false)
  const submit = async () => {
    setPending(true)
    try {
      await bind(credential.id, credential.environmentIds, chosen)
      toast(
        chosen.length === 0
          ? 'It is stored. No environment uses it yet.'
          : 'Its environments use it within two seconds.',
      )
      onClose()
    } catch {
      // `error` says why, in the form.
    } finally {
      setPending(false)
    }
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`${credential.name} is stored`}
      act={chosen.length === 0 ? 'Done' : 'Let them use it'}
      pending={pending}
      error={error}
      onSubmit={submit}
    >
      {outcome ? <TestOutcome outcome={outcome} /> : <p className="muted">It was not tested.</p>}
      <EnvironmentChoice value={chosen} onChange={setChosen} />
    </FormPanel>
  )
}
