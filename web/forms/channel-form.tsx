import { Radio, Stack, TagsInput, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { channelCreate, channelUpdate } from '../../src/contract/channels.ts'
import { teamList } from '../../src/contract/teams.ts'
import { allOf } from '../all.ts'
import { useAct } from '../api.ts'
import { AsOpened, type Draft, useNew } from '../as-opened.tsx'
import { unsaid } from '../clashes.ts'
import type { Channel } from '../pages/settings/Notifications.tsx'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Select } from '../ui/Select.tsx'

/** Kinds of notices that channels hear of. Others may be typed. */
const KINDS = [
  '*',
  'access-request.*',
  'access-request.create',
  'budget.*',
  'budget.threshold',
  'budget.projected',
  'budget.exhausted',
  'budget.refusing',
]

type Fields = {
  kind: Channel['kind']
  name: string
  /** Empty: it stays as it is. */
  address: string
  events: string[]
  teamId: string | null
}

const NEW: Fields = { kind: 'slack', name: '', address: '', events: ['*'], teamId: null }

type Props = {
  onSecret: (shown: { name: string; secret: string }) => void
  onClose: () => void
}

/** Connects Slack or a signed webhook, or changes what one hears of. */
export function ChannelForm({ channel, ...rest }: Props & { channel?: Channel }) {
  if (channel === undefined) return <Create {...rest} />
  return (
    <AsOpened now={channel} fields={fieldsOf} labels={LABELS}>
      {(form) => <Form form={form} {...rest} />}
    </AsOpened>
  )
}

function Create(props: Props) {
  return <Form form={useNew(NEW)} {...props} />
}

function fieldsOf({ kind, name, events, teamId }: Channel): Fields {
  return { kind, name, address: '', events, teamId }
}

const LABELS = {
  kind: unsaid('What it is'),
  name: 'Name',
  address: unsaid('New address'),
  events: 'Hears of',
  teamId: unsaid('In'),
}

function Form({ form, onSecret, onClose }: Props & { form: Draft<Channel | null, Fields> }) {
  const create = useAct(channelCreate)
  const update = useAct(channelUpdate)
  const teams = useQuery(allOf(teamList, { query: {} })).data ?? []
  const { thing: channel, set, changed, only } = form
  const { kind, name, address, events, teamId } = form.fields
  const submit = () => {
    if (channel === null) {
      create.mutate(
        { input: { body: { name, kind, address, events, ...(teamId === null ? {} : { teamId }) } } },
        {
          onSuccess: ({ secret }) => {
            toast('Connected. Send it a test.')
            onClose()
            if (secret !== null) onSecret({ name, secret })
          },
        },
      )
      return
    }
    const body = only({ name, events, address })
    update.mutate(
      { input: { params: { channelId: channel.id }, body }, ifMatch: channel.version },
      {
        onSuccess: () => {
          toast('Saved.')
          onClose()
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={channel ? `Change ${channel.name}` : 'Connect a channel'}
      act={channel ? 'Save' : 'Connect'}
      pending={create.isPending || update.isPending}
      error={create.error ?? update.error}
      disabled={!changed || events.length === 0}
      onSubmit={submit}
    >
      {channel === null && (
        <Radio.Group
          label={LABELS.kind.label}
          value={kind}
          onChange={(next) => set({ kind: next === 'webhook' ? 'webhook' : 'slack' })}
        >
          <Stack gap={6} mt={4}>
            <Radio value="slack" label="Slack, by an incoming webhook of its own" />
            <Radio value="webhook" label="A webhook of yours, signed" />
          </Stack>
        </Radio.Group>
      )}
      <TextInput
        label={LABELS.name}
        required
        maxLength={120}
        value={name}
        onChange={({ currentTarget }) => set({ name: currentTarget.value })}
      />
      <TextInput
        label={channel ? LABELS.address.label : 'Address'}
        description={
          channel
            ? `Empty: it stays the one at ${channel.host}.`
            : 'Where messages are posted. It is sealed, and shown to nobody again.'
        }
        type="url"
        autoComplete="off"
        placeholder={
          kind === 'slack' ? 'https://hooks.slack.com/services/…' : 'https://hooks.example.com/claviger'
        }
        required={channel === null}
        value={address}
        onChange={({ currentTarget }) => set({ address: currentTarget.value.trim() })}
      />
      <TagsInput
        label={LABELS.events}
        description="Kinds of notices: access-request.create, budget.*, or * for all."
        data={KINDS}
        value={events}
        onChange={(next) => set({ events: next })}
      />
      {channel === null && (
        <Select
          label={LABELS.teamId.label}
          placeholder="The whole organization"
          clearable
          searchable
          limit={100}
          data={teams.map(({ id, name }) => ({ value: id, label: name }))}
          value={teamId}
          onChange={(next) => set({ teamId: next })}
        />
      )}
    </FormPanel>
  )
}
