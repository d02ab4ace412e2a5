import type { Ctx } from '../app.ts'
import type { deliveryList, deliveryView } from '../contract/deliveries.ts'
import { type deliveryOpen, keyDeliver } from '../contract/key-deliveries.ts'
import type { keyView } from '../contract/keys.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  type DeliveryRow,
  findDelivery,
  insertDelivery,
  listDeliveries,
  setDeliveryOpened,
  voidDeliveries,
} from '../db/deliveries.ts'
import { endGracePeriods, findCurrentSecretId, retireSecret } from '../db/key-secrets.ts'
import { findKey, setKey } from '../db/keys.ts'
import { notify } from '../db/notify.ts'
import { findRequestSettings } from '../db/request-settings.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { deliveryAddress } from '../domain/dashboard-addresses.ts'
import { AppError } from '../domain/errors.ts'
import { keyPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit, auditAlone } from './audit.ts'
import { notFound, requirePerson } from './authorize.ts'
import { raiseFinding } from './findings.ts'
import { requireAcknowledged } from './gate.ts'
import { answersFor } from './key-holder.ts'
import { addSecret } from './key-secrets.ts'
import { lockKeyFor, refuseInState, refuseRuledKey } from './lock-key.ts'
import { notice } from './notices.ts'
import { pageOf } from './page.ts'
import { showAnyKey } from './present-key.ts'

const HOUR_MS = 3_600_000
const DEFAULT_GRACE_SECONDS = 86_400

type DeliveredKey = Pick<Output<typeof keyView>, 'id' | 'name' | 'teamId' | 'projectId'>

/**
 * Lets the person who answers for a key, and nobody else, open a secret of it. There is none until then: the opening makes it, so
 * neither who asked for this, nor an admin, nor a backup ever held it.
 */
export async function createDelivery(
  ctx: Ctx,
  key: DeliveredKey,
  userId: string,
  graceSeconds = DEFAULT_GRACE_SECONDS,
): Promise<Output<typeof keyDeliver>> {
  const { teamId, projectId } = key
  const id = newId('dlv')
  const { deliveryHours } = await findRequestSettings(ctx.db)
  const now = await databaseTime(ctx.db)
  await voidDeliveries(ctx.db, key.id)
  await insertDelivery(ctx.db, {
    id,
    keyId: key.id,
    userId,
    graceSeconds,
    createdBy: ctx.actor.userId ?? ctx.actor.id,
    expiresAt: new Date(now.getTime() + deliveryHours * HOUR_MS),
  })
  const after = await showDelivery(ctx, id)
  await audit(ctx, { action: 'delivery.create', targetId: id, teamId, projectId, after })
  await notice(ctx, {
    kind: 'delivery.create',
    to: { userId },
    subject: `Your key "${key.name}" is ready`,
    text:
      `Your key "${key.name}" is ready. Open it within ${deliveryHours} hours, here or with claviger delivery open ${id}. You will ` +
      'be asked to confirm that it is you. Its secret is made at that moment and shown once; nobody else ever sees it.',
    link: `${ctx.config.url}${deliveryAddress(id)}`,
  })
  return after
}

export async function deliverKey(
  ctx: Ctx,
  { params, body }: Valid<typeof keyDeliver>,
): Promise<Output<typeof keyDeliver>> {
  return transaction(ctx, async (ctx) => {
    const { row, state } = await lockKeyFor(ctx, keyDeliver.permission, params.keyId)
    if (state === 'revoked' || state === 'expired') throw refuseInState(state, 'delivered')
    await refuseRuledKey(ctx, row.id)
    const receiver = await answersFor(ctx, row)
    if (receiver === null) {
      throw new AppError(
        'conflict',
        'This key belongs to a service account that nobody answers for: rotate it, or give the account an owner ' +
          '(service-account update --owner-user).',
      )
    }
    return createDelivery(ctx, row, receiver, body.graceSeconds)
  })
}

/** What waits for the person who asks, and what they opened. Nobody sees those of others. */
export async function listDeliveriesFor(
  ctx: Ctx,
  { query }: Valid<typeof deliveryList>,
): Promise<Output<typeof deliveryList>> {
  const { limit, cursor } = query
  const { self } = ctx.actor
  if (self === null) return { data: [], nextCursor: null }
  const rows = await listDeliveries(ctx.db, { userId: self, limit: limit + 1, cursor })
  return pageOf(rows, limit, presentDelivery)
}

/** What waits for the person who looks, or was opened by them. Looking changes nothing: mail scanners follow links. */
export async function viewDelivery(
  ctx: Ctx,
  { params }: Valid<typeof deliveryView>,
): Promise<Output<typeof deliveryView>> {
  const { userId } = requirePerson(ctx.actor)
  const row = await findDelivery(ctx.db, params.deliveryId)
  if (row?.userId !== userId) throw notFound('delivery')
  return presentDelivery(row)
}

/** Makes the secret of a key that waits for the person who asks, and answers it: this once. */
export async function openDelivery(
  ctx: Ctx,
  { params }: Valid<typeof deliveryOpen>,
): Promise<Output<typeof deliveryOpen>> {
  const { userId } = requirePerson(ctx.actor)
  const found = await findDelivery(ctx.db, params.deliveryId)
  if (!found) throw notFound('delivery')
  if (found.userId !== userId) {
    await tellOfReopening(ctx, found, 'high')
    throw notFound('delivery')
  }
  return transaction(ctx, async (ctx) => {
    const { row, state, now } = await lockKeyFor(ctx, 'key:rotate', found.keyId, (row) => ({
      ...keyPlace(row),
      ownerUserId: userId,
    }))
    if ((await answersFor(ctx, row)) !== userId) throw notFound('delivery')
    if (state === 'revoked' || state === 'expired') throw refuseInState(state, 'opened')
    await requireAcknowledged(ctx, userId)
    if (!(await setDeliveryOpened(ctx.db, found.id))) throw await refusalOf(ctx, found.id)
    const before = await showAnyKey(ctx, row.id)
    const replaced = await findCurrentSecretId(ctx.db, row.id)
    if (replaced !== undefined) {
      await retireSecret(ctx.db, replaced, new Date(now.getTime() + found.graceSeconds * 1000))
      if (found.graceSeconds === 0) await endGracePeriods(ctx.db, row.id, now)
    }
    const secret = await addSecret(ctx, row.id, row.environmentKind)
    await setKey(ctx.db, row.id, {})
    const key = await showAnyKey(ctx, row.id)
    const { teamId, projectId } = row
    const after = await showDelivery(ctx, found.id)
    await audit(ctx, { action: 'delivery.open', targetId: found.id, teamId, projectId, after })
    await audit(ctx, { action: 'key.deliver', targetId: row.id, teamId, projectId, before, after: key })
    await notify(ctx, { topic: 'key', id: row.id })
    return { key, secret }
  })
}

async function refusalOf(ctx: Ctx, deliveryId: string): Promise<AppError> {
  const row = await findDelivery(ctx.db, deliveryId)
  if (!row) return notFound('delivery')
  if (row.openedAt !== null) {
    await tellOfReopening(ctx, row, 'medium')
    return new AppError(
      'conflict',
      'This was opened before, and its secret is shown only once. If that was not you, revoke the key now. ' +
        'If you lost the secret, rotate the key.',
    )
  }
  const why = row.voidedAt === null ? 'It was not opened in time.' : 'It was replaced by a newer one.'
  return new AppError('conflict', `${why} Have the key delivered again (key deliver).`)
}

/**
 * Somebody else has the link, or it was used a second time: a person should look. Written on a connection of its own,
 * since what is refused is undone with its transaction.
 */
async function tellOfReopening(ctx: Ctx, row: DeliveryRow, severity: 'medium' | 'high'): Promise<void> {
  const apart = { ...ctx, db: ctx.gatewayDb }
  const key = await findKey(apart.db, row.keyId)
  if (!key) throw new Error('keys are never deleted')
  const { teamId, projectId } = key
  await transaction(apart, async (ctx) => {
    const detail = { keyId: row.keyId, by: ctx.actor.userId, ip: ctx.ip }
    const finding = { kind: 'delivery-reopened', severity, targetId: row.id, detail }
    await raiseFinding(ctx, { ...finding, place: keyPlace(key) })
    const told = new Set([row.userId, row.createdBy].filter((id) => id.startsWith('usr_')))
    for (const userId of told) {
      await notice(ctx, {
        kind: 'delivery.reopen',
        to: { userId },
        subject: `Somebody tried to open the key "${row.keyName}" again`,
        text:
          `The delivery of the key "${row.keyName}" was opened a second time, or by somebody who does not own the ` +
          'key. Nothing was shown to them. If you do not know why, revoke the key.',
      })
    }
  })
  const event = { action: 'delivery.open', targetId: row.id, teamId, projectId, result: 'denied' } as const
  await auditAlone(apart, event)
}

async function showDelivery(ctx: Ctx, deliveryId: string): Promise<Output<typeof keyDeliver>> {
  const row = await findDelivery(ctx.db, deliveryId)
  if (!row) throw new Error('a delivery that was just written is not there')
  return presentDelivery(row)
}

function presentDelivery(row: DeliveryRow): Output<typeof keyDeliver> {
  return {
    id: row.id,
    keyId: row.keyId,
    keyName: row.keyName,
    userId: row.userId,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    openedAt: row.openedAt?.toISOString() ?? null,
    voidedAt: row.voidedAt?.toISOString() ?? null,
  }
}
