import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { budgetRaiseCreate } from '../../src/contract/budget-raises.ts'
import { parseUsd } from '../../src/domain/money.ts'
import { useAct } from '../api.ts'
import { usd } from '../format.ts'
import type { Budget } from '../pages/budgets/standing.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { inDays } from '../ui/MomentInput.tsx'
import { UntilInput, UsdInput } from './fields.tsx'

const WEEK = 7

/** Lets a budget allow more for a while; mount it when it is opened. */
export function BudgetRaise({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const raise = useAct(budgetRaiseCreate)
  const [addUsd, setAddUsd] = useState('')
  const [until, setUntil] = useState<string | null>(() => inDays(WEEK))
  const [reason, setReason] = useState('')
  const submit = () => {
    if (until === null) return
    raise.mutate(
      { input: { body: { budgetId: budget.id, addUsd, until, reason } } },
      {
        onSuccess: () => {
          toast(`${budget.name} allows ${usd(addUsd)} more. It ends by itself.`)
          onClose()
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Raise ${budget.name}`}
      act="Raise"
      pending={raise.isPending}
      error={raise.error}
      disabled={!parseUsd(addUsd)}
      onSubmit={submit}
    >
      <UsdInput
        label="How much more"
        description={`Beside the ${usd(budget.window.limitUsd)} that it allows, in each window until it ends.`}
        value={addUsd}
        onChange={setAddUsd}
      />
      <UntilInput label="For" days={[WEEK, 1, 3, 14, 30]} value={until} onChange={setUntil} />
      <Textarea
        label="Reason"
        description="It is kept in the audit log."
        placeholder="Launch week"
        required
        autosize
        maxLength={1000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </FormPanel>
  )
}
