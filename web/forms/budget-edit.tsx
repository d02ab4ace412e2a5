import { useState } from 'react'
import { budgetUpdate } from '../../src/contract/budgets.ts'
import type { Input } from '../../src/contract/operation.ts'
import { parseUsd } from '../../src/domain/money.ts'
import { useAct } from '../api.ts'
import { useAsOpened } from '../as-opened.ts'
import { Preview } from '../pages/budgets/Preview.tsx'
import type { Budget } from '../pages/budgets/standing.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import {
  type BudgetDraft,
  LimitFields,
  LineFields,
  NameField,
  ProrateField,
  termsOf,
} from './BudgetFields.tsx'
import { UsdInput } from './fields.tsx'

/** Changes a budget; mount it when it is opened. Only what was changed is sent. */
export function BudgetEdit({ budget: now, onClose }: { budget: Budget; onClose: () => void }) {
  const budget = useAsOpened(now)
  const update = useAct(budgetUpdate)
  const [draft, setDraft] = useState(() => draftOf(budget))
  const body = changesOf(budget, draft)
  const submit = () =>
    update.mutate(
      { input: { params: { budgetId: budget.id }, body }, ifMatch: budget.version },
      {
        onSuccess: () => {
          toast('The budget was changed. It holds within two seconds.')
          onClose()
        },
      },
    )
  const ofMember = budget.memberOf !== null
  const ofCredits = budget.period === 'credits'
  const windowed = budget.period !== 'rolling_24h' && budget.period !== 'total' && !ofCredits
  const tried = windowed || budget.period === 'total'
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Change ${budget.name}`}
      act="Save"
      pending={update.isPending}
      error={update.error}
      disabled={Object.keys(body).length === 0 || parseUsd(draft.limitUsd) === null}
      onSubmit={submit}
    >
      {ofMember ? (
        <UsdInput
          label="Limit"
          description="Theirs alone; all else follows the budget for each member."
          value={draft.limitUsd}
          onChange={(limitUsd) => setDraft({ ...draft, limitUsd })}
        />
      ) : (
        <>
          {!ofCredits && <LimitFields value={draft} onChange={setDraft} />}
          {ofCredits && <p className="muted">Its credits make its limit: grant one, or take one back.</p>}
        </>
      )}
      {windowed && !ofMember && draft.limitUsd !== budget.limitUsd && (
        <ProrateField
          value={draft}
          onChange={setDraft}
          description="This window changes for the rest of it alone; those after it in full."
        />
      )}
      {tried && !budget.perMember && parseUsd(draft.limitUsd) !== null && (
        <Preview
          tried={{ budgetId: budget.id, limitUsd: draft.limitUsd, kind: draft.kind, onShort: draft.onShort }}
        />
      )}
      {!ofMember && (
        <>
          <LineFields value={draft} onChange={setDraft} />
          <NameField value={draft} onChange={setDraft} placeholder={budget.name} />
        </>
      )}
    </FormPanel>
  )
}

function draftOf(budget: Budget): BudgetDraft {
  const { name, limitUsd, kind, onShort, throttleAtPercent, throttleRequestsPerMinute, suspendAtPercent } =
    budget
  return {
    name,
    limitUsd,
    kind,
    onShort,
    throttleAtPercent,
    throttleRequestsPerMinute,
    suspendAtPercent,
    thresholds: budget.thresholds.map(String),
    prorate: false,
  }
}

/** A name that nobody gave follows the limit as long as it is not sent. */
function changesOf(budget: Budget, draft: BudgetDraft): Input<typeof budgetUpdate>['body'] {
  const [before, after] = [termsOf(draftOf(budget)), termsOf(draft)]
  const changed = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof typeof before]),
  )
  // The names and values of `after`, of which all are optional here.
  return Object.fromEntries(changed) as Input<typeof budgetUpdate>['body']
}
