import { NumberInput, Switch } from '@mantine/core'
import { useState } from 'react'
import type { z } from 'zod'
import {
  limitsSomething,
  type RateLimit as RateLimitSchema,
  rateLimitCreate,
  rateLimitUpdate,
} from '../../src/contract/rate-limits.ts'
import type { ScopeType } from '../../src/domain/scope.ts'
import { useAct } from '../api.ts'
import { useAsOpened } from '../as-opened.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { type Narrowing, NarrowingFields, narrowingOf } from './NarrowingFields.tsx'
import { isChosen, ScopePicker } from './ScopePicker.tsx'

export type RateLimit = z.output<typeof RateLimitSchema>

type Numbers = Pick<RateLimit, 'requestsPerMinute' | 'tokensPerMinute' | 'concurrentCalls'>

const NO_NUMBERS: Numbers = { requestsPerMinute: null, tokensPerMinute: null, concurrentCalls: null }

const NUMBERS: { name: keyof Numbers; label: string; description: string }[] = [
  { name: 'requestsPerMinute', label: 'Calls a minute', description: 'In any 60 seconds.' },
  { name: 'tokensPerMinute', label: 'Tokens a minute', description: 'Input and output, in any 60 seconds.' },
  { name: 'concurrentCalls', label: 'Calls at the same time', description: 'Calls that are under way.' },
]

/** Which scopes have members. */
const HAS_MEMBERS: ScopeType[] = ['organization', 'team', 'project']

type Value = {
  scope: { type: ScopeType; id: string | null }
  numbers: Numbers
  perMember: boolean
} & Narrowing

const BLANK: Value = {
  scope: { type: 'team', id: null },
  numbers: NO_NUMBERS,
  perMember: false,
  providerId: null,
  modelPattern: '',
}

export function RateLimitCreate({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const create = useAct(rateLimitCreate)
  const [value, setValue] = useState(BLANK)
  const { scope, numbers } = value
  const close = () => {
    setValue(BLANK)
    create.reset()
    onClose()
  }
  const submit = () => {
    if (!isChosen(scope)) return
    const perMember = value.perMember && HAS_MEMBERS.includes(scope.type)
    const body = { scope, ...numbers, ...narrowingOf(value), perMember }
    create.mutate(
      { input: { body } },
      {
        onSuccess: () => {
          toast('The rate limit holds within two seconds.')
          close()
        },
      },
    )
  }
  return (
    <FormPanel
      opened={opened}
      onClose={close}
      title="New rate limit"
      act="Create"
      pending={create.isPending}
      error={create.error}
      disabled={!isChosen(scope) || !limitsSomething(numbers)}
      onSubmit={submit}
    >
      <ScopePicker value={scope} onChange={(scope) => setValue({ ...value, scope })} />
      <NumberFields value={numbers} onChange={(numbers) => setValue({ ...value, numbers })} />
      {HAS_MEMBERS.includes(scope.type) && (
        <Switch
          label="For each member"
          description="Everybody who owns a key there has these numbers of their own."
          checked={value.perMember}
          onChange={(event) => setValue({ ...value, perMember: event.currentTarget.checked })}
        />
      )}
      <NarrowingFields value={value} onChange={(narrowing) => setValue({ ...value, ...narrowing })} />
    </FormPanel>
  )
}

/** Mount it with a key for each limit: it begins with that one's numbers. */
export function RateLimitEdit({ limit: now, onClose }: { limit: RateLimit; onClose: () => void }) {
  const limit = useAsOpened(now)
  const update = useAct(rateLimitUpdate)
  const [numbers, setNumbers] = useState<Numbers>(limit)
  const submit = () => {
    const { requestsPerMinute, tokensPerMinute, concurrentCalls } = numbers
    const body = { requestsPerMinute, tokensPerMinute, concurrentCalls }
    update.mutate(
      { input: { params: { rateLimitId: limit.id }, body }, ifMatch: limit.version },
      {
        onSuccess: () => {
          toast('The rate limit was changed.')
          onClose()
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Change the rate limit"
      act="Save"
      pending={update.isPending}
      error={update.error}
      disabled={!limitsSomething(numbers)}
      onSubmit={submit}
    >
      <NumberFields value={numbers} onChange={setNumbers} />
    </FormPanel>
  )
}

function NumberFields({ value, onChange }: { value: Numbers; onChange: (value: Numbers) => void }) {
  return NUMBERS.map(({ name, label, description }) => (
    <NumberInput
      key={name}
      label={label}
      description={description}
      placeholder="No limit"
      min={1}
      allowDecimal={false}
      hideControls
      thousandSeparator=","
      value={value[name] ?? ''}
      onChange={(next) => onChange({ ...value, [name]: typeof next === 'number' ? next : null })}
    />
  ))
}
