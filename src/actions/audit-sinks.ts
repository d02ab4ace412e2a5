import type { Ctx } from '../app.ts'
import { openAuditSink, sealAuditSink } from '../audit-sink-secret.ts'
import type {
  auditSinkCreate,
  auditSinkDelete,
  auditSinkList,
  auditSinkRotate,
  auditSinkUpdate,
} from '../contract/audit-sinks.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  type AuditSinkRow,
  insertAuditSink,
  listAuditSinks,
  lockAuditSink,
  setAuditSink,
} from '../db/audit-sinks.ts'
import { transaction } from '../db/transaction.ts'
import { isPrivateHost } from '../domain/base-url.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { newWebhookSecret } from '../notify/webhook.ts'
import { audit } from './audit.ts'
import { authorize, notFound } from './authorize.ts'
import { invalid } from './invalid.ts'
import { requireVersion } from './require-version.ts'

/** For how long the secret before signs as well. */
const GRACE_MS = 24 * 3_600_000

/** Connects a webhook. Its secret is in this answer only. */
export async function createAuditSink(
  ctx: Ctx,
  { body }: Valid<typeof auditSinkCreate>,
): Promise<Output<typeof auditSinkCreate>> {
  authorize(ctx.actor, 'audit:update', CONFIDENTIAL)
  const { name, address, required } = body
  const { protocol, hostname, username, password } = new URL(address)
  if (protocol !== 'https:' && !isPrivateHost(hostname)) {
    throw invalid('/body/address', 'use https: the audit trail would cross a public network in the clear')
  }
  if (username !== '' || password !== '')
    throw invalid('/body/address', 'put no user or password into the address')
  const id = newId('sink')
  const secret = newWebhookSecret()
  return transaction(ctx, async (ctx) => {
    const sealed = sealAuditSink(ctx.keyring, id, 1, { current: secret, previous: null })
    await insertAuditSink(ctx.db, { id, name, kind: 'webhook', target: address, required, ...sealed })
    const sink = presentSink(await lockForChange(ctx, id))
    await audit(ctx, { action: 'audit-sink.create', targetId: id, after: sink })
    return { sink, secret }
  })
}

/** Those that the configuration names, made when they are not there yet. */
export async function keepConfiguredSinks(ctx: Ctx): Promise<void> {
  const { auditFile, auditSyslog } = ctx.config
  const configured = [
    ...(auditFile === null ? [] : [{ kind: 'file', target: auditFile } as const]),
    ...(auditSyslog === null ? [] : [{ kind: 'syslog', target: auditSyslog } as const]),
  ]
  if (configured.length === 0) return
  const known = await listAuditSinks(ctx.db)
  for (const sink of configured) {
    if (known.some(({ kind, target }) => kind === sink.kind && target === sink.target)) continue
    await transaction(ctx, async (ctx) => {
      const id = newId('sink')
      await insertAuditSink(ctx.db, { id, name: sink.kind, ...sink })
      await audit(ctx, { action: 'audit-sink.create', targetId: id, after: sink })
    })
  }
}

export async function listAuditSinksFor(ctx: Ctx): Promise<Output<typeof auditSinkList>> {
  authorize(ctx.actor, 'audit:read', CONFIDENTIAL)
  return { data: (await listAuditSinks(ctx.db)).map(presentSink) }
}

export function updateAuditSink(
  ctx: Ctx,
  { params, body }: Valid<typeof auditSinkUpdate>,
): Promise<Output<typeof auditSinkUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.auditSinkId)
    const after = presentSink(await setAuditSink(ctx.db, row.id, body))
    await audit(ctx, { action: 'audit-sink.update', targetId: row.id, before: presentSink(row), after })
    return after
  })
}

export function rotateAuditSink(
  ctx: Ctx,
  { params }: Valid<typeof auditSinkRotate>,
): Promise<Output<typeof auditSinkRotate>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.auditSinkId)
    const { id, secretVersion, sealedDataKey, sealedSecret } = row
    if (sealedDataKey === null || sealedSecret === null) {
      throw new AppError('conflict', 'Only a webhook is signed: files and syslog have no secret.')
    }
    const before = openAuditSink(ctx.keyring, { id, secretVersion, sealedDataKey, sealedSecret })
    const until = new Date(ctx.clock().getTime() + GRACE_MS).toISOString()
    const secret = newWebhookSecret()
    const next = { current: secret, previous: { secret: before.current, until } }
    const sealed = sealAuditSink(ctx.keyring, id, secretVersion + 1, next)
    const sink = presentSink(await setAuditSink(ctx.db, id, { ...sealed, secretVersion: secretVersion + 1 }))
    await audit(ctx, { action: 'audit-sink.rotate', targetId: id, after: sink })
    return { sink, secret }
  })
}

export async function deleteAuditSink(ctx: Ctx, { params }: Valid<typeof auditSinkDelete>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.auditSinkId)
    await setAuditSink(ctx.db, row.id, { deletedAt: ctx.clock() })
    await audit(ctx, { action: 'audit-sink.delete', targetId: row.id, before: presentSink(row) })
  })
}

async function lockForChange(ctx: Ctx, id: string): Promise<AuditSinkRow> {
  authorize(ctx.actor, 'audit:update', CONFIDENTIAL)
  const row = await lockAuditSink(ctx.db, id)
  if (!row) throw notFound('audit sink')
  requireVersion(ctx, 'audit sink', row)
  return row
}

function presentSink(row: AuditSinkRow): Output<typeof auditSinkUpdate> {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    target: row.target,
    required: row.required,
    sentPosition: Number(row.sentPosition),
    failingSince: row.failingSince?.toISOString() ?? null,
    lastError: row.lastError,
    createdAt: row.createdAt.toISOString(),
    version: row.version,
  }
}
