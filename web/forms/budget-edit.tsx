import { budgetUpdate } from '../../src/contract/budgets.ts'
import { parseUsd } from '../../src/domain/money.ts'
import { useAct } from '../api.ts'
import { AsOpened, type Draft } from '../as-opened.tsx'
import { Preview } from '../pages/budgets/Preview.tsx'
import type { Budget } from '../pages/budgets/standing.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import {
  BUDGET_LABELS,
  type BudgetDraft,
  KindField,
  LINES,
  LimitField,
  LineFields,
  NameField,
  ProrateField,
  termsOf,
  triedOf,
} from './BudgetFields.tsx'
import { fieldErrors } from './field-errors.ts'

const SHOWN = ['limitUsd', 'kind', 'name', ...LINES]

type Props = { budget: Budget; onClose: () => void }

/** Changes a budget; mount it when it is opened. Only what was changed is sent. */
export function BudgetEdit({ budget, onClose }: Props) {
  return (
    <AsOpened now={budget} fields={draftOf} labels={BUDGET_LABELS}>
      {(form) => <Form form={form} onClose={onClose} />}
    </AsOpened>
  )
}

function Form({ form, onClose }: { form: Draft<Budget, BudgetDraft>; onClose: () => void }) {
  const update = useAct(budgetUpdate)
  const { thing: budget, fields: draft, set, only } = form
  const { at, other } = fieldErrors(update.error, SHOWN)
  const fields = { value: draft, onChange: set, at }
  // A name that nobody gave follows the limit as long as it is not sent.
  const body = only(termsOf(draft))
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
      error={other}
      disabled={Object.keys(body).length === 0 || parseUsd(draft.limitUsd) === null}
      onSubmit={submit}
    >
      {ofCredits ? (
        <p className="muted">Its credits make its limit: grant one, or take one back.</p>
      ) : (
        <LimitField
          {...fields}
          {...(ofMember ? { description: 'Theirs alone; all else follows the budget for each member.' } : {})}
        />
      )}
      {!ofMember && !ofCredits && <KindField {...fields} />}
      {windowed && !ofMember && draft.limitUsd !== budget.limitUsd && (
        <ProrateField
          value={draft}
          onChange={set}
          description="This window changes for the rest of it alone; those after it in full."
        />
      )}
      {tried && !budget.perMember && parseUsd(draft.limitUsd) !== null && (
        <Preview tried={{ budgetId: budget.id, ...triedOf(draft) }} />
      )}
      {!ofMember && (
        <>
          <LineFields {...fields} />
          <NameField {...fields} placeholder={budget.name} />
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
