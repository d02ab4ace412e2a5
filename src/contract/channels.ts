import { z } from 'zod'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

const Events = z
  .array(
    z
      .string()
      .regex(
        /^(?:\*|[a-z-]+\.(?:\*|[a-z-]+))$/,
        'expected a kind such as access-request.create, access-request.* or *',
      ),
  )
  .min(1)
  .max(50)
  .describe(
    'what it hears of: kinds of notices such as access-request.create, access-request.*, or * for all',
  )

const Address = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .meta({ secret: true })
  .describe('where messages are posted')

export const Channel = z
  .object({
    id: Id,
    name: Name,
    kind: z.enum(['slack', 'webhook']),
    /** Null: it hears of the whole organization. */
    teamId: Id.nullable(),
    events: z.array(z.string()),
    /** Of its address, which nobody is shown again. */
    host: z.string(),
    createdAt: Timestamp,
    version: z.int(),
  })
  .meta({ id: 'Channel' })

const ChannelWithSecret = z.object({
  channel: Channel,
  /** Of a webhook: its receiver checks signatures with it (standardwebhooks.com). */
  secret: z.string().nullable().meta({ secret: true }),
})

export const channelCreate = operation({
  name: 'channelCreate',
  method: 'POST',
  path: '/v1/channels',
  summary: 'Connect Slack or a signed webhook, which then hears of notices',
  permission: 'channel:update',
  body: z.strictObject({
    name: Name,
    kind: z.enum(['slack', 'webhook']),
    teamId: Id.optional().describe('only what happens in this team'),
    events: Events.default(['*']),
    address: Address,
  }),
  response: ChannelWithSecret,
  examples: ['claviger channel create --name security --kind slack --from-file slack-url.txt'],
})

export const channelList = operation({
  name: 'channelList',
  method: 'GET',
  path: '/v1/channels',
  summary: 'List where notices are sent',
  permission: 'channel:read',
  query: { ...pageQuery, teamId: Id.optional() },
  response: page(Channel),
  examples: ['claviger channel list'],
})

export const channelView = operation({
  name: 'channelView',
  method: 'GET',
  path: '/v1/channels/{channelId}',
  summary: 'Show a channel',
  permission: 'channel:read',
  params: { channelId: Id },
  response: Channel,
  examples: ['claviger channel get security'],
})

export const channelUpdate = operation({
  name: 'channelUpdate',
  method: 'PATCH',
  path: '/v1/channels/{channelId}',
  summary: 'Change what a channel hears of, its name or its address',
  permission: 'channel:update',
  params: { channelId: Id },
  body: z.strictObject({ name: Name.optional(), events: Events.optional(), address: Address.optional() }),
  response: Channel,
  examples: ['claviger channel update security --event access-request.*'],
})

export const channelRotate = operation({
  name: 'channelRotate',
  method: 'POST',
  path: '/v1/channels/{channelId}/rotate',
  summary: "Replace a webhook's secret. For a day both sign, so that its receiver can follow",
  permission: 'channel:update',
  params: { channelId: Id },
  response: ChannelWithSecret,
  examples: ['claviger channel rotate audit-hook --output-file hook.secret'],
})

export const channelTest = operation({
  name: 'channelTest',
  method: 'POST',
  path: '/v1/channels/{channelId}/test',
  summary: 'Send a notice that says that the channel works',
  permission: 'channel:update',
  params: { channelId: Id },
  response: z.object({ noticeId: Id }),
  examples: ['claviger channel test security'],
})

export const channelDelete = operation({
  name: 'channelDelete',
  method: 'DELETE',
  path: '/v1/channels/{channelId}',
  summary: 'Disconnect a channel',
  permission: 'channel:update',
  params: { channelId: Id },
  examples: ['claviger channel delete security'],
})
