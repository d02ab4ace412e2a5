import { Checkbox, MultiSelect, NumberInput, Radio, Stack, TagsInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'
import { policyDryRun } from '../../src/contract/dry-runs.ts'
import { policySet } from '../../src/contract/policies.ts'
import { providerList } from '../../src/contract/providers.ts'
import { HOSTED_TOOLS, OPERATIONS } from '../../src/domain/operations.ts'
import type { Scope } from '../../src/domain/scope.ts'
import { all } from '../all.ts'
import { q, useAct } from '../api.ts'
import { AsOpened, type Draft } from '../as-opened.tsx'
import type { Labels } from '../clashes.ts'
import { same } from '../draft.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { useCan } from '../viewer.ts'
import { fieldErrors } from './field-errors.ts'
import { PolicyEffect } from './PolicyEffect.tsx'
import { type Policy, type Rules, rulesOf } from './policy-rules.ts'

const DAYS = 7
const MOST = 2_147_483_647
const SHOWN = ['models', 'operations', 'providers', 'hostedTools', 'maxOutputTokens', 'ipAllowlist', 'ipMode']

type Props = {
  scope: Scope
  policy: Policy
  /** "Change what its keys may use" */
  title: string
  onClose: () => void
}

/**
 * Changes the policy of a place or a key; mount it when it is opened. What it would have refused in the last days is
 * shown before it is saved, to whoever may read the usage there.
 */
export function PolicyForm({ policy, ...rest }: Props) {
  return (
    <AsOpened now={policy} fields={rulesOf} labels={LABELS}>
      {(form) => <Form form={form} {...rest} />}
    </AsOpened>
  )
}

const LABELS: Labels<Rules> = {
  models: list('Only some models'),
  operations: list('Only some operations'),
  providers: list('Only some providers'),
  hostedTools: list('Only some hosted tools'),
  maxOutputTokens: 'Most output per call, in tokens',
  ipAllowlist: list('Only some addresses'),
  ipMode: {
    label: 'Calls from elsewhere',
    says: (mode) => (mode === 'monitor' ? 'are let in and recorded' : 'are refused'),
  },
}

function list(label: string) {
  return {
    label,
    says: (names: readonly string[] | null | undefined) => {
      if (names === null || names === undefined) return 'not ticked'
      return names.length === 0 ? 'nothing named' : names.join(', ')
    },
  }
}

type FormProps = Omit<Props, 'policy'> & { form: Draft<Policy, Rules> }

function Form({ scope, form, title, onClose }: FormProps) {
  const { fields: rules, changed } = form
  const [shown, setShown] = useState<Rules | null>(null)
  const params = { scopeType: scope.type, scopeId: scope.id }
  const mayLook = useCan([scope])('usage:read', scope.id) === true
  const effect = useQuery({
    ...q(policyDryRun, { params, body: { ...(shown ?? rules), days: DAYS } }),
    enabled: shown !== null,
  })
  const set = useAct(policySet)
  const providers = useQuery(all(providerList, {}))
  const { at, other } = fieldErrors(set.error ?? effect.error, SHOWN)
  const change = (part: Partial<Rules>) => {
    setShown(null)
    set.reset()
    form.set(part)
  }
  const looked = !mayLook || same(shown, rules)
  const look = () => {
    set.reset()
    setShown(rules)
  }
  const save = () =>
    set.mutate(
      { input: { params, body: rules }, ifMatch: form.thing.version },
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
      title={title}
      act={looked ? 'Save' : 'Preview the effect'}
      pending={set.isPending || (shown !== null && effect.isFetching)}
      error={other}
      disabled={!changed}
      onSubmit={looked ? save : look}
    >
      <div className="muted">
        What is not ticked is left to the levels above and below: a call has to be allowed by each.
      </div>
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
          splitChars={[',', ' ']}
          value={rules.models ?? []}
          error={at('models')}
          onChange={(models) => change({ models })}
        />
      </Restriction>
      <Restriction
        label="Only some operations"
        none="no operation at all"
        value={rules.operations}
        onChange={(operations) => change({ operations })}
      >
        <MultiSelect
          label="Operations"
          data={[...OPERATIONS]}
          value={[...(rules.operations ?? [])]}
          error={at('operations')}
          onChange={(chosen) => change({ operations: OPERATIONS.filter((name) => chosen.includes(name)) })}
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
          searchable
          data={[
            ...new Set([
              ...(rules.providers ?? []),
              ...(providers.data?.items ?? []).map(({ name }) => name),
            ]),
          ]}
          value={rules.providers ?? []}
          error={at('providers')}
          onChange={(providers) => change({ providers })}
        />
      </Restriction>
      <Restriction
        label="Only some hosted tools"
        none="no tool that a provider runs"
        value={rules.hostedTools}
        onChange={(hostedTools) => change({ hostedTools })}
      >
        <MultiSelect
          label="Tools that the provider runs itself"
          description="Each has to be named at one level at least, since what they cost has no bound in tokens."
          data={[...HOSTED_TOOLS]}
          value={[...(rules.hostedTools ?? [])]}
          error={at('hostedTools')}
          onChange={(chosen) => change({ hostedTools: HOSTED_TOOLS.filter((name) => chosen.includes(name)) })}
        />
      </Restriction>
      <NumberInput
        label="Most output per call, in tokens"
        description="Empty: as much as the model gives."
        min={1}
        max={MOST}
        allowDecimal={false}
        hideControls
        thousandSeparator=","
        value={rules.maxOutputTokens ?? ''}
        error={at('maxOutputTokens')}
        onChange={(tokens) => change({ maxOutputTokens: typeof tokens === 'number' ? tokens : null })}
      />
      <Restriction
        label="Only some addresses"
        none="no address: no call at all"
        value={rules.ipAllowlist}
        onChange={(ipAllowlist) => change({ ipAllowlist })}
      >
        <TagsInput
          label="Addresses that may call"
          description="Such as 203.0.113.7 or 10.0.0.0/8. Enter after each."
          splitChars={[',', ' ']}
          value={rules.ipAllowlist ?? []}
          error={at('ipAllowlist')}
          onChange={(ipAllowlist) => change({ ipAllowlist })}
        />
        <Radio.Group
          label="Calls from elsewhere"
          value={rules.ipMode ?? 'enforce'}
          error={at('ipMode')}
          onChange={(ipMode) => change({ ipMode: ipMode === 'monitor' ? 'monitor' : 'enforce' })}
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
  /** Empty when it is switched on, null when it is switched off. */
  onChange: (value: [] | null) => void
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
