import { Checkbox, NumberInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import { rateLimitCreate, type rateLimitList, rateLimitUpdate } from '../../../src/contract/rate-limits.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { useAct } from '../../api.ts'
import { toast } from '../../ui/announce.tsx'
import { FormPanel } from '../../ui/FormPanel.tsx'

export type RateLimit = Output<typeof rateLimitList>['data'][number]

const NUMBERS = [
  ['requestsPerMinute', 'Calls in any 60 seconds'],
  ['tokensPerMinute', 'Tokens in any 60 seconds, input and output'],
  ['concurrentCalls', 'Calls at the same time'],
] as const

/** A new rate limit, or other numbers of one. */
export function RateLimitForm({
  scope,
  limit,
  onClose,
}: {
  scope: Scope
  limit: RateLimit | null
  onClose: () => void
}) {
  const [numbers, setNumbers] = useState({
    requestsPerMinute: limit?.requestsPerMinute ?? null,
    tokensPerMinute: limit?.tokensPerMinute ?? null,
    concurrentCalls: limit?.concurrentCalls ?? null,
  })
  const [modelPattern, setModelPattern] = useState('')
  const [perMember, setPerMember] = useState(false)
  const create = useAct(rateLimitCreate)
  const update = useAct(rateLimitUpdate)
  const acting = limit === null ? create : update
  const onSuccess = () => {
    toast('The rate limit is set. It binds within two seconds.')
    onClose()
  }
  const submit = () => {
    if (limit === null) {
      const narrowed = modelPattern.trim() === '' ? {} : { modelPattern: modelPattern.trim() }
      create.mutate({ input: { body: { scope, perMember, ...numbers, ...narrowed } } }, { onSuccess })
    } else {
      const params = { rateLimitId: limit.id }
      update.mutate({ input: { params, body: numbers }, ifMatch: limit.version }, { onSuccess })
    }
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={limit === null ? 'New rate limit' : 'Change the rate limit'}
      act={limit === null ? 'Set the limit' : 'Save'}
      pending={acting.isPending}
      error={acting.error}
      disabled={Object.values(numbers).every((number) => number === null)}
      onSubmit={submit}
    >
      <div className="muted">One of the three at least. What is empty is not limited here.</div>
      {NUMBERS.map(([field, label]) => (
        <NumberInput
          key={field}
          label={label}
          min={1}
          allowDecimal={false}
          value={numbers[field] ?? ''}
          onChange={(value) => setNumbers({ ...numbers, [field]: value === '' ? null : Number(value) })}
        />
      ))}
      {limit === null && (
        <>
          <TextInput
            label="Only calls of these models"
            description="Such as gpt-5*. Empty: of any model."
            value={modelPattern}
            onChange={(event) => setModelPattern(event.currentTarget.value)}
          />
          {scope.type !== 'key' && scope.type !== 'environment' && (
            <Checkbox
              label="For each member"
              description="Everybody who owns a key here has this much, over all of their keys here."
              checked={perMember}
              onChange={(event) => setPerMember(event.currentTarget.checked)}
            />
          )}
        </>
      )}
    </FormPanel>
  )
}
