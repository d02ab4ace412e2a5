import { sql } from 'kysely'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { smtpSink } from '../../test/smtp-sink.ts'
import { webhookSink } from '../../test/webhook-sink.ts'
import { createChannel, deleteChannel, rotateChannel, testChannel } from '../actions/channels.ts'
import { notice } from '../actions/notices.ts'
import { createTeam } from '../actions/teams.ts'
import { createUser, updateUser } from '../actions/users.ts'
import type { Config } from '../config.ts'
import { takeDueNotices } from '../db/notices.ts'
import { CONFIDENTIAL, type Place, wholeTeamPlace } from '../domain/place.ts'
import { sendMail } from '../notify/email.ts'
import { sendNotices } from './send-notices.ts'

const LOOPBACK: Partial<Config> = { privateUpstreams: ['127.0.0.0/8'] }
const none = { params: {}, query: {} }
const about = {
  kind: 'invitation.create',
  subject: 'You are\r\nBcc: x@example.com invited',
  text: 'Ada asks you in.',
}
const link = 'https://claviger.example.com/invite/cvg_inv_abc'

type Kind = 'slack' | 'webhook'
const connectTo = (
  app: TestApp,
  url: string,
  kind: Kind = 'webhook',
  more: { teamId?: string; events?: string[] } = {},
) =>
  createChannel(app.as(), {
    ...none,
    body: { name: `to ${kind} ${url} ${more.teamId ?? ''}`, kind, address: url, events: ['*'], ...more },
  })

const rows = (app: TestApp) => app.db.selectFrom('notices').selectAll().orderBy('id').execute()
const due = (app: TestApp) => sql`update notices set due_at = now()`.execute(app.db)
const tell = (app: TestApp, place: Place = CONFIDENTIAL) =>
  notice(app.as(), { ...about, to: { channels: place }, link })

test('mail goes to the person it is for, with its link, once; then what it said is forgotten', async () => {
  await using sink = await smtpSink()
  await using app = await testApp({ mail: { smtpUrl: sink.url, from: 'Claviger <claviger@example.com>' } })
  const user = await createUser(app.as(), { ...none, body: { email: 'ada@example.com', name: 'Ada' } })
  await notice(app.as(), { ...about, to: { userId: user.id }, link })
  await notice(app.as(), { ...about, to: { email: 'x@example.com,y@example.com' } })
  await Promise.all([sendNotices(app), sendNotices(app)])
  await sendNotices(app)
  // Whatever stands in an address, it is one.
  expect(sink.mails.map(({ to }) => to).sort()).toEqual(['"x@example.com,y"@example.com', 'ada@example.com'])
  const { data, from } = sink.mails.find(({ to }) => to === 'ada@example.com') ?? { data: '', from: '' }
  expect(from).toContain('<claviger@example.com>')
  expect(data).toContain(link)
  expect(data).toMatch(/^Auto-Submitted: auto-generated$/im)
  expect(data).toMatch(/^Subject: You are Bcc: x@example.com invited$/m)
  expect(data).not.toMatch(/^Bcc:/m)
  expect(data).not.toMatch(/text\/html|<img/)
  const sent = (await rows(app)).find((row) => row.userId === user.id)
  expect(sent).toMatchObject({
    sealedSecret: null,
    sealedDataKey: null,
    sentAt: expect.any(Date),
    attempts: 1,
  })
})

test('the link in a notice can be read in no table while it waits', async () => {
  await using app = await testApp()
  await notice(app.as(), { ...about, to: { email: 'ada@example.com' }, link })
  expect(JSON.stringify(await rows(app))).not.toContain('cvg_inv')
})

test('mail that is refused is tried again, eight times in all, and says only the code it was refused with', async () => {
  await using sink = await smtpSink()
  sink.refuseWith = '550 no such box: hunter2'
  await using app = await testApp({ mail: { smtpUrl: sink.url, from: 'claviger@example.com' } })
  await notice(app.as(), { ...about, to: { email: 'ada@example.com' } })
  for (let attempt = 1; attempt <= 8; attempt++) {
    await sendNotices(app)
    expect(await rows(app)).toMatchObject([{ attempts: attempt, lastError: 'The mail server answered 550.' }])
    await sendNotices(app)
    await due(app)
  }
  expect(await rows(app)).toMatchObject([{ attempts: 8, failedAt: expect.any(Date), sentAt: null }])
})

test('over a network that is not private nothing is said to a mail server without TLS', async () => {
  await using sink = await smtpSink()
  // Reaches this machine, but is none of the addresses that are known to be private.
  const smtpUrl = sink.url.replace('127.0.0.1', 'user:password@0.0.0.0')
  const mail = { id: 'ntc_x', to: 'ada@example.com', subject: 's', text: 't' }
  await expect(sendMail({ smtpUrl, from: 'c@example.com' }, mail)).rejects.toThrow(/\(ETLS\)|answered 502/)
  expect(sink.heard.map((line) => line.split(' ')[0])).toEqual(['EHLO', 'STARTTLS'])
})

test('without mail, and to who has left, a notice fails at once and says why', async () => {
  await using app = await testApp()
  await notice(app.as(), { ...about, to: { email: 'ada@example.com' } })
  await sendNotices(app)
  expect(await rows(app)).toMatchObject([
    { lastError: expect.stringContaining('sends no mail'), failedAt: expect.any(Date) },
  ])

  await using sink = await smtpSink()
  await using other = await testApp({ mail: { smtpUrl: sink.url, from: 'claviger@example.com' } })
  const user = await createUser(other.as(), { ...none, body: { email: 'ada@example.com', name: 'Ada' } })
  await notice(other.as(), { ...about, to: { userId: user.id } })
  await updateUser(other.as(), { params: { userId: user.id }, query: {}, body: { deactivated: true } })
  await sendNotices(other)
  expect([await rows(other), sink.mails]).toMatchObject([[{ lastError: 'This person has left.' }], []])
})

test('127: a webhook is signed as Standard Webhooks says, by both secrets while one is replaced, and never holds the link', async () => {
  await using sink = await webhookSink()
  await using app = await testApp(LOOPBACK)
  const { channel, secret } = await connectTo(app, sink.url)
  await tell(app)
  await sendNotices(app)
  const [first] = sink.posts
  expect(first?.path).toBe('/hook?x=1')
  expect(
    new Webhook(secret ?? '').verify(first?.body ?? '', first?.headers as Record<string, string>),
  ).toMatchObject({
    type: 'invitation.create',
    data: { text: 'Ada asks you in.' },
  })
  expect(first?.body).not.toContain('cvg_inv')
  expect(first?.headers['webhook-id']).toBe((await rows(app))[0]?.id)

  const rotated = await rotateChannel(app.as(), {
    params: { channelId: channel.id },
    query: {},
    body: undefined as never,
  })
  await tell(app)
  await sendNotices(app)
  const headers = sink.posts[1]?.headers as Record<string, string>
  const verifiedBy = (key: string | null) => () =>
    new Webhook(key ?? '').verify(sink.posts.at(-1)?.body ?? '', headers)
  expect(verifiedBy(secret)).not.toThrow()
  expect(verifiedBy(rotated.secret)).not.toThrow()
  app.advance(24 * 3_600_000)
  await tell(app)
  await sendNotices(app)
  expect(sink.posts[2]?.headers['webhook-signature']).not.toContain(' ')
})

test('117: a receiver that answers with an error, a redirect or too much is tried again, and what it said is shown to nobody', async () => {
  await using sink = await webhookSink()
  await using app = await testApp(LOOPBACK)
  await connectTo(app, sink.url)
  const answers = [
    { status: 500, body: 'hunter2' },
    { status: 302, headers: { location: sink.url } },
    { status: 200, body: 'x'.repeat(100_000) },
  ]
  const errors: (string | null | undefined)[] = []
  await tell(app)
  for (const answer of answers) {
    sink.answer = answer
    await sendNotices(app)
    errors.push((await rows(app))[0]?.lastError)
    await due(app)
  }
  expect(errors).toEqual([
    'The receiver answered 500.',
    'The receiver answered 302.',
    'The receiver was not reached.',
  ])
  expect(sink.posts).toHaveLength(3)
  sink.answer = { status: 200 }
  await sendNotices(app)
  expect((await rows(app))[0]?.sentAt).not.toBeNull()
  expect(new Set(sink.posts.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
})

test('118: a channel at a private address is refused when it is connected to, unless the operator opened that network', async () => {
  await using sink = await webhookSink()
  await using app = await testApp()
  await connectTo(app, sink.url)
  await tell(app)
  await sendNotices(app)
  expect([(await rows(app))[0]?.lastError, sink.posts]).toEqual([
    'The address is not a public one; see CLAVIGER_PRIVATE_UPSTREAMS.',
    [],
  ])
})

test("a channel of a team hears of that team only, the organization's of all, each of what it asked for", async () => {
  await using app = await testApp(LOOPBACK)
  await using ours = await webhookSink()
  await using theirs = await webhookSink()
  await using whole = await webhookSink()
  await using other = await webhookSink()
  const team = await createTeam(app.as(), { ...none, body: { name: 'Ours' } })
  const otherTeam = await createTeam(app.as(), { ...none, body: { name: 'Theirs' } })
  await connectTo(app, ours.url, 'webhook', { teamId: team.id, events: ['invitation.*'] })
  await connectTo(app, theirs.url, 'webhook', { teamId: otherTeam.id })
  await connectTo(app, whole.url)
  await connectTo(app, other.url, 'webhook', { events: ['key.create'] })
  await tell(app, wholeTeamPlace(team.id))
  await sendNotices(app)
  expect([ours, theirs, whole, other].map(({ posts }) => posts.length)).toEqual([1, 0, 1, 0])
})

test('Slack is told in plain text: nothing in it is a link, a mention or a channel', async () => {
  await using sink = await webhookSink()
  await using app = await testApp(LOOPBACK)
  await connectTo(app, sink.url, 'slack')
  await notice(app.as(), {
    kind: 'x.y',
    subject: 'Team <!channel>',
    text: 'A & B <https://x|here>',
    to: { channels: CONFIDENTIAL },
  })
  await sendNotices(app)
  expect(JSON.parse(sink.posts[0]?.body ?? '')).toEqual({
    text: '*Team &lt;!channel&gt;*\nA &amp; B &lt;https://x|here&gt;',
  })
})

test('a channel can be tested, and one that was deleted hears nothing more', async () => {
  await using sink = await webhookSink()
  await using app = await testApp(LOOPBACK)
  const { channel } = await connectTo(app, sink.url)
  const params = { params: { channelId: channel.id }, query: {}, body: undefined as never }
  await testChannel(app.as(), params)
  await sendNotices(app)
  expect(JSON.parse(sink.posts[0]?.body ?? '')).toMatchObject({ type: 'channel.test' })
  await tell(app)
  await deleteChannel(app.as(), params)
  await sendNotices(app)
  expect([(await rows(app)).at(-1)?.lastError, sink.posts.length]).toEqual(['The channel was deleted.', 1])
})

test('what a sender died with is sent by the next one', async () => {
  await using sink = await webhookSink()
  await using app = await testApp(LOOPBACK)
  await connectTo(app, sink.url)
  await tell(app)
  expect(await takeDueNotices(app.db, 10, 300)).toHaveLength(1)
  await sendNotices(app)
  expect(sink.posts).toHaveLength(0)
  await due(app)
  await sendNotices(app)
  expect(sink.posts).toHaveLength(1)
})
