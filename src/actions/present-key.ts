import type { Ctx } from '../app.ts'
import type { keyView } from '../contract/keys.ts'
import type { Output } from '../contract/operation.ts'
import { type KeySecretRow, listKeySecrets } from '../db/key-secrets.ts'
import { findKey, type KeyRow } from '../db/keys.ts'
import { databaseTime } from '../db/time.ts'
import { keyStateAt } from '../domain/key-state.ts'
import { keyPlace } from '../domain/place.ts'
import { visible } from './authorize.ts'

type PresentedKey = Output<typeof keyView>

/** The keys of these rows as the API shows them: with the hints of their secrets, never with a hash. */
export async function presentKeys(ctx: Ctx, rows: KeyRow[]): Promise<PresentedKey[]> {
  if (rows.length === 0) return []
  const secrets = await listKeySecrets(
    ctx.db,
    rows.map((row) => row.id),
  )
  const now = await databaseTime(ctx.db)
  const ofKey = Map.groupBy(secrets, (secret) => secret.keyId)
  return rows.map((row) => presentKey(row, ofKey.get(row.id) ?? [], now))
}

/** The key as it now is, for the answer and the audit event of the change that was just made. */
export async function showKey(ctx: Ctx, keyId: string): Promise<PresentedKey> {
  const row = visible(ctx.actor, 'key', await findKey(ctx.db, keyId), keyPlace)
  const [key] = await presentKeys(ctx, [row])
  if (!key) throw new Error('one row makes one key')
  return key
}

/** The same for who answers for a service account: they may have no role where it lies, and still see its key. */
export async function showAnyKey(ctx: Ctx, keyId: string): Promise<PresentedKey> {
  const row = await findKey(ctx.db, keyId)
  const [key] = row ? await presentKeys(ctx, [row]) : []
  if (!key) throw new Error('a key that is locked is not there')
  return key
}

function presentKey(row: KeyRow, secrets: KeySecretRow[], now: Date): PresentedKey {
  const state = keyStateAt(row, now)
  const suspended = state === 'suspended' && row.suspendedReason !== null && row.suspendedBy !== null
  const lastUses = secrets.flatMap((secret) => secret.lastUsedAt?.getTime() ?? [])
  return {
    id: row.id,
    name: row.name,
    purpose: row.purpose,
    application: row.application,
    // The contract let only text to text through when it was written.
    tags: row.tags as Record<string, string>,
    environmentId: row.environmentId,
    environmentKind: row.environmentKind,
    projectId: row.projectId,
    teamId: row.teamId,
    userId: row.userId,
    serviceAccountId: row.serviceAccountId,
    state,
    suspension: suspended
      ? { reason: row.suspendedReason ?? '', by: row.suspendedBy ?? '', resumeAt: iso(row.resumeAt) }
      : null,
    notBefore: iso(row.notBefore),
    expiresAt: iso(row.expiresAt),
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    revokedAt: iso(row.revokedAt),
    lastUsedAt: lastUses.length > 0 ? new Date(Math.max(...lastUses)).toISOString() : null,
    secrets: secrets.map((secret) => presentSecret(secret, now)),
    version: row.version,
  }
}

function presentSecret(secret: KeySecretRow, now: Date): PresentedKey['secrets'][number] {
  return {
    id: secret.id,
    hint: secret.hint,
    state: secret.expiresAt === null ? 'current' : secret.expiresAt > now ? 'grace' : 'retired',
    createdAt: secret.createdAt.toISOString(),
    expiresAt: iso(secret.expiresAt),
    lastUsedAt: iso(secret.lastUsedAt),
  }
}

function iso(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
