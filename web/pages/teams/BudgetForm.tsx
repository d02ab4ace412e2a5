import { Checkbox, Radio, Select, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { budgetCreate, budgetUpdate } from '../../../src/contract/budgets.ts'
import type { Input } from '../../../src/contract/operation.ts'
import { BUDGET_WINDOWS } from '../../../src/domain/budget.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { useAct } from '../../api.ts'
import { toast } from '../../ui/announce.tsx'
import { FormPanel } from '../../ui/FormPanel.tsx'
import type { Budget } from './BudgetCards.tsx'
import { PERIODS } from './rule-texts.ts'

type Created = Input<typeof budgetCreate>['body']

/** A new budget, or other terms of one. Its period stays once it is there. */
export function BudgetForm({
  scope,
  budget,
  onClose,
}: {
  scope: Scope
  budget: Budget | null
  onClose: () => void
}) {
  const [name, setName] = useState(budget?.name ?? '')
  const [limitUsd, setLimit] = useState(budget?.limitUsd ?? '')
  const [period, setPeriod] = useState<Created['period']>('month')
  const [kind, setKind] = useState<NonNullable<Created['kind']>>(budget?.kind ?? 'hard')
  const [perMember, setPerMember] = useState(false)
  const create = useAct(budgetCreate)
  const update = useAct(budgetUpdate)
  const acting = budget === null ? create : update
  const done = (text: string) => ({
    onSuccess: () => {
      toast(text)
      onClose()
    },
  })
  const submit = () => {
    if (budget === null) {
      const named = name.trim() === '' ? {} : { name: name.trim() }
      const body = { scope, limitUsd, period, kind, perMember, ...named }
      create.mutate({ input: { body } }, done('The budget is set. It binds within two seconds.'))
    } else {
      const body = { name: name.trim(), limitUsd, kind }
      update.mutate(
        { input: { params: { budgetId: budget.id }, body }, ifMatch: budget.version },
        done('The budget is changed. It binds within two seconds.'),
      )
    }
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={budget === null ? 'New budget' : `Change ${budget.name}`}
      act={budget === null ? 'Set the budget' : 'Save'}
      pending={acting.isPending}
      error={acting.error}
      disabled={limitUsd === ''}
      onSubmit={submit}
    >
      <TextInput
        label="Limit, in USD"
        required
        inputMode="decimal"
        placeholder="500"
        value={limitUsd}
        onChange={(event) => setLimit(event.currentTarget.value)}
      />
      {budget === null && (
        <Select
          label="Period"
          description="Days begin at midnight in the organization’s time zone."
          allowDeselect={false}
          value={period}
          // One of the windows it lists.
          onChange={(period) => setPeriod(period as Created['period'])}
          data={BUDGET_WINDOWS.map((window) => ({ value: window, label: PERIODS[window] }))}
        />
      )}
      <Radio.Group
        label="When it is spent"
        value={kind}
        // One of the two below.
        onChange={(kind) => setKind(kind as 'hard' | 'soft')}
      >
        <Stack gap={4} mt={4}>
          <Radio value="hard" label="calls are refused" />
          <Radio value="soft" label="calls go on, and people are told" />
        </Stack>
      </Radio.Group>
      {budget === null && scope.type !== 'key' && scope.type !== 'environment' && (
        <Checkbox
          label="For each member"
          description="Everybody who owns a key here has this much, over all of their keys here."
          checked={perMember}
          onChange={(event) => setPerMember(event.currentTarget.checked)}
        />
      )}
      <TextInput
        label="Name"
        description="How refusals and alerts call it. Empty: its amount and period."
        maxLength={120}
        required={budget !== null}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <div className="muted">
        Thresholds, slowing down and raises for a while are on the budget’s own page.
      </div>
    </FormPanel>
  )
}
