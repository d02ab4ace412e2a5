import { Button, Menu, Tabs } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { channelDelete, channelList, channelRotate, channelTest } from '../../../src/contract/channels.ts'
import { noticeList, noticeRetry } from '../../../src/contract/notices.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { emailTest, serverView } from '../../../src/contract/server.ts'
import { RETENTION } from '../../../src/domain/retention.ts'
import { pages, q, useAct } from '../../api.ts'
import { count } from '../../format.ts'
import { ChannelForm, ConfirmDialog } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { type Column, DataTable, type More, moreOf } from '../../ui/DataTable.tsx'
import { Card, Section } from '../../ui/Page.tsx'
import { Empty, Problem, Region } from '../../ui/Region.tsx'
import { SecretDialog } from '../../ui/SecretDialog.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { useCan, useViewer, type Verdict } from '../../viewer.ts'
import { SettingsFrame } from './SettingsFrame.tsx'
import classes from './settings.module.css'

export type Channel = Output<typeof channelList>['data'][number]
type Notice = Output<typeof noticeList>['data'][number]

export function Notifications() {
  const [, setAddress] = useAddress()
  const { inOrganization, somewhere } = useViewer()
  const list = useInfiniteQuery(pages(channelList, { query: {} }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const whole = inOrganization('channel:read') === true
  const failed = useQuery({
    ...q(noticeList, { query: { state: 'failed', limit: 200 } }),
    enabled: whole,
  }).data?.data
  return (
    <SettingsFrame
      title="Notifications"
      lead={list.data && leadOf(rows, failed?.length ?? 0)}
      actions={
        <ActButton
          can={somewhere('channel:update') || inOrganization('channel:update')}
          onClick={() => setAddress({ new: 'channel' }, false)}
        >
          Connect a channel
        </ActButton>
      }
    >
      <Section
        title="Channels"
        note="Slack and webhooks that hear of what happens. People are told by mail besides."
      >
        <Region of={list} rows={3}>
          {() => <Channels rows={rows} more={moreOf(list)} />}
        </Region>
      </Section>
      {inOrganization('security:read') === true && <Mail />}
      {whole && <Notices />}
    </SettingsFrame>
  )
}

function leadOf(channels: Channel[], failed: number): string {
  const said =
    channels.length === 0
      ? 'No channel hears of anything yet'
      : `${count(channels.length)} ${channels.length === 1 ? 'channel hears' : 'channels hear'} of what happens`
  if (failed === 0) return `${said}, and nothing failed to be delivered.`
  return `${said}, and ${count(failed)} ${failed === 1 ? 'notice' : 'notices'} could not be delivered.`
}

type Shown = { name: string; secret: string } | null

function Channels({ rows, more }: { rows: Channel[]; more: More }) {
  const [address, setAddress] = useAddress()
  const { inOrganization } = useViewer()
  const nameOf = useNames(rows.map(({ teamId }) => teamId))
  const canIn = useCan(
    [...new Set(rows.flatMap(({ teamId }) => teamId ?? []))].map((id) => ({ type: 'team', id })),
  )
  const can = ({ teamId }: Channel): Verdict =>
    teamId === null ? inOrganization('channel:update') : canIn('channel:update', teamId)
  const test = useAct(channelTest)
  const [ending, setEnding] = useState<Channel | null>(null)
  const [renewing, setRenewing] = useState<Channel | null>(null)
  const [shown, setShown] = useState<Shown>(null)
  const editing = rows.find(({ id }) => id === address.edit)
  const columns: Column<Channel>[] = [
    { id: 'name', header: 'Channel', title: true, cell: ({ name }) => name },
    {
      id: 'kind',
      header: 'Where',
      cell: ({ kind, host }) => (
        <>
          {kind === 'slack' ? 'Slack' : 'webhook'} <span className="mono">{host}</span>
        </>
      ),
    },
    {
      id: 'events',
      header: 'Hears of',
      cell: ({ events }) => (events.includes('*') ? 'everything' : events.join(', ')),
    },
    {
      id: 'team',
      header: 'In',
      cell: ({ teamId }) => (teamId === null ? 'the organization' : nameOf(teamId)),
    },
  ]
  const tryOut = (channel: Channel) =>
    test.mutate(
      { input: { params: { channelId: channel.id } } },
      { onSuccess: () => toast(`A test is on its way to ${channel.name}. See below whether it arrived.`) },
    )
  return (
    <>
      {rows.length === 0 ? (
        <Empty title="No channel is connected">
          <p>Slack or a signed webhook hears of requests, budgets, findings and keys.</p>
          <code>claviger channel create --name security --kind slack --from-file slack-url.txt</code>
        </Empty>
      ) : (
        <DataTable
          label="Channels"
          rows={rows}
          columns={columns}
          rowId={({ id }) => id}
          more={more}
          actions={(channel) => (
            <Menu position="bottom-end">
              <Menu.Target>
                <Button
                  variant="subtle"
                  size="compact-sm"
                  disabled={can(channel) !== true}
                  aria-label={`What to do with ${channel.name}`}
                >
                  <Ellipsis size={16} aria-hidden />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => tryOut(channel)}>Send a test</Menu.Item>
                <Menu.Item onClick={() => setAddress({ edit: channel.id }, false)}>Change it</Menu.Item>
                {channel.kind === 'webhook' && (
                  <Menu.Item onClick={() => setRenewing(channel)}>Replace its secret</Menu.Item>
                )}
                <Menu.Item onClick={() => setEnding(channel)}>Disconnect it</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        />
      )}
      <Problem error={test.error} />
      {address.new === 'channel' && (
        <ChannelForm onSecret={setShown} onClose={() => setAddress({ new: undefined })} />
      )}
      {editing && (
        <ChannelForm
          key={editing.id}
          channel={editing}
          onSecret={setShown}
          onClose={() => setAddress({ edit: undefined })}
        />
      )}
      {renewing && <Renew channel={renewing} onClose={() => setRenewing(null)} onSecret={setShown} />}
      {ending && <Delete channel={ending} onClose={() => setEnding(null)} />}
      <SecretDialog
        secret={shown?.secret ?? null}
        title="Save its secret now"
        kept="it is sealed, and shown nowhere"
        fileName="channel.env"
        variable="CLAVIGER_WEBHOOK_SECRET"
        onClose={() => setShown(null)}
      >
        <div>The receiver of {shown?.name} checks signatures with it, as standardwebhooks.com says.</div>
      </SecretDialog>
    </>
  )
}

type DialogProps = { channel: Channel; onClose: () => void }

function Renew({ channel, onClose, onSecret }: DialogProps & { onSecret: (shown: Shown) => void }) {
  const act = useAct(channelRotate)
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Replace the secret of ${channel.name}?`}
      act="Replace it"
      pending={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate(
          { input: { params: { channelId: channel.id } } },
          {
            onSuccess: ({ secret }) => {
              onClose()
              if (secret !== null) onSecret({ name: channel.name, secret })
            },
          },
        )
      }
    >
      For a day both sign, so that its receiver can follow.
    </ConfirmDialog>
  )
}

function Delete({ channel, onClose }: DialogProps) {
  const act = useAct(channelDelete)
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Disconnect ${channel.name}?`}
      act="Disconnect it"
      danger
      pending={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate(
          { input: { params: { channelId: channel.id } } },
          {
            onSuccess: () => {
              toast('Disconnected.')
              onClose()
            },
          },
        )
      }
    >
      It hears of nothing any more. Its address is not shown again, so connecting it anew takes that address.
    </ConfirmDialog>
  )
}

function Mail() {
  const { inOrganization } = useViewer()
  const server = useQuery(q(serverView, {}))
  const act = useAct(emailTest)
  return (
    <Section title="Mail">
      <Card>
        <Region of={server} rows={2}>
          {({ mail }) => (
            <>
              <p className={classes.above}>
                {mail === null ? (
                  <>
                    <Status tone="warn">no mail</Status> This server sends none: links are shown to the admin
                    who acts, to be handed over. Set <code>CLAVIGER_SMTP_URL</code> and{' '}
                    <code>CLAVIGER_MAIL_FROM</code>.
                  </>
                ) : (
                  <>
                    <Status tone="good">configured</Status> Mail comes from {mail.from}.
                  </>
                )}
              </p>
              <Problem error={act.error} />
              <ActButton
                variant="default"
                can={
                  mail === null
                    ? { reason: 'This server is not configured to send mail.' }
                    : inOrganization('channel:update')
                }
                loading={act.isPending}
                onClick={() =>
                  act.mutate(
                    { input: {} },
                    { onSuccess: () => toast('A mail to you is on its way. See below whether it was sent.') },
                  )
                }
              >
                Send me a test
              </ActButton>
            </>
          )}
        </Region>
      </Card>
    </Section>
  )
}

const STATES = ['failed', 'waiting', 'sent'] as const
type NoticeState = (typeof STATES)[number]

const STATE_WORDS: Record<NoticeState, { title: string; none: string }> = {
  failed: { title: 'Failed', none: 'Nothing failed to be delivered' },
  waiting: { title: 'Waiting', none: 'Nothing waits to be sent' },
  sent: { title: 'Sent', none: 'Nothing was sent lately' },
}

function Notices() {
  const [address, setAddress] = useAddress()
  const state = STATES.find((one) => one === address.notices) ?? 'failed'
  const list = useInfiniteQuery(pages(noticeList, { query: { state } }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const channels = useInfiniteQuery(pages(channelList, { query: {} })).data?.pages.flatMap(({ data }) => data)
  const nameOf = useNames(rows.map(({ userId }) => userId))
  const { inOrganization } = useViewer()
  const retry = useAct(noticeRetry)
  const toWhom = ({ userId, email, channelId }: Notice) => {
    if (channelId !== null) return channels?.find(({ id }) => id === channelId)?.name ?? 'a channel'
    return userId === null ? email : nameOf(userId)
  }
  const columns: Column<Notice>[] = [
    { id: 'kind', header: 'About', title: true, cell: ({ kind }) => <span className="mono">{kind}</span> },
    { id: 'to', header: 'To', cell: toWhom },
    { id: 'made', header: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: 'attempts', header: 'Tries', numeric: true, cell: ({ attempts }) => count(attempts) },
    {
      id: 'state',
      header: state === 'sent' ? 'Sent' : 'What happened',
      cell: ({ lastError, sentAt }) =>
        sentAt !== null ? <Time at={sentAt} /> : (lastError ?? <span className="muted">nothing yet</span>),
    },
  ]
  return (
    <Section
      title="Deliveries"
      note={`What was said to people and channels, not what it said: that is for its receiver. Lines are kept for ${RETENTION.noticeDays} days.`}
    >
      <Tabs value={state} onChange={(next) => setAddress({ notices: next ?? undefined })} mb="md">
        <Tabs.List aria-label="Which notices">
          {STATES.map((value) => (
            <Tabs.Tab key={value} value={value}>
              {STATE_WORDS[value].title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      <Problem error={retry.error} />
      <Region of={list} rows={3}>
        {() =>
          rows.length === 0 ? (
            <Empty title={STATE_WORDS[state].none} />
          ) : (
            <DataTable
              label={`Notices: ${STATE_WORDS[state].title.toLowerCase()}`}
              rows={rows}
              columns={columns}
              rowId={({ id }) => id}
              more={moreOf(list)}
              actions={({ id, failedAt }) =>
                failedAt !== null && (
                  <ActButton
                    variant="subtle"
                    size="compact-sm"
                    can={inOrganization('channel:update')}
                    onClick={() =>
                      retry.mutate(
                        { input: { params: { noticeId: id } } },
                        { onSuccess: () => toast('It is tried again.') },
                      )
                    }
                  >
                    Try again
                  </ActButton>
                )
              }
            />
          )
        }
      </Region>
    </Section>
  )
}
