import { useState } from 'react'
import { rateLimitCreate } from '../../src/contract/rate-limits.ts'
import { useAct } from '../api.ts'
import type { Key } from '../pages/keys/Place.tsx'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { fieldErrors } from './field-errors.ts'
import { WholeField, wholeOf } from './key-create-limits.tsx'

/** How often, and how much at once, one key may call. */
export function KeyRateLimit({
  of: key,
  opened,
  onClose,
}: {
  of: Key
  opened: boolean
  onClose: () => void
}) {
  const [calls, setCalls] = useState<number | string>('')
  const [tokens, setTokens] = useState<number | string>('')
  const [together, setTogether] = useState<number | string>('')
  const create = useAct(rateLimitCreate)
  const { at, other } = fieldErrors(create.error, ['requestsPerMinute', 'tokensPerMinute', 'concurrentCalls'])
  const close = () => {
    create.reset()
    onClose()
  }
  const submit = () =>
    create.mutate(
      {
        input: {
          body: {
            scope: { type: 'key', id: key.id },
            requestsPerMinute: wholeOf(calls),
            tokensPerMinute: wholeOf(tokens),
            concurrentCalls: wholeOf(together),
          },
        },
      },
      {
        onSuccess: () => {
          toast('The rate limit holds within two seconds.')
          close()
        },
      },
    )
  return (
    <FormPanel
      opened={opened}
      onClose={close}
      title={`Add a rate limit to ${key.name}`}
      act="Add rate limit"
      pending={create.isPending}
      error={other}
      disabled={calls === '' && tokens === '' && together === ''}
      onSubmit={submit}
    >
      <WholeField label="Calls a minute" value={calls} error={at('requestsPerMinute')} onChange={setCalls} />
      <WholeField label="Tokens a minute" value={tokens} error={at('tokensPerMinute')} onChange={setTokens} />
      <WholeField
        label="Calls at the same time"
        value={together}
        error={at('concurrentCalls')}
        onChange={setTogether}
      />
    </FormPanel>
  )
}
