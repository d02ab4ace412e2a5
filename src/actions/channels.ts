import type { Ctx } from '../app.ts'
import { type ChannelSecret, openChannel, sealChannel } from '../channel-secret.ts'
import {
  type channelCreate,
  type channelDelete,
  channelList,
  type channelRotate,
  type channelTest,
  channelUpdate,
  channelView,
} from '../contract/channels.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  type ChannelRow,
  findChannel,
  insertChannel,
  listChannels,
  lockChannel,
  setChannel,
} from '../db/channels.ts'
import { findTeam } from '../db/teams.ts'
import { transaction } from '../db/transaction.ts'
import { isPrivateHost } from '../domain/base-url.ts'
import { AppError } from '../domain/errors.ts'
import { heldPlace, teamPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { newWebhookSecret } from '../notify/webhook.ts'
import { audit } from './audit.ts'
import { authorize, visible, within } from './authorize.ts'
import { invalid } from './invalid.ts'
import { noticeTo } from './notices.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'

/** For how long the secret before signs as well. */
const GRACE_MS = 24 * 3_600_000

/** Connects a channel. The address is not shown again, and a webhook's secret in this answer only. */
export async function createChannel(
  ctx: Ctx,
  { body }: Valid<typeof channelCreate>,
): Promise<Output<typeof channelCreate>> {
  const { name, kind, events, address, teamId = null } = body
  if (teamId !== null) visible(ctx.actor, 'team', await findTeam(ctx.db, teamId), ({ id }) => teamPlace(id))
  authorize(ctx.actor, channelUpdate.permission, placeOf({ teamId }))
  requireSafeAddress(address)
  const id = newId('chn')
  const secret = kind === 'webhook' ? newWebhookSecret() : null
  const signing = secret === null ? null : { current: secret, previous: null }
  return transaction(ctx, async (ctx) => {
    const sealed = sealChannel(ctx.keyring, id, 1, { url: address, signing })
    await insertChannel(ctx.db, { id, name, kind, events, teamId, host: new URL(address).host, ...sealed })
    const channel = presentChannel(await lockForChange(ctx, id))
    await audit(ctx, { action: 'channel.create', targetId: id, teamId, after: channel })
    return { channel, secret }
  })
}

export async function listChannelsFor(
  ctx: Ctx,
  { query }: Valid<typeof channelList>,
): Promise<Output<typeof channelList>> {
  const reach = within(ctx.actor, channelList.permission, query)
  const rows = await listChannels(ctx.db, { ...query, within: reach, limit: query.limit + 1 })
  return pageOf(rows, query.limit, presentChannel)
}

export async function viewChannel(
  ctx: Ctx,
  { params }: Valid<typeof channelView>,
): Promise<Output<typeof channelView>> {
  const row = visible(ctx.actor, 'channel', await findChannel(ctx.db, params.channelId), placeOf)
  authorize(ctx.actor, channelView.permission, placeOf(row))
  return presentChannel(row)
}

export function updateChannel(
  ctx: Ctx,
  { params, body }: Valid<typeof channelUpdate>,
): Promise<Output<typeof channelUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.channelId)
    const { address, ...values } = body
    if (address !== undefined) requireSafeAddress(address)
    const moved =
      address === undefined
        ? {}
        : {
            ...resealed(ctx, row, { ...openChannel(ctx.keyring, row), url: address }),
            host: new URL(address).host,
          }
    const after = presentChannel(await setChannel(ctx.db, row.id, { ...values, ...moved }))
    const before = presentChannel(row)
    await audit(ctx, { action: 'channel.update', targetId: row.id, teamId: row.teamId, before, after })
    return after
  })
}

export function rotateChannel(
  ctx: Ctx,
  { params }: Valid<typeof channelRotate>,
): Promise<Output<typeof channelRotate>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.channelId)
    const { url, signing } = openChannel(ctx.keyring, row)
    if (signing === null) {
      throw new AppError('conflict', 'A Slack channel has no secret but its address: change its address.')
    }
    const secret = newWebhookSecret()
    const until = new Date(ctx.clock().getTime() + GRACE_MS).toISOString()
    const next = { current: secret, previous: { secret: signing.current, until } }
    const channel = presentChannel(
      await setChannel(ctx.db, row.id, resealed(ctx, row, { url, signing: next })),
    )
    await audit(ctx, { action: 'channel.rotate', targetId: row.id, teamId: row.teamId, after: channel })
    return { channel, secret }
  })
}

export function testChannel(
  ctx: Ctx,
  { params }: Valid<typeof channelTest>,
): Promise<Output<typeof channelTest>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.channelId)
    const noticeId = await noticeTo(
      ctx,
      { channelId: row.id },
      {
        kind: 'channel.test',
        subject: `"${row.name}" is connected`,
        text: 'Claviger will send its notices here.',
      },
    )
    await audit(ctx, { action: 'channel.test', targetId: row.id, teamId: row.teamId })
    return { noticeId }
  })
}

export async function deleteChannel(ctx: Ctx, { params }: Valid<typeof channelDelete>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.channelId)
    await setChannel(ctx.db, row.id, { deletedAt: ctx.clock() })
    const before = presentChannel(row)
    await audit(ctx, { action: 'channel.delete', targetId: row.id, teamId: row.teamId, before })
  })
}

async function lockForChange(ctx: Ctx, channelId: string): Promise<ChannelRow> {
  const row = visible(ctx.actor, 'channel', await lockChannel(ctx.db, channelId), placeOf)
  authorize(ctx.actor, channelUpdate.permission, placeOf(row))
  requireVersion(ctx, 'channel', row)
  return row
}

/** Only who has to do with the whole of it: the organization, or the team. */
function placeOf({ teamId }: { teamId: string | null }) {
  return heldPlace({ teamId, projectId: null })
}

/** What is said there is not for everybody on the way. */
function requireSafeAddress(url: string): void {
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:' || isPrivateHost(hostname)) return
  throw invalid('/body/address', 'use https: notices would cross a public network in the clear')
}

function resealed(ctx: Ctx, row: ChannelRow, secret: ChannelSecret) {
  const secretVersion = row.secretVersion + 1
  return { ...sealChannel(ctx.keyring, row.id, secretVersion, secret), secretVersion }
}

function presentChannel(row: ChannelRow): Output<typeof channelView> {
  const { id, name, kind, teamId, events, host, createdAt, version } = row
  return { id, name, kind, teamId, events, host, createdAt: createdAt.toISOString(), version }
}
