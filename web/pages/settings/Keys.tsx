import { NumberInput, Switch, TagsInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Output } from '../../../src/contract/operation.ts'
import { ownershipUpdate, ownershipView } from '../../../src/contract/ownership.ts'
import { q, useAct } from '../../api.ts'
import { AsOpened, type Draft } from '../../as-opened.tsx'
import { count } from '../../format.ts'
import { toast } from '../../ui/announce.tsx'
import { Region } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import { SettingsForm } from './SettingsForm.tsx'
import { SettingsFrame } from './SettingsFrame.tsx'
import classes from './settings.module.css'

type Ownership = Output<typeof ownershipView>

/** How often owners are asked at first, once it is switched on. */
const A_QUARTER = 90

export function Keys() {
  const ownership = useQuery(q(ownershipView, {}))
  return (
    <SettingsFrame title="Keys" lead={ownership.data && leadOf(ownership.data)}>
      <Region of={ownership} rows={6}>
        {(data) => (
          <AsOpened now={data} fields={fieldsOf} labels={LABELS}>
            {(form) => <Form form={form} />}
          </AsOpened>
        )}
      </Region>
    </SettingsFrame>
  )
}

function leadOf({ requirePurpose, requireApplication, requiredTags, attestationDays }: Ownership): string {
  const said = [
    ...(requirePurpose ? ['what it is for'] : []),
    ...(requireApplication ? ['which program uses it'] : []),
    ...requiredTags,
  ]
  const says =
    said.length === 0 ? 'A new key need say nothing of itself' : `A new key says ${said.join(', ')}`
  const asked =
    attestationDays === null
      ? 'nobody is asked whether it is still needed'
      : `its owner is asked every ${count(attestationDays)} days whether it is still needed`
  return `${says}, and ${asked}.`
}

function fieldsOf({ version: _, ...fields }: Ownership) {
  return fields
}

const LABELS = {
  requirePurpose: 'A key says what it is for',
  requireApplication: 'A key says which program uses it',
  requiredTags: 'Tags that a key must have',
  attestationDays: 'Every so many days',
  attestationGraceDays: 'Days after the last notice until a key is suspended',
}

function Form({ form }: { form: Draft<Ownership, ReturnType<typeof fieldsOf>> }) {
  const { inOrganization } = useViewer()
  const act = useAct(ownershipUpdate)
  const { thing, fields: wanted, set, changed, only } = form
  return (
    <SettingsForm
      can={inOrganization('ownership:update')}
      changed={changed}
      pending={act.isPending}
      error={act.error}
      onSave={() =>
        act.mutate(
          { input: { body: only(wanted) }, ifMatch: thing.version },
          { onSuccess: () => toast('Saved.') },
        )
      }
    >
      <Switch
        label={LABELS.requirePurpose}
        checked={wanted.requirePurpose}
        onChange={({ currentTarget }) => set({ requirePurpose: currentTarget.checked })}
      />
      <Switch
        label={LABELS.requireApplication}
        checked={wanted.requireApplication}
        onChange={({ currentTarget }) => set({ requireApplication: currentTarget.checked })}
      />
      <TagsInput
        label={LABELS.requiredTags}
        description="Such as cost-center: lower-case letters, digits, dots, dashes."
        maxTags={20}
        value={wanted.requiredTags}
        onChange={(requiredTags) => set({ requiredTags })}
      />
      <Switch
        label="Ask owners whether they still need their keys"
        description="14 and 3 days before the time, and on the day. Keys that there are count from the day on which you switch this on."
        checked={wanted.attestationDays !== null}
        onChange={({ currentTarget }) => set({ attestationDays: currentTarget.checked ? A_QUARTER : null })}
      />
      {wanted.attestationDays !== null && (
        <>
          <NumberInput
            label={LABELS.attestationDays}
            min={7}
            max={730}
            required
            value={wanted.attestationDays}
            onChange={(value) => set({ attestationDays: Number(value) })}
          />
          <NumberInput
            label={LABELS.attestationGraceDays}
            min={1}
            max={90}
            required
            value={wanted.attestationGraceDays}
            onChange={(value) => set({ attestationGraceDays: Number(value) })}
          />
        </>
      )}
      <div className={classes.note}>
        It binds when a key is created or changed: keys that there are work on. Who is asked is listed under{' '}
        <To to="/documents" search={{ tab: 'keys' }}>
          Training, keys still needed
        </To>
        .
      </div>
    </SettingsForm>
  )
}
