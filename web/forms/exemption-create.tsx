import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { exemptionCreate } from '../../src/contract/exemptions.ts'
import { useAct } from '../api.ts'
import type { Standing } from '../pages/documents/WhoHasRead.tsx'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { MomentInput } from '../ui/MomentInput.tsx'

/** Excuses somebody from a document, and says why. */
export function ExemptionCreate({ standing, onClose }: { standing: Standing; onClose: () => void }) {
  const { documentId, documentTitle, userId, user } = standing
  const act = useAct(exemptionCreate)
  const [reason, setReason] = useState('')
  const [until, setUntil] = useState('')
  const submit = () =>
    act.mutate(
      { input: { body: { documentId, userId, reason, ...(until === '' ? {} : { until }) } } },
      {
        onSuccess: () => {
          toast(`${user.name} is excused.`)
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Excuse ${user.name}`}
      act="Excuse"
      pending={act.isPending}
      error={act.error}
      onSubmit={submit}
    >
      <div>From “{documentTitle}”: their keys no longer depend on it.</div>
      <Textarea
        label="Why"
        description="Kept in the audit log."
        required
        autosize
        minRows={2}
        maxLength={500}
        value={reason}
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
      />
      <MomentInput
        label="Until"
        description="Empty: for good."
        min={new Date().toISOString()}
        value={until}
        onChange={setUntil}
      />
    </FormPanel>
  )
}
