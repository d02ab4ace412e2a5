import { Checkbox, MultiSelect, NumberInput, Radio, Stack, TagsInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'
import { policyDryRun } from '../../../src/contract/dry-runs.ts'
import type { Input, Output } from '../../../src/contract/operation.ts'
import { policySet, type policyView } from '../../../src/contract/policies.ts'
import { providerList } from '../../../src/contract/providers.ts'
import { HOSTED_TOOLS, OPERATIONS } from '../../../src/domain/operations.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { q, useAct } from '../../api.ts'
import { useAsOpened } from '../../as-opened.ts'
import { toast } from '../../ui/announce.tsx'
import { FormPanel } from '../../ui/FormPanel.tsx'
import { useCan } from '../../viewer.ts'
import { PolicyEffect } from './PolicyEffect.tsx'

type Rules = Input<typeof policySet>['body']
type Policy = Output<typeof policyView>

const DAYS = 7
const MOST_PROVIDERS = 200

/** Changes a policy. What it would have refused in the last days is shown before it is saved. */
export function PolicyForm({
  scope,
  policy: now,
  onClose,
}: {
  scope: Scope
  policy: Policy
  onClose: () => void
}) {
  const policy = useAsOpened(now)
  const { scope: _, updatedAt: __, version, ...before } = policy
  const [rules, setRules] = useState<Rules>(before)
  const [shown, setShown] = useState<Rules | null>(null)
  const params = { scopeType: scope.type, scopeId: scope.id }
  const mayLook = useCan([scope])('usage:read', scope.id) === true
  const effect = useQuery({
    ...q(policyDryRun, { params, body: { ...(shown ?? rules), days: DAYS } }),
    enabled: shown !== null,
  })
  const set = useAct(policySet)
  const providers = useQuery(q(providerList, { query: { limit: MOST_PROVIDERS } }))
  const change = (part: Partial<Rules>) => {
    setShown(null)
    setRules({ ...rules, ...part })
  }
  const looked = !mayLook || shown === rules
  const save = () =>
    set.mutate(
      { input: { params, body: rules }, ...(version > 0 ? { ifMatch: version } : {}) },
      {
        onSuccess: () => {
          toast('The policy is saved. It binds at every gateway within two seconds.')
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Change what its keys may use"
      act={looked ? 'Save' : 'Preview the effect'}
      pending={set.isPending || (shown !== null && effect.isFetching)}
      error={set.error ?? effect.error}
      onSubmit={() => (looked ? save() : setShown(rules))}
    >
      <Restriction
        label="Only some models"
        none="no model at all"
        value={rules.models}
        onChange={(models) => change({ models })}
      >
        <TagsInput
          label="Models"
          description="Names as callers write them; * stands for any run of characters. Enter after each."
          placeholder="gpt-5*"
          value={rules.models ?? []}
          onChange={(models) => change({ models })}
        />
      </Restriction>
      <Restriction
        label="Only some operations"
        none="no operation at all"
        value={rules.operations}
        onChange={(operations) => change({ operations: operations as Rules['operations'] })}
      >
        <MultiSelect
          label="Operations"
          data={[...OPERATIONS]}
          value={[...(rules.operations ?? [])]}
          // What is chosen is of the list above.
          onChange={(operations) => change({ operations: operations as Rules['operations'] })}
        />
      </Restriction>
      <Restriction
        label="Only some providers"
        none="no provider at all"
        value={rules.providers}
        onChange={(providers) => change({ providers })}
      >
        <MultiSelect
          label="Providers"
          data={[
            ...new Set([...(rules.providers ?? []), ...(providers.data?.data ?? []).map(({ name }) => name)]),
          ]}
          value={rules.providers ?? []}
          onChange={(providers) => change({ providers })}
        />
      </Restriction>
      <Restriction
        label="Only some hosted tools"
        none="no tool that a provider runs"
        value={rules.hostedTools}
        onChange={(hostedTools) => change({ hostedTools: hostedTools as Rules['hostedTools'] })}
      >
        <MultiSelect
          label="Tools that the provider runs itself"
          data={[...HOSTED_TOOLS]}
          value={[...(rules.hostedTools ?? [])]}
          // What is chosen is of the list above.
          onChange={(hostedTools) => change({ hostedTools: hostedTools as Rules['hostedTools'] })}
        />
      </Restriction>
      <NumberInput
        label="Most output per call, in tokens"
        description="Empty: as much as the model gives."
        min={1}
        allowDecimal={false}
        value={rules.maxOutputTokens ?? ''}
        onChange={(tokens) => change({ maxOutputTokens: tokens === '' ? null : Number(tokens) })}
      />
      <Restriction
        label="Only some addresses"
        none="no address: no call at all"
        value={rules.ipAllowlist}
        onChange={(ipAllowlist) => change({ ipAllowlist })}
      >
        <TagsInput
          label="Addresses that may call"
          description="Such as 203.0.113.0/24. Enter after each."
          value={rules.ipAllowlist ?? []}
          onChange={(ipAllowlist) => change({ ipAllowlist })}
        />
        <Radio.Group
          label="Calls from elsewhere"
          value={rules.ipMode ?? 'enforce'}
          // One of the two below.
          onChange={(ipMode) => change({ ipMode: ipMode as Rules['ipMode'] })}
        >
          <Stack gap={4} mt={4}>
            <Radio value="enforce" label="are refused" />
            <Radio value="monitor" label="are let in and recorded" />
          </Stack>
        </Radio.Group>
      </Restriction>
      {shown !== null && effect.data && <PolicyEffect effect={effect.data} />}
    </FormPanel>
  )
}

/** Says nothing about a matter, or names what is allowed; with nothing named, nothing is. */
function Restriction({
  label,
  none,
  value,
  onChange,
  children,
}: {
  label: string
  none: string
  value: readonly string[] | null | undefined
  onChange: (value: string[] | null) => void
  children: ReactNode
}) {
  const id = useId()
  const on = value !== null && value !== undefined
  return (
    <Stack gap="xs">
      <Checkbox
        label={label}
        checked={on}
        onChange={(event) => onChange(event.currentTarget.checked ? [] : null)}
        {...(on ? { 'aria-controls': id } : {})}
      />
      {on && (
        <Stack gap="xs" pl="lg" id={id}>
          {children}
          {value.length === 0 && <div role="status">Nothing is named yet: this allows {none}.</div>}
        </Stack>
      )}
    </Stack>
  )
}
