import { TextInput } from '@mantine/core'
import type { Output } from '../../../src/contract/operation.ts'
import { organizationUpdate, type organizationView } from '../../../src/contract/organization.ts'
import { useAct } from '../../api.ts'
import { AsOpened, type Draft } from '../../as-opened.tsx'
import { day, isolated } from '../../format.ts'
import { toast } from '../../ui/announce.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Card, Section } from '../../ui/Page.tsx'
import { Select } from '../../ui/Select.tsx'
import { useViewer } from '../../viewer.ts'
import { SettingsForm } from './SettingsForm.tsx'
import { SettingsFrame } from './SettingsFrame.tsx'
import classes from './settings.module.css'

const ZONES = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])]

export function Organization() {
  const { organization } = useViewer()
  const now = new Intl.DateTimeFormat(undefined, { timeStyle: 'short', timeZone: organization.timeZone })
  return (
    <SettingsFrame
      title="Organization"
      lead={`${organization.name} counts its days in ${organization.timeZone}, where it is ${isolated(now.format(new Date()))} now.`}
    >
      <Section title="Name and time">
        <AsOpened now={organization} fields={fieldsOf} labels={LABELS}>
          {(form) => <Form form={form} />}
        </AsOpened>
      </Section>
      <Section title="What it is">
        <Card>
          <Facts
            of={[
              {
                label: 'Id',
                value: (
                  <span className={classes.copied}>
                    <code>{organization.id}</code>
                    <CopyButton value={organization.id} label="Copy the id" />
                  </span>
                ),
              },
              { label: 'Set up', value: day(organization.createdAt) },
            ]}
          />
        </Card>
      </Section>
    </SettingsFrame>
  )
}

type Shown = Output<typeof organizationView>

function fieldsOf({ name, timeZone }: Shown) {
  return { name, timeZone }
}

const LABELS = { name: 'Name', timeZone: 'Time zone' }

function Form({ form }: { form: Draft<Shown, ReturnType<typeof fieldsOf>> }) {
  const { inOrganization } = useViewer()
  const act = useAct(organizationUpdate)
  const { thing: organization, fields, set, changed, only } = form
  const { name, timeZone } = fields
  const save = () =>
    act.mutate(
      { input: { body: only(fields) }, ifMatch: organization.version },
      { onSuccess: () => toast('Saved.') },
    )
  return (
    <SettingsForm
      can={inOrganization('organization:update')}
      changed={changed}
      pending={act.isPending}
      error={act.error}
      onSave={save}
    >
      <TextInput
        label={LABELS.name}
        description="What people read at the top of each page, and in mails."
        required
        maxLength={120}
        value={name}
        onChange={({ currentTarget }) => set({ name: currentTarget.value })}
      />
      <Select
        label={LABELS.timeZone}
        description="Where the days of new budgets begin, unless they say another. Budgets that there are keep theirs."
        required
        searchable
        allowDeselect={false}
        limit={100}
        data={ZONES.includes(timeZone) ? ZONES : [timeZone, ...ZONES]}
        value={timeZone}
        onChange={(next) => next && set({ timeZone: next })}
      />
    </SettingsForm>
  )
}
