import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { creditGrant } from '../../src/contract/credits.ts'
import type { ScopeType } from '../../src/domain/scope.ts'
import { useAct } from '../api.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { UntilInput, UsdInput } from './fields.tsx'
import { isChosen, ScopePicker } from './ScopePicker.tsx'

type Value = {
  scope: { type: ScopeType; id: string | null }
  amountUsd: string
  expiresAt: string | null
  reason: string
}

const BLANK: Value = { scope: { type: 'user', id: null }, amountUsd: '', expiresAt: null, reason: '' }

/** Grants money that is spent once. */
export function CreditGrant({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const grant = useAct(creditGrant)
  const [value, setValue] = useState(BLANK)
  const { scope, amountUsd, expiresAt, reason } = value
  const close = () => {
    setValue(BLANK)
    grant.reset()
    onClose()
  }
  const submit = () => {
    if (!isChosen(scope)) return
    const body = { scope, amountUsd, reason, ...(expiresAt === null ? {} : { expiresAt }) }
    grant.mutate(
      { input: { body } },
      {
        onSuccess: () => {
          toast('The credit was granted.')
          close()
        },
      },
    )
  }
  return (
    <FormPanel
      opened={opened}
      onClose={close}
      title="Grant a credit"
      act="Grant"
      pending={grant.isPending}
      error={grant.error}
      disabled={!isChosen(scope)}
      onSubmit={submit}
    >
      <ScopePicker value={scope} onChange={(scope) => setValue({ ...value, scope })} />
      <UsdInput
        label="Amount"
        description="Spent once, by the credit that ends first."
        value={amountUsd}
        onChange={(amountUsd) => setValue({ ...value, amountUsd })}
      />
      <UntilInput
        label="What is not spent lapses"
        days={[7, 30, 90, 365]}
        never="Never"
        value={expiresAt}
        onChange={(expiresAt) => setValue({ ...value, expiresAt })}
      />
      <Textarea
        label="Reason"
        description="It is shown beside the credit and kept in the audit log."
        placeholder="Trial"
        required
        autosize
        maxLength={500}
        value={reason}
        onChange={(event) => setValue({ ...value, reason: event.currentTarget.value })}
      />
    </FormPanel>
  )
}
