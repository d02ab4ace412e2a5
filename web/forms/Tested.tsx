import { useState } from 'react'
import type { Credential } from '../pages/providers/health.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { useBind } from './bind.ts'
import { EnvironmentChoice } from './EnvironmentChoice.tsx'
import { type Outcome, TestOutcome } from './TestOutcome.tsx'

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
