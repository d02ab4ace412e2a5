import { insertAlert } from '../src/db/alerts.ts'
import { insertNotice } from '../src/db/notices.ts'
import { newId } from '../src/ids.ts'
import type { OperationSample } from './api-samples.ts'
import type { World } from './world.ts'

const hook = (world: World) => ({
  name: world.name(),
  kind: 'webhook',
  teamId: world.ids.team,
  address: 'https://hooks.example.com/claviger',
})
const channel = async (world: World) => (await world.make('channelCreate', { body: hook(world) })).channel.id
const sinkBody = (world: World) => {
  const name = world.name()
  return { name, address: `https://siem.example.com/${name}` }
}
const auditSink = async (world: World) =>
  (await world.make('auditSinkCreate', { body: sinkBody(world) })).sink.id
const failedNotice = async ({ app }: World) => {
  const id = newId('ntc')
  await insertNotice(app.db, { id, kind: 'a.test', email: 'ada@example.com', failedAt: new Date() })
  return id
}

/** An alert of a new budget, as a sweep writes it. */
const alert = async (world: World) => {
  const now = new Date()
  const scope = { type: 'team', id: world.ids.team }
  const budget = { scope, name: world.name(), limitUsd: '5', period: 'day' }
  await insertAlert(world.app.db, {
    id: newId('alr'),
    kind: 'budget.threshold',
    budgetId: (await world.make('budgetCreate', { body: budget })).id,
    windowStart: now,
    windowEnd: now,
    percent: 50,
    limitNanoUsd: 5n,
    spentNanoUsd: 3n,
    summary: world.name(),
    told: 0,
    raisedAt: now,
  })
}

/** An input for each operation about the audit trail, its sinks, channels, notices and alerts. */
export const auditSamples: Record<string, OperationSample> = {
  auditExport: { place: 'confidential', input: () => ({}), events: 1 },
  auditCsv: { place: 'confidential', input: () => ({}), events: 1 },
  auditVerify: { place: 'confidential', input: () => ({}) },
  auditHeadList: { place: 'confidential', input: () => ({}) },
  auditKeyView: { place: 'everyone', input: () => ({}) },

  auditSinkCreate: { place: 'confidential', input: (world) => ({ body: sinkBody(world) }) },
  auditSinkList: { place: 'confidential', input: () => ({}) },
  auditSinkUpdate: {
    place: 'confidential',
    input: async (world) => ({
      params: { auditSinkId: await auditSink(world) },
      body: { name: world.name() },
    }),
  },
  auditSinkRotate: {
    place: 'confidential',
    input: async (world) => ({ params: { auditSinkId: await auditSink(world) } }),
  },
  auditSinkDelete: {
    place: 'confidential',
    input: async (world) => ({ params: { auditSinkId: await auditSink(world) } }),
  },

  channelCreate: { place: 'team', input: (world) => ({ body: hook(world) }) },
  channelList: { place: 'whole-team', input: () => ({}) },
  channelView: {
    place: 'whole-team',
    input: async (world) => ({ params: { channelId: await channel(world) } }),
  },
  channelUpdate: {
    place: 'whole-team',
    input: async (world) => ({ params: { channelId: await channel(world) }, body: { events: ['key.*'] } }),
  },
  channelRotate: {
    place: 'whole-team',
    input: async (world) => ({ params: { channelId: await channel(world) } }),
  },
  channelTest: {
    place: 'whole-team',
    input: async (world) => ({ params: { channelId: await channel(world) } }),
  },
  channelDelete: {
    place: 'whole-team',
    input: async (world) => ({ params: { channelId: await channel(world) } }),
  },
  noticeList: { place: 'confidential', input: () => ({}) },
  noticeRetry: {
    place: 'confidential',
    input: async (world) => ({ params: { noticeId: await failedNotice(world) } }),
  },
  alertList: {
    place: 'project',
    input: async (world) => {
      await alert(world)
      return {}
    },
  },

  retentionView: { place: 'confidential', input: () => ({}) },
  retentionPreview: { place: 'confidential', input: () => ({ query: { callDays: '365' } }) },
  retentionUpdate: { place: 'shared-confidential', input: () => ({ body: { callDays: null } }) },
  serverView: { place: 'organization', input: () => ({}) },
  emailTest: { place: 'confidential', input: () => ({}) },
}
