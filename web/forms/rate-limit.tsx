import { NumberInput } from '@mantine/core'
import { useState } from 'react'
import type { z } from 'zod'
import {
  limitsSomething,
  type RateLimit as RateLimitSchema,
  rateLimitCreate,
  rateLimitUpdate,
} from '../../src/contract/rate-limits.ts'
import type { Scope, ScopeType } from '../../src/domain/scope.ts'
import { useAct } from '../api.ts'
import { AsOpened, type Draft } from '../as-opened.tsx'
import { labelsOf } from '../clashes.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { fieldErrors } from './field-errors.ts'
import { type Narrowing, NarrowingFields, narrowingOf } from './NarrowingFields.tsx'
import { hasMembers, PerMemberField } from './PerMemberField.tsx'
import { isChosen, ScopePicker } from './ScopePicker.tsx'

export type RateLimit = z.output<typeof RateLimitSchema>

type Numbers = Pick<RateLimit, 'requestsPerMinute' | 'tokensPerMinute' | 'concurrentCalls'>

const NO_NUMBERS: Numbers = { requestsPerMinute: null, tokensPerMinute: null, concurrentCalls: null }
const MOST = 2_147_483_647

const NUMBERS: { name: keyof Numbers; label: string; description: string }[] = [
  { name: 'requestsPerMinute', label: 'Calls a minute', description: 'In any 60 seconds.' },
  { name: 'tokensPerMinute', label: 'Tokens a minute', description: 'Input and output, in any 60 seconds.' },
  { name: 'concurrentCalls', label: 'Calls at the same time', description: 'Calls that are under way.' },
]
const NAMES: string[] = NUMBERS.map(({ name }) => name)

const LABELS = labelsOf(NUMBERS)

/** A new rate limit, of `scope` or of whatever is chosen; mount it when it is opened. */
export function RateLimitCreate({ scope: given, onClose }: { scope?: Scope; onClose: () => void }) {
  const create = useAct(rateLimitCreate)
  const [scope, setScope] = useState<{ type: ScopeType; id: string | null }>(
    given ?? { type: 'team', id: null },
  )
  const [numbers, setNumbers] = useState(NO_NUMBERS)
  const [each, setEach] = useState(false)
  const [narrowing, setNarrowing] = useState<Narrowing>({ providerId: null, modelPattern: '' })
  const { at, other } = fieldErrors(create.error, [...NAMES, 'providerId', 'modelPattern'])
  const submit = () => {
    if (!isChosen(scope)) return
    const perMember = each && hasMembers(scope.type)
    create.mutate(
      { input: { body: { scope, ...numbers, ...narrowingOf(narrowing), perMember } } },
      {
        onSuccess: () => {
          toast('The rate limit holds within two seconds.')
          onClose()
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="New rate limit"
      act="Create rate limit"
      pending={create.isPending}
      error={other}
      disabled={!isChosen(scope) || !limitsSomething(numbers)}
      onSubmit={submit}
    >
      {given === undefined && <ScopePicker value={scope} onChange={setScope} />}
      <NumberFields value={numbers} onChange={setNumbers} at={at} />
      {hasMembers(scope.type) && <PerMemberField value={each} onChange={setEach} />}
      <NarrowingFields value={narrowing} onChange={setNarrowing} at={at} />
    </FormPanel>
  )
}

type EditProps = { limit: RateLimit; onClose: () => void }

/** Other numbers of a rate limit; what it counts stays. Mount it when it is opened. */
export function RateLimitEdit({ limit, onClose }: EditProps) {
  return (
    <AsOpened now={limit} fields={numbersOf} labels={LABELS}>
      {(form) => <EditForm form={form} onClose={onClose} />}
    </AsOpened>
  )
}

function numbersOf({ requestsPerMinute, tokensPerMinute, concurrentCalls }: RateLimit): Numbers {
  return { requestsPerMinute, tokensPerMinute, concurrentCalls }
}

function EditForm({ form, onClose }: { form: Draft<RateLimit, Numbers>; onClose: () => void }) {
  const update = useAct(rateLimitUpdate)
  const { thing: limit, fields: numbers, set, changed, only } = form
  const { at, other } = fieldErrors(update.error, NAMES)
  const submit = () =>
    update.mutate(
      { input: { params: { rateLimitId: limit.id }, body: only(numbers) }, ifMatch: limit.version },
      {
        onSuccess: () => {
          toast('The rate limit was changed. It holds within two seconds.')
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Change the rate limit"
      act="Save"
      pending={update.isPending}
      error={other}
      disabled={!changed || !limitsSomething(numbers)}
      onSubmit={submit}
    >
      <NumberFields value={numbers} onChange={set} at={at} />
    </FormPanel>
  )
}

function NumberFields({
  value,
  onChange,
  at,
}: {
  value: Numbers
  onChange: (value: Numbers) => void
  at: (name: string) => string | undefined
}) {
  return (
    <>
      <div className="muted">One of the three at least. What is empty is not limited here.</div>
      {NUMBERS.map(({ name, label, description }, index) => (
        <NumberInput
          key={name}
          data-autofocus={index === 0 || undefined}
          label={label}
          description={description}
          placeholder="No limit"
          min={1}
          max={MOST}
          allowDecimal={false}
          hideControls
          thousandSeparator=","
          value={value[name] ?? ''}
          error={at(name)}
          onChange={(next) => onChange({ ...value, [name]: typeof next === 'number' ? next : null })}
        />
      ))}
    </>
  )
}
