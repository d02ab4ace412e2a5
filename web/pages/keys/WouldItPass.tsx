import { Autocomplete, Button, NumberInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { keyExplain } from '../../../src/contract/key-explain.ts'
import { MODEL_OPERATION_NAMES } from '../../../src/domain/operations.ts'
import { q } from '../../api.ts'
import { count, usd } from '../../format.ts'
import { useAddress } from '../../search.ts'
import { Region } from '../../ui/Region.tsx'
import { Select } from '../../ui/Select.tsx'
import { Status } from '../../ui/Status.tsx'
import classes from './keys.module.css'
import type { Key, NameOf } from './Place.tsx'
import type { Explained } from './rule-words.ts'
import { useModelsOf } from './use-models.ts'
import { Rules } from './WhatIsLeft.tsx'

/** A call that nobody makes: whether it would pass, and which rule says no. */
export function WouldItPass({ of: key, nameOf }: { of: Key; nameOf: NameOf }) {
  const [search, change] = useAddress()
  const [model, setModel] = useState(search.model ?? '')
  const [operation, setOperation] = useState(search.operation ?? 'chat.completions')
  const [tokens, setTokens] = useState<number | string>(search.tokens ?? 1000)
  const [choosing, setChoosing] = useState(false)
  const { names } = useModelsOf(key, choosing)
  const asked = MODEL_OPERATION_NAMES.find((name) => name === search.operation) ?? 'chat.completions'
  const body = {
    model: search.model ?? '',
    operation: asked,
    inputTokens: Number(search.tokens ?? 1000),
  }
  const answer = useQuery({
    ...q(keyExplain, { params: { keyId: key.id }, body }),
    enabled: search.model !== undefined,
  })
  const ask = (event: FormEvent) => {
    event.preventDefault()
    change({ model: model.trim(), operation, tokens: String(tokens) })
    if (search.model === model.trim()) answer.refetch()
  }
  return (
    <div className={classes.stack}>
      <form onSubmit={ask} className={classes.tools} style={{ marginBottom: 0 }}>
        <Autocomplete
          label="Model"
          className={classes.wide ?? ''}
          placeholder="as a caller would name it"
          required
          data={names}
          limit={20}
          value={model}
          onChange={setModel}
          onFocus={() => setChoosing(true)}
        />
        <Select
          label="Kind of call"
          data={MODEL_OPERATION_NAMES}
          allowDeselect={false}
          value={operation}
          onChange={(value) => setOperation(value ?? 'chat.completions')}
        />
        <NumberInput
          label="Input tokens"
          value={tokens}
          onChange={setTokens}
          min={0}
          max={100_000_000}
          allowDecimal={false}
          thousandSeparator=","
        />
        <Button type="submit" variant="default" loading={answer.isFetching}>
          Would it pass?
        </Button>
      </form>
      {search.model !== undefined && (
        <Region of={answer} rows={2}>
          {(explained) => <Answer of={explained} nameOf={nameOf} />}
        </Region>
      )}
    </div>
  )
}

function Answer({ of: explained, nameOf }: { of: Explained; nameOf: NameOf }) {
  const { allowed, refusal, call } = explained
  const binding = explained.rules.filter(({ binds }) => binds)
  return (
    <>
      <div className={`${classes.answer} ${classes.quiet}`} role="status">
        <span className={classes.place}>
          <Status tone={allowed ? 'good' : 'bad'}>{allowed ? 'it would pass' : 'it would be refused'}</Status>
          {refusal && <code>{refusal.code}</code>}
        </span>
        {refusal && <span>{refusal.message}</span>}
        {call?.route && (
          <span>
            It would go to {call.route.provider} as {call.route.upstreamModel}, with{' '}
            {count(call.route.credentialsInUse)} of {count(call.route.credentials)} credentials in use.
            {call.hold && <> At most {usd(call.hold.usd)} would be held for it.</>}
          </span>
        )}
      </div>
      {binding.length > 0 && <Rules label="Rule that binds" rules={binding} nameOf={nameOf} />}
    </>
  )
}
