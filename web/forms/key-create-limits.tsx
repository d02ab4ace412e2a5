import { MultiSelect, NumberInput, TagsInput, TextInput } from '@mantine/core'
import type { keyCreate } from '../../src/contract/keys.ts'
import type { Input } from '../../src/contract/operation.ts'
import { BUDGET_WINDOWS } from '../../src/domain/budget.ts'
import { OPERATIONS, type OperationName } from '../../src/domain/operations.ts'
import classes from '../pages/keys/keys.module.css'
import { Select } from '../ui/Select.tsx'
import { PERIODS } from './BudgetFields.tsx'
import type { Change, Draft } from './key-create.tsx'

const MOST = 2_147_483_647

/** A number field holds its text until it is one. */
type Number = number | string

/** Nothing limits the key but what limits everything around it. */
export const NO_LIMITS = {
  budget: '',
  period: 'month' as (typeof BUDGET_WINDOWS)[number],
  requestsPerMinute: '' as Number,
  tokensPerMinute: '' as Number,
  concurrentCalls: '' as Number,
  models: [] as string[],
  operations: [] as OperationName[],
  ipAllowlist: [] as string[],
  maxOutputTokens: '' as Number,
}

type Body = Pick<Input<typeof keyCreate>['body'], 'budgets' | 'rateLimit' | 'policy'>

/** The rules that a draft sets, and none that it says nothing of. */
export function limitsOf(draft: typeof NO_LIMITS): Body {
  const rate = {
    requestsPerMinute: wholeOf(draft.requestsPerMinute),
    tokensPerMinute: wholeOf(draft.tokensPerMinute),
    concurrentCalls: wholeOf(draft.concurrentCalls),
  }
  const policy = {
    models: listOf(draft.models),
    operations: listOf(draft.operations),
    ipAllowlist: listOf(draft.ipAllowlist),
    maxOutputTokens: wholeOf(draft.maxOutputTokens),
  }
  const says = (rule: object) => Object.values(rule).some((value) => value !== null)
  const limitUsd = draft.budget.trim()
  return {
    ...(limitUsd === '' ? {} : { budgets: [{ limitUsd, period: draft.period }] }),
    ...(says(rate) ? { rateLimit: rate } : {}),
    ...(says(policy) ? { policy } : {}),
  }
}

type Props = { draft: Draft; change: Change; at: (name: string) => string | undefined }

export function LimitFields({ draft, change, at }: Props) {
  return (
    <div className={classes.two}>
      <TextInput
        label="Budget in USD"
        description="Calls beyond it are refused."
        placeholder="none of its own"
        inputMode="decimal"
        value={draft.budget}
        error={at('budgets')}
        onChange={(event) => change({ budget: event.currentTarget.value })}
      />
      <Select
        label="Period"
        description="In your organization’s time zone. Weeks begin on Monday."
        data={PERIODS}
        allowDeselect={false}
        value={draft.period}
        onChange={(value) => {
          const period = BUDGET_WINDOWS.find((one) => one === value)
          if (period) change({ period })
        }}
      />
    </div>
  )
}

export function PolicyFields({ draft, change, at }: Props) {
  return (
    <>
      <div className={classes.two}>
        <WholeField
          label="Calls a minute"
          value={draft.requestsPerMinute}
          error={at('rateLimit/requestsPerMinute')}
          onChange={(requestsPerMinute) => change({ requestsPerMinute })}
        />
        <WholeField
          label="Tokens a minute"
          value={draft.tokensPerMinute}
          error={at('rateLimit/tokensPerMinute')}
          onChange={(tokensPerMinute) => change({ tokensPerMinute })}
        />
        <WholeField
          label="Calls at the same time"
          value={draft.concurrentCalls}
          error={at('rateLimit/concurrentCalls')}
          onChange={(concurrentCalls) => change({ concurrentCalls })}
        />
        <WholeField
          label="Output tokens per call"
          value={draft.maxOutputTokens}
          error={at('policy/maxOutputTokens')}
          onChange={(maxOutputTokens) => change({ maxOutputTokens })}
        />
      </div>
      <TagsInput
        label="Models"
        description="Such as gpt-5* or claude-*; all that its team may use when none is named."
        value={draft.models}
        error={at('policy/models')}
        onChange={(models) => change({ models })}
        splitChars={[',', ' ']}
      />
      <MultiSelect
        label="Operations"
        description="All when none is chosen."
        data={[...OPERATIONS]}
        value={draft.operations}
        error={at('policy/operations')}
        onChange={(chosen) => change({ operations: OPERATIONS.filter((name) => chosen.includes(name)) })}
      />
      <TagsInput
        label="Addresses it may be called from"
        description="Such as 203.0.113.7 or 10.0.0.0/8; any when none is named."
        value={draft.ipAllowlist}
        error={at('policy/ipAllowlist')}
        onChange={(ipAllowlist) => change({ ipAllowlist })}
        splitChars={[',', ' ']}
      />
    </>
  )
}

export function WholeField({
  label,
  value,
  error,
  onChange,
}: {
  label: string
  value: Number
  error: string | undefined
  onChange: (value: Number) => void
}) {
  return (
    <NumberInput
      label={label}
      placeholder="no limit of its own"
      value={value}
      error={error}
      onChange={onChange}
      min={1}
      max={MOST}
      allowDecimal={false}
      thousandSeparator=","
    />
  )
}

export function wholeOf(value: Number): number | null {
  return value === '' ? null : Number(value)
}

export function listOf<Item>(items: Item[]): Item[] | null {
  return items.length > 0 ? items : null
}
