import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { findingResolve } from '../../src/contract/findings.ts'
import { useAct } from '../api.ts'
import type { Finding } from '../pages/findings/kinds.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'

/** Says that a finding was seen to, and how. */
export function FindingResolve({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const act = useAct(findingResolve)
  const [resolution, setResolution] = useState('')
  const submit = () =>
    act.mutate(
      { input: { params: { findingId: finding.id }, body: { resolution } } },
      {
        onSuccess: () => {
          toast('Resolved. If it is seen again, a new finding is opened.')
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Resolve the finding"
      act="Resolve"
      pending={act.isPending}
      error={act.error}
      onSubmit={submit}
    >
      <Textarea
        label="How was it seen to?"
        description="Kept with the finding and in the audit log."
        placeholder="Rotated the key"
        required
        autosize
        minRows={3}
        maxLength={1000}
        value={resolution}
        onChange={({ currentTarget }) => setResolution(currentTarget.value)}
      />
    </FormPanel>
  )
}
