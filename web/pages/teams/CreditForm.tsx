import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { creditGrant } from '../../../src/contract/credits.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { useAct } from '../../api.ts'
import { toast } from '../../ui/announce.tsx'
import { FormPanel } from '../../ui/FormPanel.tsx'
import { endOfDay } from './RoleFields.tsx'

/** Grants money that is spent once. */
export function CreditForm({ scope, onClose }: { scope: Scope; onClose: () => void }) {
  const [amountUsd, setAmount] = useState('')
  const [until, setUntil] = useState('')
  const [reason, setReason] = useState('')
  const grant = useAct(creditGrant)
  const submit = () => {
    const end = endOfDay(until)
    grant.mutate(
      { input: { body: { scope, amountUsd, reason: reason.trim(), ...(end ? { expiresAt: end } : {}) } } },
      {
        onSuccess: () => {
          toast('The credit is granted.')
          onClose()
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Grant a credit"
      act="Grant"
      pending={grant.isPending}
      error={grant.error}
      disabled={amountUsd === '' || reason.trim() === ''}
      onSubmit={submit}
    >
      <div className="muted">
        Money that is spent once. As soon as there is an account of credits here, calls are paid from it: when
        it is empty, they are refused.
      </div>
      <TextInput
        label="Amount, in USD"
        required
        inputMode="decimal"
        value={amountUsd}
        onChange={(event) => setAmount(event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label="Lapses after"
        description="What is not spent by the end of that day is gone. Empty: it does not lapse."
        value={until}
        onChange={(event) => setUntil(event.currentTarget.value)}
      />
      <TextInput
        label="What it is for"
        required
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </FormPanel>
  )
}
