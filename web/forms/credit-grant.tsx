import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { creditGrant } from '../../src/contract/credits.ts'
import { parseUsd } from '../../src/domain/money.ts'
import type { Scope, ScopeType } from '../../src/domain/scope.ts'
import { useAct } from '../api.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { fieldErrors } from './field-errors.ts'
import { UntilInput, UsdInput } from './fields.tsx'
import { isChosen, ScopePicker } from './ScopePicker.tsx'

/** Grants money that is spent once, to `scope` or to whatever is chosen; mount it when it is opened. */
export function CreditGrant({ scope: given, onClose }: { scope?: Scope; onClose: () => void }) {
  const grant = useAct(creditGrant)
  const [scope, setScope] = useState<{ type: ScopeType; id: string | null }>(
    given ?? { type: 'user', id: null },
  )
  const [amountUsd, setAmountUsd] = useState('')
  const [expiresAt, setExpiresAt] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const { at, other } = fieldErrors(grant.error, ['amountUsd', 'expiresAt', 'reason'])
  const submit = () => {
    if (!isChosen(scope)) return
    const body = { scope, amountUsd, reason: reason.trim(), ...(expiresAt === null ? {} : { expiresAt }) }
    grant.mutate(
      { input: { body } },
      {
        onSuccess: () => {
          toast('The credit was granted.')
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
      error={other}
      disabled={!isChosen(scope) || parseUsd(amountUsd) === null || reason.trim() === ''}
      onSubmit={submit}
    >
      <div className="muted">
        Money that is spent once. As soon as there is an account of credits, calls there are paid from it:
        when it is empty, they are refused.
      </div>
      {given === undefined && <ScopePicker value={scope} onChange={setScope} />}
      <UsdInput
        label="Amount"
        description="Of several credits, the one that ends first is spent first."
        value={amountUsd}
        error={at('amountUsd')}
        onChange={setAmountUsd}
      />
      <UntilInput
        label="What is not spent lapses"
        days={[7, 30, 90, 365]}
        never="Never"
        value={expiresAt}
        error={at('expiresAt')}
        onChange={setExpiresAt}
      />
      <Textarea
        label="Reason"
        description="It is shown beside the credit and kept in the audit log."
        placeholder="Trial"
        required
        autosize
        maxLength={500}
        value={reason}
        error={at('reason')}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </FormPanel>
  )
}
