import { Checkbox, MultiSelect, Stack, TagsInput } from '@mantine/core'
import { useState } from 'react'
import type { Output } from '../../src/contract/operation.ts'
import { policySet, type policyView } from '../../src/contract/policies.ts'
import { HOSTED_TOOLS, OPERATIONS } from '../../src/domain/operations.ts'
import { useAct } from '../api.ts'
import type { Key } from '../pages/keys/Place.tsx'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { fieldErrors } from './field-errors.ts'
import { listOf, WholeField, wholeOf } from './key-create-limits.tsx'

const SHOWN = ['models', 'operations', 'providers', 'hostedTools', 'maxOutputTokens', 'ipAllowlist', 'ipMode']

/** What a key itself may do, as a whole. An empty field says nothing, and leaves the matter to the levels above. */
export function KeyPolicy({
  of: key,
  policy,
  opened,
  onClose,
}: {
  of: Key
  policy: Output<typeof policyView>
  opened: boolean
  onClose: () => void
}) {
  const [models, setModels] = useState(policy.models ?? [])
  const [operations, setOperations] = useState(policy.operations ?? [])
  const [providers, setProviders] = useState(policy.providers ?? [])
  const [tools, setTools] = useState(policy.hostedTools ?? [])
  const [output, setOutput] = useState<number | string>(policy.maxOutputTokens ?? '')
  const [addresses, setAddresses] = useState(policy.ipAllowlist ?? [])
  const [monitor, setMonitor] = useState(policy.ipMode === 'monitor')
  const set = useAct(policySet)
  const { at, other } = fieldErrors(set.error, SHOWN)
  const close = () => {
    set.reset()
    onClose()
  }
  // What allowed nothing at all goes on doing so until something is named.
  const kept = <Item,>(before: Item[] | null, now: Item[]) =>
    before?.length === 0 && now.length === 0 ? before : listOf(now)
  const submit = () =>
    set.mutate(
      {
        ...(policy.version > 0 ? { ifMatch: policy.version } : {}),
        input: {
          params: { scopeType: 'key', scopeId: key.id },
          body: {
            models: kept(policy.models, models),
            operations: kept(policy.operations, operations),
            providers: kept(policy.providers, providers),
            hostedTools: kept(policy.hostedTools, tools),
            maxOutputTokens: wholeOf(output),
            ipAllowlist: kept(policy.ipAllowlist, addresses),
            ipMode: monitor ? 'monitor' : 'enforce',
          },
        },
      },
      {
        onSuccess: () => {
          toast('The policy holds within two seconds.')
          close()
        },
      },
    )
  return (
    <FormPanel
      opened={opened}
      onClose={close}
      title={`What ${key.name} may do`}
      act="Save policy"
      pending={set.isPending}
      error={other}
      onSubmit={submit}
    >
      <Stack gap="md">
        <TagsInput
          label="Models"
          description="Such as gpt-5* or claude-*; all that the levels above allow when none is named."
          data-autofocus
          value={models}
          error={at('models')}
          onChange={setModels}
          splitChars={[',', ' ']}
        />
        <MultiSelect
          label="Kinds of calls"
          description="All when none is chosen."
          data={[...OPERATIONS]}
          value={operations}
          error={at('operations')}
          onChange={(chosen) => setOperations(OPERATIONS.filter((name) => chosen.includes(name)))}
        />
        <TagsInput
          label="Providers"
          description="By their names here; all when none is named."
          value={providers}
          error={at('providers')}
          onChange={setProviders}
          splitChars={[',', ' ']}
        />
        <MultiSelect
          label="Tools that the provider runs itself"
          description="Each needs to be allowed by some level, since what they cost has no bound in tokens."
          data={[...HOSTED_TOOLS]}
          value={tools}
          error={at('hostedTools')}
          onChange={(chosen) => setTools(HOSTED_TOOLS.filter((name) => chosen.includes(name)))}
        />
        <WholeField
          label="Output tokens per call"
          value={output}
          error={at('maxOutputTokens')}
          onChange={setOutput}
        />
        <TagsInput
          label="Addresses it may be called from"
          description="Such as 203.0.113.7 or 10.0.0.0/8; any when none is named."
          value={addresses}
          error={at('ipAllowlist')}
          onChange={setAddresses}
          splitChars={[',', ' ']}
        />
        <Checkbox
          label="Only record calls from other addresses, without refusing them"
          checked={monitor}
          onChange={(event) => setMonitor(event.currentTarget.checked)}
        />
      </Stack>
    </FormPanel>
  )
}
