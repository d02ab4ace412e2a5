import { Radio, Select, Stack, TagsInput, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { channelCreate, channelUpdate } from '../../src/contract/channels.ts'
import { teamList } from '../../src/contract/teams.ts'
import { allOf } from '../all.ts'
import { useAct } from '../api.ts'
import { AsOpened } from '../as-opened.tsx'
import type { Channel } from '../pages/settings/Notifications.tsx'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'

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

type Props = {
  channel?: Channel
  onSecret: (shown: { name: string; secret: string }) => void
  onClose: () => void
}

/** Connects Slack or a signed webhook, or changes what one hears of. */
export function ChannelForm({ channel, ...rest }: Props) {
  if (channel === undefined) return <Form {...rest} />
  return <AsOpened now={channel}>{(channel) => <Form channel={channel} {...rest} />}</AsOpened>
}

function Form({ channel, onSecret, onClose }: Props) {
  const create = useAct(channelCreate)
  const update = useAct(channelUpdate)
  const teams = useQuery(allOf(teamList, { query: {} })).data ?? []
  const [kind, setKind] = useState<'slack' | 'webhook'>(channel?.kind ?? 'slack')
  const [name, setName] = useState(channel?.name ?? '')
  const [address, setAddress] = useState('')
  const [events, setEvents] = useState(channel?.events ?? ['*'])
  const [teamId, setTeamId] = useState<string | null>(null)
  const submit = () => {
    if (channel === undefined) {
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
    const body = { name, events, ...(address === '' ? {} : { address }) }
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
      disabled={events.length === 0}
      onSubmit={submit}
    >
      {channel === undefined && (
        <Radio.Group
          label="What it is"
          value={kind}
          onChange={(next) => setKind(next === 'webhook' ? 'webhook' : 'slack')}
        >
          <Stack gap={6} mt={4}>
            <Radio value="slack" label="Slack, by an incoming webhook of its own" />
            <Radio value="webhook" label="A webhook of yours, signed" />
          </Stack>
        </Radio.Group>
      )}
      <TextInput
        label="Name"
        required
        maxLength={120}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <TextInput
        label={channel ? 'New address' : 'Address'}
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
        required={channel === undefined}
        value={address}
        onChange={({ currentTarget }) => setAddress(currentTarget.value.trim())}
      />
      <TagsInput
        label="Hears of"
        description="Kinds of notices: access-request.create, budget.*, or * for all."
        data={KINDS}
        value={events}
        onChange={setEvents}
      />
      {channel === undefined && (
        <Select
          label="In"
          placeholder="The whole organization"
          clearable
          searchable
          limit={100}
          data={teams.map(({ id, name }) => ({ value: id, label: name }))}
          value={teamId}
          onChange={setTeamId}
        />
      )}
    </FormPanel>
  )
}
